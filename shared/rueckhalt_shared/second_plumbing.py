# SPDX-License-Identifier: EUPL-1.2
"""What erasure and audit added to the plumbing, for the migrations that bring it. Never edit it.

What the tables are today says `plumbing`; see `first_plumbing`.
"""

from typing import Any

import sqlalchemy as sa

from rueckhalt_shared.columns import UtcDateTime


def create_erasing(op: Any) -> None:
    """Create what erasure needs; `op` is alembic's."""
    op.create_table(
        "tombstones",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("buried_at", UtcDateTime, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("mark", name="pk_tombstones"),
    )
    op.create_table(
        "erasure_leftovers",
        sa.Column("order_id", sa.String(80), nullable=False),
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("left_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_erasure_leftovers"),
    )


def create_audit(op: Any) -> None:
    """Create the audit chain; `op` is alembic's."""
    op.create_table(
        "audit_rows",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "n", name="pk_audit_rows"),
    )
    op.create_table(
        "audit_cases",
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("incident", name="pk_audit_cases"),
    )
    op.create_table(
        "audit_readings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("confirmed_by", sa.String(200)),
        sa.Column("confirmed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_audit_readings"),
    )


def create_audit_heads(op: Any) -> None:
    """Create what is remembered of heads given away and of looks at the chain."""
    op.create_table(
        "audit_heads",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.Column("stated_at", UtcDateTime, nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("municipality", "n", name="pk_audit_heads"),
    )
    op.create_table(
        "audit_checks",
        sa.Column("municipality", sa.String(12), nullable=False),
        sa.Column("checked_at", UtcDateTime, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("fault_n", sa.BigInteger),
        sa.Column("fault", sa.String(200)),
        sa.PrimaryKeyConstraint("municipality", name="pk_audit_checks"),
    )
