# SPDX-License-Identifier: EUPL-1.2
"""Old lists that wait to be looked at or for a person's word, sealed."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the table and guard it."""
    op.create_table(
        "old_lists",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("scheme", sa.String(20)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("brought_by", sa.String(80), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("arrived_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("found", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_old_lists"),
        sa.UniqueConstraint("key_id", name="uq_old_lists_key_id"),
    )
    op.create_index("ix_old_lists_municipality", "old_lists", ["municipality"])
    op.create_index("ix_old_lists_state", "old_lists", ["state"])
    row_policies.guard(op, "old_lists")
