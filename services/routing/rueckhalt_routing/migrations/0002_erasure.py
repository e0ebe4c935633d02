# SPDX-License-Identifier: EUPL-1.2
"""Tombstones of erased incidents, and what is still to be swept behind an erasure."""

from alembic import op

from rueckhalt_shared import second_plumbing

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables every service needs to erase."""
    second_plumbing.create_erasing(op)
