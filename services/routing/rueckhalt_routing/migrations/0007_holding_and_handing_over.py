# SPDX-License-Identifier: EUPL-1.2
"""Assignments that wait for the next opening, are offered to others, or run in a further round."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared.columns import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; older rows are neither held nor offered."""
    with op.batch_alter_table("assignments") as table:
        table.add_column(sa.Column("rounds_from", sa.Integer, nullable=False, server_default="0"))
        for name in ("held_until", "stepped_at", "offer_until"):
            table.add_column(sa.Column(name, UtcDateTime))
        table.add_column(sa.Column("offered_to", sa.String(36)))
        table.add_column(sa.Column("offered_kind", sa.String(8)))
        table.add_column(sa.Column("offered_role", sa.String(40)))
