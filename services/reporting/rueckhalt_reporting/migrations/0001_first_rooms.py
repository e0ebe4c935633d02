# SPDX-License-Identifier: EUPL-1.2
"""The plumbing, the facts and their roll-ups."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import first_plumbing
from rueckhalt_shared.columns import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first rooms."""
    first_plumbing.create_tables(op)
    op.create_table(
        "facts",
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("month", sa.String(7)),
        sa.Column("forms", sa.JSON, nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("affected_groups", sa.JSON, nullable=False),
        sa.Column("relation", sa.String(40), nullable=False),
        sa.Column("motives", sa.JSON, nullable=False),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("danger_level", sa.String(40), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("cluster", sa.String(40), nullable=False),
        sa.Column("reporter_kind", sa.String(40), nullable=False),
        sa.Column("coding_version", sa.BigInteger, nullable=False),
        sa.Column("imported", sa.Boolean, nullable=False),
        sa.Column("close_reason", sa.String(40)),
        sa.Column("feedback_given", sa.Boolean, nullable=False),
        sa.Column("closed_version", sa.BigInteger, nullable=False),
        sa.Column("urgency", sa.String(40), nullable=False),
        sa.Column("urgency_version", sa.BigInteger, nullable=False),
        sa.Column("responsibility", sa.String(40), nullable=False),
        sa.Column("responsibility_version", sa.BigInteger, nullable=False),
        sa.Column("assigned_at", UtcDateTime),
        sa.Column("taken_over_at", UtcDateTime),
        sa.Column("escalated_in", sa.JSON, nullable=False),
        sa.Column("notice", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("incident", name="pk_facts"),
    )
    op.create_index("ix_facts_month", "facts", ["month", "incident"])
    op.create_table(
        "rollups",
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("dimension", sa.String(40), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("month", "municipality", "dimension", "value", name="pk_rollups"),
        sqlite_with_rowid=False,
    )
