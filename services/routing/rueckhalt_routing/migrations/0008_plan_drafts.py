# SPDX-License-Identifier: EUPL-1.2
"""Drafts of plans, what the proof has said about a text, and who has published how."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create both tables; a published plan names its second person and its emergency."""
    op.create_table(
        "plan_drafts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("based_on", sa.String(36)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("emergency_by", sa.String(80)),
        sa.Column("emergency_reason", sa.String(500)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_drafts"),
    )
    op.create_index("ix_plan_drafts_municipality", "plan_drafts", ["municipality"])
    op.create_table(
        "plan_checks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("checked_at", UtcDateTime, nullable=False),
        sa.Column("valid_until", UtcDateTime),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("certificate", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_checks"),
    )
    op.create_index("ix_plan_checks_hash", "plan_checks", ["municipality", "hash"])
    with op.batch_alter_table("plans") as plans:
        plans.add_column(sa.Column("approver", sa.String(80)))
        plans.add_column(sa.Column("emergency_reason", sa.String(500)))
        plans.add_column(sa.Column("emergency_until", UtcDateTime))
    for table in ("plan_drafts", "plan_checks"):
        row_policies.guard(op, table)
