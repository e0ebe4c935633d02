# SPDX-License-Identifier: EUPL-1.2
"""The audit chain: rows, the keys that link them to incidents, requests to read them."""

from alembic import op

from rueckhalt_shared import second_plumbing

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables every service keeps its audit in."""
    second_plumbing.create_audit(op)
