# SPDX-License-Identifier: EUPL-1.2
"""The mailboxes and what lies in them: who knows the code opens one; the code itself lies nowhere.

Messages are sealed with the key of their incident; consents and aftercare are codes and times.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, RowMapping, String, Table, delete, select, update

from rueckhalt_intake.mailbox.domain import Consent, Contact, Message, Visit
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("lookup", String(64), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),  # X25519: replies are sealed for it
    Column("opened_at", UtcDateTime, nullable=False),
)
messages = Table(
    "messages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("direction", String(20), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("text", LargeBinary, nullable=False),  # sealed
)
mailbox_visits = Table(
    "mailbox_visits",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, index=True),
)
consents = Table(
    "consents",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
)
aftercare = Table(
    "aftercare",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("name", String(8), primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime, index=True),
    Column("answered_at", UtcDateTime),
)
_ALL = (mailboxes, messages, mailbox_visits, consents, aftercare)
TABLES = tuple(table.name for table in _ALL)


def add(tx: Transaction, lookup: str, incident_id: str, public_key: bytes) -> None:
    """Open a mailbox for one incident."""
    row = {"lookup": lookup, "incident_id": incident_id, "public_key": public_key}
    tx.add(mailboxes, row | {"opened_at": tx.now})


def find(tx: Transaction, lookup: str) -> str | None:
    """The incident a mailbox belongs to."""
    query = select(mailboxes.c.incident_id).where(mailboxes.c.lookup == lookup)
    return tx.execute(query).scalar_one_or_none()


def has_mailbox(tx: Transaction, incident_id: str) -> bool:
    """Did this incident get a code?"""
    query = select(mailboxes.c.lookup).where(mailboxes.c.incident_id == incident_id)
    return tx.execute(query).first() is not None


def lookups(tx: Transaction, incident_id: str) -> list[str]:
    """The handles of the codes that lead to an incident."""
    query = select(mailboxes.c.lookup).where(mailboxes.c.incident_id == incident_id)
    return list(tx.execute(query).scalars())


def remove(tx: Transaction, incident_id: str) -> None:
    """Drop the mailboxes of an incident with all that lies in them."""
    for table in _ALL:
        tx.execute(delete(table).where(table.c.incident_id == incident_id))


def remove_conversation(tx: Transaction, incident_id: str) -> None:
    """Drop what was written; the code still opens the mailbox."""
    for table in (messages, mailbox_visits):
        tx.execute(delete(table).where(table.c.incident_id == incident_id))


def add_message(tx: Transaction, message: Message) -> None:
    """Keep one message."""
    tx.add(messages, vars(message))


def messages_of(tx: Transaction, incident_id: str) -> list[Message]:
    """What was written, oldest first."""
    query = select(messages).where(messages.c.incident_id == incident_id)
    rows = tx.execute(query.order_by(messages.c.sent_at, messages.c.id)).mappings()
    return [Message(**row) for row in rows]


def add_visit(tx: Transaction, visit: Visit) -> None:
    """Somebody has come in; visits that are over go."""
    tx.add(mailbox_visits, vars(visit))


def visit(tx: Transaction, token: str) -> Visit | None:
    """The visit of a token's hash."""
    query = select(mailbox_visits).where(mailbox_visits.c.token_hash == token)
    row = tx.execute(query).mappings().one_or_none()
    return Visit(**row) if row else None


def touch_visit(tx: Transaction, token: str) -> None:
    """The visit goes on."""
    chosen = update(mailbox_visits).where(mailbox_visits.c.token_hash == token)
    tx.execute(chosen.values(seen_at=tx.now))


def end_visit(tx: Transaction, token: str) -> None:
    """Nobody comes in by this token any more."""
    tx.execute(delete(mailbox_visits).where(mailbox_visits.c.token_hash == token))


def end_visits(tx: Transaction, *, before: datetime) -> int:
    """Drop visits nobody has used since."""
    return tx.execute(delete(mailbox_visits).where(mailbox_visits.c.seen_at < before)).rowcount


def add_consents(tx: Transaction, incident_id: str, kinds: Sequence[str]) -> None:
    """What somebody has agreed to with their report."""
    told = {"incident_id": incident_id, "given_at": tx.now}
    tx.add(consents, *(told | {"kind": kind} for kind in kinds))


def consents_of(tx: Transaction, incident_id: str) -> list[Consent]:
    """Every consent, also those taken back."""
    query = select(consents).where(consents.c.incident_id == incident_id)
    rows = tx.execute(query.order_by(consents.c.kind)).mappings()
    return [Consent(**_without_incident(row)) for row in rows]


def set_consent(tx: Transaction, incident_id: str, kind: str, *, given: bool) -> bool:
    """Give or take back; false where nothing changes."""
    mine = (consents.c.incident_id == incident_id, consents.c.kind == kind)
    known = tx.execute(select(consents.c.withdrawn_at).where(*mine)).one_or_none()
    if known is None:
        if given:
            add_consents(tx, incident_id, [kind])
        return given
    if given == (known.withdrawn_at is None):
        return False
    values = {"given_at": tx.now, "withdrawn_at": None} if given else {"withdrawn_at": tx.now}
    tx.execute(update(consents).where(*mine).values(**values))
    return True


def add_aftercare(tx: Transaction, contacts: Sequence[Contact]) -> None:
    """The questions to come."""
    tx.add(aftercare, *(vars(each) for each in contacts))


def aftercare_of(tx: Transaction, incident_id: str) -> list[Contact]:
    """The questions of one incident, in their order."""
    query = select(aftercare).where(aftercare.c.incident_id == incident_id)
    return [Contact(**row) for row in tx.execute(query.order_by(aftercare.c.due_at)).mappings()]


def aftercare_due(tx: Transaction, *, limit: int) -> list[Contact]:
    """Questions whose time has come and that were not announced yet."""
    query = select(aftercare).where(aftercare.c.asked_at.is_(None), aftercare.c.due_at <= tx.now)
    rows = tx.execute(query.order_by(aftercare.c.due_at).limit(limit)).mappings()
    return [Contact(**row) for row in rows]


def note_aftercare(tx: Transaction, contact: Contact, **at: datetime) -> None:
    """It was asked, or answered."""
    mine = (aftercare.c.incident_id == contact.incident_id, aftercare.c.name == contact.name)
    tx.execute(update(aftercare).where(*mine).values(**at))


def _without_incident(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "given_at", "withdrawn_at")}
