# SPDX-License-Identifier: EUPL-1.2
"""Why somebody said that they are not responsible."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; of older steps the reason is not known."""
    with op.batch_alter_table("steps_taken") as table:
        table.add_column(sa.Column("reason", sa.String(20)))
