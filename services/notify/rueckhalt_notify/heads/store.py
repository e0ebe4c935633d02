# SPDX-License-Identifier: EUPL-1.2
"""The table of heads to be mailed; no address and no person in it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, String, Table, Text, delete, insert, select, update

from rueckhalt_notify.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

audit_letters = Table(
    "audit_letters",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("document", Text, nullable=False),
    Column("state", String(8), nullable=False),  # waiting | sent
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("sent_at", UtcDateTime),
)
_WAITING = audit_letters.c.state == "waiting"


@dataclass(frozen=True, kw_only=True)
class AuditLetter:
    """One head to be mailed; `document` is the signed document."""

    id: str
    municipality: str
    document: dict[str, Any]
    attempts: int
    created_at: datetime


def add(tx: Transaction, letter: AuditLetter) -> None:
    """Put a head on its way."""
    row = vars(letter) | {"document": json.dumps(letter.document), "state": "waiting"}
    tx.execute(insert(audit_letters), row | {"due_at": tx.now})


def due(tx: Transaction, *, limit: int) -> list[AuditLetter]:
    """What is to be sent now, oldest first."""
    names = list(AuditLetter.__dataclass_fields__)
    query = select(*(audit_letters.c[name] for name in names))
    query = query.where(_WAITING, audit_letters.c.due_at <= tx.now)
    rows = tx.execute(query.order_by(audit_letters.c.due_at).limit(limit)).mappings()
    return [AuditLetter(**{**row, "document": json.loads(row["document"])}) for row in rows]


def begin(tx: Transaction, letter: AuditLetter, *, again_at: datetime) -> bool:
    """Take it for one attempt, due again at that time; False when somebody else has taken it."""
    mine = (audit_letters.c.id == letter.id, audit_letters.c.attempts == letter.attempts)
    values = {"attempts": letter.attempts + 1, "due_at": again_at}
    return tx.execute(update(audit_letters).where(_WAITING, *mine).values(values)).rowcount == 1


def end(tx: Transaction, letter_id: str) -> bool:
    """A mail server has it; False when it was sent before."""
    mine = update(audit_letters).where(_WAITING, audit_letters.c.id == letter_id)
    return tx.execute(mine.values(state="sent", sent_at=tx.now)).rowcount == 1


def waiting_since(tx: Transaction) -> datetime | None:
    """When the oldest head that nobody has got was stated."""
    query = select(audit_letters.c.created_at).where(_WAITING)
    return tx.execute(query.order_by(audit_letters.c.created_at).limit(1)).scalar_one_or_none()


def forget(tx: Transaction, *, before: datetime) -> None:
    """Drop what was sent long ago."""
    old = (audit_letters.c.state == "sent", audit_letters.c.sent_at < before)
    tx.execute(delete(audit_letters).where(*old))
