# SPDX-License-Identifier: EUPL-1.2
"""Arrivals and the sealed pieces of their files."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    delete,
    false,
    func,
    or_,
    select,
    update,
)

from rueckhalt_intake.evidence.domain import Attachment
from rueckhalt_intake.inbound.domain import DISMISSED, WAITING, Arrival
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

arrivals = Table(
    "arrivals",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("mode", String(5), nullable=False),
    Column("origin", String(10), nullable=False),
    Column("mark", String(64), nullable=False, unique=True),
    Column("key_id", String(32), nullable=False, unique=True),
    Column("state", String(10), nullable=False, index=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("files", Integer, nullable=False),
    Column("content", LargeBinary),  # sealed
    Column("reason", String(20)),
    Column("decided_by", String(80)),
    Column("decided_at", UtcDateTime),
)
arrival_files = Table(
    "arrival_files",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("arrival_id", String(36), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("key_id", String(32), nullable=False, unique=True),
    Column("source", String(20), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("size", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("scanned_at", UtcDateTime),
    Column("label", LargeBinary, nullable=False),  # sealed: name, checksum, type
)
arrival_chunks = Table(
    "arrival_chunks",
    metadata,
    Column("file_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # sealed
)
TABLES = (arrival_chunks.name, arrival_files.name, arrivals.name)


def add(tx: Transaction, arrival: Arrival) -> None:
    """Keep a new arrival."""
    tx.add(arrivals, vars(arrival))


def add_file(tx: Transaction, number: int, file: Attachment, pieces: Iterator[bytes]) -> None:
    """Keep one of its files; the sealed pieces are written one by one."""
    row = dict(vars(file))
    row |= {"arrival_id": row.pop("incident_id"), "number": number}
    tx.add(arrival_files, row)
    for place, content in enumerate(pieces):
        tx.add(arrival_chunks, {"file_id": file.id, "number": place, "content": content})


def marked(tx: Transaction, mark: str) -> str | None:
    """The id of the arrival with this mark."""
    return tx.execute(select(arrivals.c.id).where(arrivals.c.mark == mark)).scalar_one_or_none()


def find(tx: Transaction, arrival_id: str, *, locked: bool = False) -> Arrival | None:
    """One arrival; with `locked` it stays as it is until the commit."""
    query = select(arrivals).where(arrivals.c.id == arrival_id)
    row = tx.execute(query.with_for_update() if locked else query).mappings().one_or_none()
    return _arrival(row) if row else None


def listed(
    tx: Transaction, municipalities: Sequence[str], mode: str, *, state: str, limit: int
) -> list[Arrival]:
    """The arrivals in this state within reach, oldest first; what they say is not fetched."""
    columns = [column for column in arrivals.c if column.name != "content"]
    query = select(*columns).where(arrivals.c.mode == mode, arrivals.c.state == state)
    query = query.where(_within(municipalities))
    rows = tx.execute(query.order_by(arrivals.c.received_at, arrivals.c.id).limit(limit))
    return [Arrival(**row) for row in rows.mappings()]


def counted(tx: Transaction, municipalities: Sequence[str], mode: str) -> int:
    """How many wait within reach."""
    query = select(func.count()).select_from(arrivals)
    query = query.where(arrivals.c.mode == mode, arrivals.c.state == WAITING)
    return int(tx.execute(query.where(_within(municipalities))).scalar_one())


def late(tx: Transaction, *, before: datetime) -> int:
    """How many wait since before then, in the whole house."""
    query = select(func.count()).select_from(arrivals).where(arrivals.c.state == WAITING)
    return int(tx.execute(query.where(arrivals.c.received_at <= before)).scalar_one())


def decide(tx: Transaction, arrival_id: str, **values: Any) -> None:
    """Write what became of it."""
    tx.execute(update(arrivals).where(arrivals.c.id == arrival_id).values(**values))


def files_of(tx: Transaction, arrival_id: str) -> list[Attachment]:
    """Its files, the whole mail first; sealed as those of an incident with the same id."""
    query = select(arrival_files).where(arrival_files.c.arrival_id == arrival_id)
    found = tx.execute(query.order_by(arrival_files.c.number)).mappings()
    return [_file(row) for row in found]


def pieces(tx: Transaction, file: Attachment) -> Iterator[bytes]:
    """The sealed pieces of a file, one after the other."""
    for number in range(file.chunks):
        query = select(arrival_chunks.c.content).where(
            arrival_chunks.c.file_id == file.id, arrival_chunks.c.number == number
        )
        yield tx.execute(query).scalar_one()


def remove_files(tx: Transaction, arrival_id: str) -> None:
    """Drop its files."""
    mine = select(arrival_files.c.id).where(arrival_files.c.arrival_id == arrival_id)
    for number in list(tx.execute(mine).scalars()):
        tx.execute(delete(arrival_chunks).where(arrival_chunks.c.file_id == number))
    tx.execute(delete(arrival_files).where(arrival_files.c.arrival_id == arrival_id))


def remove(tx: Transaction, arrival_id: str) -> None:
    """Drop it with its files."""
    remove_files(tx, arrival_id)
    tx.execute(delete(arrivals).where(arrivals.c.id == arrival_id))


def dismissed(tx: Transaction, *, before: datetime, limit: int) -> list[Arrival]:
    """What was dismissed before then."""
    over = (arrivals.c.state == DISMISSED, arrivals.c.decided_at <= before)
    rows = tx.execute(select(arrivals).where(*over).limit(limit)).mappings()
    return [_arrival(row) for row in rows]


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys seal an arrival or a file of one."""
    wanted = list(among)
    found = set(
        tx.execute(select(arrivals.c.key_id).where(arrivals.c.key_id.in_(wanted))).scalars()
    )
    query = select(arrival_files.c.key_id).where(arrival_files.c.key_id.in_(wanted))
    return found | set(tx.execute(query).scalars())


def _within(municipalities: Sequence[str]) -> Any:
    if "*" in municipalities:
        return ~false()
    return or_(false(), *(arrivals.c.municipality.startswith(key) for key in municipalities))


def _arrival(row: RowMapping) -> Arrival:
    return Arrival(**row)


def _file(row: RowMapping) -> Attachment:
    told = dict(row)
    told["incident_id"] = told.pop("arrival_id")
    del told["number"]
    return Attachment(**told)
