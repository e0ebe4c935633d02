# SPDX-License-Identifier: EUPL-1.2
"""Who is in conflict with an incident: no notice of it is shown to them."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table; of older incidents routing's next decision tells it."""
    op.create_table(
        "conflicts",
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("incident", name="pk_conflicts"),
    )
    row_policies.guard_below(op, "conflicts", column="incident", parent="notices", key="subject")
