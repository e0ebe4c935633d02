# SPDX-License-Identifier: EUPL-1.2
"""The plumbing as it was in version 1, for the services' first migrations. Never edit it.

What the tables are today says `plumbing`; what changed since then is a migration of its own in
each service, so that an old database and a new one end up the same.
"""

from typing import Any

import sqlalchemy as sa

from rueckhalt_shared.columns import UtcDateTime


def create_tables(op: Any) -> None:
    """Create the plumbing of version 1; `op` is alembic's."""
    _outbox(op)
    _inbox(op)
    _worker(op)
    _ledger(op)


def _outbox(op: Any) -> None:
    sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "outbox",
        sa.Column("seq", sequence, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_at", UtcDateTime),
        sa.Column("cause", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
    )
    _partial_index(op, "ix_outbox_waiting", "outbox", ["seq"], where="published_at IS NULL")
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
    op.create_index("ix_outbox_subject", "outbox", ["subject"])
    op.create_table(
        "subject_versions",
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_subject_versions"),
    )


def _inbox(op: Any) -> None:
    op.create_table(
        "inbox",
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("event_id", sa.String(80), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("event_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("next_attempt_at", UtcDateTime),
        sa.Column("cause", sa.Text),
        sa.Column("body", sa.Text),
        sa.PrimaryKeyConstraint("queue", "event_id", name="pk_inbox"),
    )
    unfinished = ["state", "next_attempt_at"]
    _partial_index(op, "ix_inbox_unfinished", "inbox", unfinished, where="state <> 'done'")
    op.create_index("ix_inbox_event_at", "inbox", ["event_at"])


def _worker(op: Any) -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("until_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "worker_states",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_worker_states"),
    )


def _ledger(op: Any) -> None:
    op.create_table(
        "ledger_windows",
        sa.Column("window", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("from_at", UtcDateTime, nullable=False),
        sa.Column("until_at", UtcDateTime, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("window", name="pk_ledger_windows"),
    )
    op.create_table(
        "ledger_gaps",
        sa.Column("producer", sa.String(20), nullable=False),
        sa.Column("window", sa.BigInteger, nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("type", sa.String(80), nullable=False),
        sa.Column("statement", sa.JSON, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.Column("asked_at", UtcDateTime),
        sa.PrimaryKeyConstraint("producer", "window", "queue", "type", name="pk_ledger_gaps"),
    )


def _partial_index(op: Any, name: str, table: str, columns: list[str], *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
