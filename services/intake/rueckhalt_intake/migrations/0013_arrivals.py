# SPDX-License-Identifier: EUPL-1.2
"""What came in from outside and waits for a person, with its sealed files."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import row_policies
from rueckhalt_shared.columns import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the tables and guard them."""
    op.create_table(
        "arrivals",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(5), nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("reason", sa.String(20)),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("decided_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_arrivals"),
        sa.UniqueConstraint("mark", name="uq_arrivals_mark"),
        sa.UniqueConstraint("key_id", name="uq_arrivals_key_id"),
    )
    op.create_index("ix_arrivals_state", "arrivals", ["state"])
    op.create_table(
        "arrival_files",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("arrival_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("scanned_at", UtcDateTime),
        sa.Column("label", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_arrival_files"),
        sa.UniqueConstraint("key_id", name="uq_arrival_files_key_id"),
    )
    op.create_index("ix_arrival_files_arrival_id", "arrival_files", ["arrival_id"])
    op.create_table(
        "arrival_chunks",
        sa.Column("file_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "number", name="pk_arrival_chunks"),
    )
    row_policies.guard(op, "arrivals")
    row_policies.guard_below(op, "arrival_files", column="arrival_id", parent="arrivals", key="id")
    row_policies.guard_below(
        op, "arrival_chunks", column="file_id", parent="arrival_files", key="id"
    )
