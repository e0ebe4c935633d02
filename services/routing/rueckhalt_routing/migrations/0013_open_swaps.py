# SPDX-License-Identifier: EUPL-1.2
"""Who asked for a swap, and which reminder of it was sent last."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns; of older swaps nobody is told, and their next reminder comes in time."""
    with op.batch_alter_table("rota_changes") as table:
        table.add_column(sa.Column("asked_by", sa.String(64)))
        table.add_column(sa.Column("reminded_hours", sa.Integer))
