# SPDX-License-Identifier: EUPL-1.2
"""Calendars that are fetched, and which of them an absence comes from."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table, guard it, and add the column."""
    with op.batch_alter_table("absences") as table:
        table.add_column(sa.Column("feed", sa.String(36)))
    op.create_table(
        "absence_feeds",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(6), nullable=False),
        sa.Column("whose", sa.String(64), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("counts", sa.String(4), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("etag", sa.String(200)),
        sa.Column("modified", sa.String(60)),
        sa.Column("people", sa.Text, nullable=False),
        sa.Column("read_at", UtcDateTime),
        sa.Column("whole_at", UtcDateTime),
        sa.Column("failing_at", UtcDateTime),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("troubles", sa.Text, nullable=False),
        sa.Column("empty_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_absence_feeds"),
    )
    op.create_index("ix_absence_feeds_municipality", "absence_feeds", ["municipality", "whose"])
    op.create_index("ix_absence_feeds_next_at", "absence_feeds", ["next_at"])
    row_policies.guard_inherited(op, "absence_feeds")
