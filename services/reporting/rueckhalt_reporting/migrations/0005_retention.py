# SPDX-License-Identifier: EUPL-1.2
"""What intake says must be kept, and the months of which only counts are left."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create what the deletion classes look at."""
    op.create_table(
        "holds",
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("incident", name="pk_holds"),
    )
    op.create_table(
        "counted_months",
        sa.Column("month", sa.String(7), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_counted_months"),
    )
