# SPDX-License-Identifier: EUPL-1.2
"""Orders to erase with their receipts, holds, and the marks of what was erased."""

import sqlalchemy as sa
from alembic import op

from rueckhalt_shared import second_plumbing
from rueckhalt_shared.columns import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of erasure."""
    second_plumbing.create_erasing(op)
    op.create_table(
        "erased_incidents",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(5), nullable=False),
        sa.Column("sender", sa.String(80), nullable=False),
        sa.Column("erased_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_erased_incidents"),
    )
    _orders()
    _holds()


def _orders() -> None:
    op.create_table(
        "erasure_orders",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(5), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("ordered_by", sa.String(80), nullable=False),
        sa.Column("ordered_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("expected", sa.JSON, nullable=False),
        sa.Column("completed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_erasure_orders"),
    )
    op.create_index("ix_erasure_orders_mark", "erasure_orders", ["mark"])
    op.create_index("ix_erasure_orders_completed_at", "erasure_orders", ["completed_at"])
    op.create_table(
        "erasure_receipts",
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("service", sa.String(20), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "service", name="pk_erasure_receipts"),
    )
    op.create_table(
        "key_shreddings",
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_key_shreddings"),
    )


def _holds() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("incident_id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("mode", sa.String(5), nullable=False),
        sa.Column("ground", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("set_by", sa.String(80), nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
        sa.Column("lifted_by", sa.String(80)),
        sa.Column("lifted_at", UtcDateTime),
        sa.Column("lift_reason", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_legal_holds"),
    )
    op.create_index("ix_legal_holds_incident_id", "legal_holds", ["incident_id"])
