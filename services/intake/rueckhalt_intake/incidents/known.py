# SPDX-License-Identifier: EUPL-1.2
"""Requests that were answered before: a retry gets the very same answer (DECISIONS 15).

Neither the sender's reference nor the Idempotency-Key lies here, only keyed hashes, and the
answer is sealed under what only the sender knows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Column, LargeBinary, String, Table, bindparam, delete, select, update

from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

known_requests = Table(
    "known_requests",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("kind", String(9), nullable=False),  # reference (kept for good) | key
    Column("incident_id", String(36), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", LargeBinary),
    Column("answered_at", UtcDateTime, nullable=False, index=True),
)

_FIND = select(known_requests).where(known_requests.c.mark.in_(bindparam("marks", expanding=True)))


@dataclass(frozen=True, kw_only=True)
class KnownRequest:
    """One reference or Idempotency-Key that led to an incident."""

    mark: str
    kind: str
    incident_id: str
    fingerprint: str
    answer: bytes | None = field(default=None, repr=False)


def find(tx: Transaction, marks: Collection[str]) -> list[KnownRequest]:
    """What is known of these references and keys."""
    rows = tx.execute(_FIND, {"marks": list(marks)}).mappings()
    return [
        KnownRequest(**{name: row[name] for name in KnownRequest.__dataclass_fields__})
        for row in rows
    ]


def add(tx: Transaction, requests: Sequence[KnownRequest]) -> None:
    """Remember them, in the transaction that accepts the incident."""
    tx.add(known_requests, *(vars(request) | {"answered_at": tx.now} for request in requests))


def forget(tx: Transaction, *, before: datetime) -> int:
    """Drop old keys and the answers of old references; the references themselves stay."""
    old = known_requests.c.answered_at < before
    keys = tx.execute(delete(known_requests).where(old, known_requests.c.kind == "key"))
    answers = tx.execute(
        update(known_requests).where(old, known_requests.c.answer.is_not(None)).values(answer=None)
    )
    return keys.rowcount + answers.rowcount
