# SPDX-License-Identifier: EUPL-1.2
"""What routing says of emergencies: the red mark on the pages of whoever is signed in."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table; a Kreis' plan counts for its towns, so they may read its row."""
    op.create_table(
        "plan_marks",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("emergency_until", UtcDateTime),
        sa.PrimaryKeyConstraint("municipality", name="pk_plan_marks"),
    )
    row_policies.guard_inherited(op, "plan_marks")
