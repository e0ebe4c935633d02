# SPDX-License-Identifier: EUPL-1.2
"""The standing proof: certificates of the plans in force, and gaps as tasks."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create both tables; towns may read those of the regions above whose plan counts there."""
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("plan_id", sa.String(36), nullable=False),
        sa.Column("plan_version", sa.Integer, nullable=False),
        sa.Column("facts_version", sa.Integer, nullable=False),
        sa.Column("proved_at", UtcDateTime, nullable=False),
        sa.Column("valid_until", UtcDateTime, nullable=False),
        sa.Column("cells_weak", sa.Integer, nullable=False),
        sa.Column("cells_unsigned", sa.Integer, nullable=False),
        sa.Column("cells_none", sa.Integer, nullable=False),
        sa.Column("worst", sa.JSON, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("void_at", UtcDateTime),
        sa.Column("void_reason", sa.String(20)),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
    )
    op.create_index("ix_certificates_in_force", "certificates", ["municipality", "void_at"])
    op.create_table(
        "plan_gaps",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("de", sa.Text, nullable=False),
        sa.Column("en", sa.Text, nullable=False),
        sa.Column("from_at", UtcDateTime),
        sa.Column("until_at", UtcDateTime),
        sa.Column("owner", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("found_at", UtcDateTime, nullable=False),
        sa.Column("reminded", sa.Integer),
        sa.Column("closed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_plan_gaps"),
    )
    op.create_index("ix_plan_gaps_open", "plan_gaps", ["municipality", "closed_at"])
    for table in ("certificates", "plan_gaps"):
        row_policies.guard_inherited(op, table)
