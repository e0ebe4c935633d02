# SPDX-License-Identifier: EUPL-1.2
"""The tables every service has beside its own rooms: outbox, inbox, leases, ledger, state.

What changes here needs a migration in each service; their first one is `first_plumbing`.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from rueckhalt_shared.columns import UtcDateTime, naming_convention

plumbing = MetaData(naming_convention=naming_convention)

# SQLite numbers rows by itself only in an INTEGER primary key.
_Sequence = BigInteger().with_variant(Integer, "sqlite")

outbox = Table(
    "outbox",
    plumbing,
    Column("seq", _Sequence, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("type", String(80), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", UtcDateTime),
    Column("cause", Text),
)
Index(
    "ix_outbox_waiting",
    outbox.c.seq,
    sqlite_where=text("published_at IS NULL"),
    postgresql_where=text("published_at IS NULL"),
)
Index("ix_outbox_created_at", outbox.c.created_at)
Index("ix_outbox_subject", outbox.c.subject)

subject_versions = Table(
    "subject_versions",
    plumbing,
    Column("subject", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
)

inbox = Table(
    "inbox",
    plumbing,
    Column("queue", String(80), nullable=False),
    Column("event_id", String(80), nullable=False),
    Column("type", String(80), nullable=False),
    Column("source", String(80), nullable=False),
    Column("event_at", UtcDateTime, nullable=False),
    Column("state", String(12), nullable=False),  # done | parked | quarantined
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("cause", Text),
    Column("body", Text),  # only while parked or quarantined
    PrimaryKeyConstraint("queue", "event_id"),
)
Index(
    "ix_inbox_unfinished",
    inbox.c.state,
    inbox.c.next_attempt_at,
    sqlite_where=text("state <> 'done'"),
    postgresql_where=text("state <> 'done'"),
)
Index("ix_inbox_event_at", inbox.c.event_at)

leases = Table(
    "leases",
    plumbing,
    Column("name", String(80), primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("until_at", UtcDateTime, nullable=False),
)

worker_states = Table(
    "worker_states",
    plumbing,
    Column("name", String(80), primary_key=True),  # bus, sweeper …
    Column("state", String(20), nullable=False),
    Column("cause", Text),
    Column("at", UtcDateTime, nullable=False),
)

ledger_windows = Table(
    "ledger_windows",
    plumbing,
    Column("window", BigInteger, primary_key=True, autoincrement=False),
    Column("from_at", UtcDateTime, nullable=False),
    Column("until_at", UtcDateTime, nullable=False),
    Column("counts", JSON, nullable=False),
)

ledger_gaps = Table(
    "ledger_gaps",
    plumbing,
    Column("producer", String(20), nullable=False),
    Column("window", BigInteger, nullable=False),
    Column("queue", String(80), nullable=False),
    Column("type", String(80), nullable=False),
    Column("statement", JSON, nullable=False),  # [count, hash, from, until] as the producer says
    Column("seen", Integer, nullable=False),  # checks that found a difference
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime),
    PrimaryKeyConstraint("producer", "window", "queue", "type"),
)

# What must never come back: HMACs of the ids of erased incidents (see `erasing`).
tombstones = Table(
    "tombstones",
    plumbing,
    Column("mark", String(64), primary_key=True),
    Column("key", String(16), nullable=False),  # the id of the key that made the mark
    Column("buried_at", UtcDateTime, nullable=False),
    Column("refused", Integer, nullable=False, server_default="0"),  # late events turned away
)

# Erasures whose traces in outbox, write-ahead log and bus file are still to be swept.
erasure_leftovers = Table(
    "erasure_leftovers",
    plumbing,
    Column("order_id", String(80), primary_key=True),
    Column("incident", String(64), nullable=False),
    Column("scope", String(20), nullable=False),
    Column("left_at", UtcDateTime, nullable=False),
)

# Who looked at what: an append-only chain of hashes per municipality (see `audit`).
audit_rows = Table(
    "audit_rows",
    plumbing,
    Column("municipality", String(12), nullable=False),
    Column("n", BigInteger, nullable=False, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("municipality", "n"),
)

# The keys under which those rows name incidents; an erasure drops the incident's.
audit_cases = Table(
    "audit_cases",
    plumbing,
    Column("incident", String(64), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

audit_readings = Table(
    "audit_readings",
    plumbing,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("why", String(20), nullable=False),
    Column("requested_by", String(200), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("confirmed_by", String(200)),
    Column("confirmed_at", UtcDateTime),
)

# Heads that were signed and given away: what the chain must still hold (see `audit.stating`).
audit_heads = Table(
    "audit_heads",
    plumbing,
    Column("municipality", String(12), nullable=False),
    Column("n", BigInteger, nullable=False, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    Column("stated_at", UtcDateTime, nullable=False),
    Column("way", String(10), nullable=False),  # mail | fetched | file (file: not yet outside)
    PrimaryKeyConstraint("municipality", "n"),
)

# The last look at each chain as a whole: how far it was sound, and the first fault.
audit_checks = Table(
    "audit_checks",
    plumbing,
    Column("municipality", String(12), primary_key=True),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("fault_n", BigInteger),
    Column("fault", String(200)),
)
