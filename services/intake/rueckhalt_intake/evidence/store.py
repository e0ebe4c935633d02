# SPDX-License-Identifier: EUPL-1.2
"""Pieces of evidence, their sealed bytes, and who has had to do with them."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    select,
    update,
)

from rueckhalt_intake.evidence.domain import PENDING, REPORTER, Attachment, Touch
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("key_id", String(32), nullable=False, unique=True),
    Column("source", String(20), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("size", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("scanned_at", UtcDateTime),
    Column("label", LargeBinary, nullable=False),  # sealed: name, checksum, type
)
attachment_chunks = Table(
    "attachment_chunks",
    metadata,
    Column("attachment_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # sealed
)
custody = Table(
    "custody",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("attachment_id", String(36), nullable=False, index=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(80), nullable=False),
    Column("act", String(12), nullable=False),
)
TABLES = (attachment_chunks.name, custody.name, attachments.name)


def add(tx: Transaction, attachment: Attachment, chunks: Iterator[bytes]) -> None:
    """Keep a file; its sealed pieces are written one by one."""
    tx.add(attachments, vars(attachment))
    for number, content in enumerate(chunks):
        row = {"attachment_id": attachment.id, "number": number, "content": content}
        tx.add(attachment_chunks, row)


def of_incident(tx: Transaction, incident_id: str) -> list[Attachment]:
    """The files of an incident, oldest first."""
    query = select(attachments).where(attachments.c.incident_id == incident_id)
    rows = tx.execute(query.order_by(attachments.c.received_at, attachments.c.id)).mappings()
    return [Attachment(**row) for row in rows]


def find(tx: Transaction, attachment_id: str) -> Attachment | None:
    """One file."""
    query = select(attachments).where(attachments.c.id == attachment_id)
    row = tx.execute(query).mappings().one_or_none()
    return Attachment(**row) if row else None


def chunk(tx: Transaction, attachment_id: str, number: int) -> bytes | None:
    """One sealed piece."""
    query = select(attachment_chunks.c.content).where(
        attachment_chunks.c.attachment_id == attachment_id, attachment_chunks.c.number == number
    )
    return tx.execute(query).scalar_one_or_none()


def counted(tx: Transaction, incident_id: str, *, since: datetime) -> tuple[int, int]:
    """How many files there are, and how many came since then."""
    mine = attachments.c.incident_id == incident_id
    query = select(func.count()).select_from(attachments).where(mine)
    lately = query.where(attachments.c.received_at > since)
    return int(tx.execute(query).scalar_one()), int(tx.execute(lately).scalar_one())


def waiting(tx: Transaction, *, limit: int) -> list[Attachment]:
    """Files the scanner has not seen, oldest first."""
    query = select(attachments).where(attachments.c.state == PENDING)
    rows = tx.execute(query.order_by(attachments.c.received_at).limit(limit)).mappings()
    return [Attachment(**row) for row in rows]


def note_state(tx: Transaction, attachment_id: str, state: str) -> bool:
    """What the scanner said; false where the file has gone or was settled meanwhile."""
    chosen = update(attachments).where(
        attachments.c.id == attachment_id, attachments.c.state == PENDING
    )
    return tx.execute(chosen.values(state=state, scanned_at=tx.now)).rowcount == 1


def touch(tx: Transaction, touched: Touch) -> None:
    """One more line of the custody log."""
    tx.add(custody, vars(touched) | {"id": str(uuid4())})


def touches(tx: Transaction, incident_id: str) -> list[Touch]:
    """The custody log of an incident, oldest first."""
    columns = [column for column in custody.c if column.name != "id"]
    query = select(*columns).where(custody.c.incident_id == incident_id)
    rows = tx.execute(query.order_by(custody.c.at, custody.c.id)).mappings()
    return [Touch(**row) for row in rows]


def used_keys(tx: Transaction, keys: Collection[str]) -> set[str]:
    """Which of these keys seal a file."""
    query = select(attachments.c.key_id).where(attachments.c.key_id.in_(list(keys)))
    return set(tx.execute(query).scalars())


def keys_of(tx: Transaction, incident_id: str, *, source: str | None = None) -> list[str]:
    """The keys of the files of an incident."""
    query = select(attachments.c.key_id).where(attachments.c.incident_id == incident_id)
    if source is not None:
        query = query.where(attachments.c.source == source)
    return list(tx.execute(query).scalars())


def remove(tx: Transaction, incident_id: str, *, source: str | None = None) -> None:
    """Drop the files of an incident, or those of one source, with all that is known of them."""
    mine = select(attachments.c.id).where(attachments.c.incident_id == incident_id)
    if source is not None:
        mine = mine.where(attachments.c.source == source)
    for number in list(tx.execute(mine).scalars()):
        remove_one(tx, number)


def remove_one(tx: Transaction, attachment_id: str) -> None:
    """Drop one file with all that is known of it."""
    tx.execute(delete(attachment_chunks).where(attachment_chunks.c.attachment_id == attachment_id))
    tx.execute(delete(custody).where(custody.c.attachment_id == attachment_id))
    tx.execute(delete(attachments).where(attachments.c.id == attachment_id))


def remove_reporters(tx: Transaction, incident_id: str) -> None:
    """Drop what whoever reported has brought: its metadata tells who that is."""
    remove(tx, incident_id, source=REPORTER)
