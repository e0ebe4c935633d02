# SPDX-License-Identifier: EUPL-1.2
"""The audit chain: rows, the keys that link them to incidents, requests to read them."""

from alembic import op

from rueckhalt_shared import plumbing

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables every service keeps its audit in."""
    plumbing.create_audit(op)
