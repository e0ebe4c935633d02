# SPDX-License-Identifier: EUPL-1.2
"""The table of these mails: a sealed address lies in it until its mail has left or was given up."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    select,
    update,
)

from rueckhalt_notify.tables import metadata
from rueckhalt_notify.vault.domain import Place
from rueckhalt_notify.vault.sealing import Vault
from rueckhalt_shared.database import Transaction, UtcDateTime

tiding_mails = Table(
    "tiding_mails",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident", String(36), nullable=False, index=True),
    Column("municipality", String(12), nullable=False),
    Column("language", String(8), nullable=False),
    Column("sealed", LargeBinary),  # the address; nothing once it is over
    Column("key_id", ForeignKey("municipality_keys.id")),
    Column("state", String(8), nullable=False),  # waiting | sent | failed
    Column("attempts", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)
_WAITING = tiding_mails.c.state == "waiting"
_SHOWN = ("id", "incident", "municipality", "language", "state", "attempts", "created_at")


@dataclass(frozen=True, kw_only=True)
class Tiding:
    """One mail to whoever reported; its address is not part of it."""

    id: str
    incident: str
    municipality: str
    language: str
    state: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """The same with where to, for one attempt."""

    tiding: Tiding
    address: str = field(repr=False)


def find(tx: Transaction, tiding_id: str) -> Tiding | None:
    """A mail that was asked for."""
    query = select(*(tiding_mails.c[name] for name in _SHOWN)).where(tiding_mails.c.id == tiding_id)
    row = tx.execute(query).mappings().one_or_none()
    return Tiding(**row) if row else None


def add(tx: Transaction, tiding: Tiding, address: str) -> None:
    """Put it on its way; the address is sealed for this very row."""
    key = Vault.of(tx).key_for(tx, tiding.municipality)
    blob = key.seal(address, _place(tiding))
    row = vars(tiding) | {"sealed": blob, "key_id": key.id, "due_at": tx.now}
    tx.add(tiding_mails, row)


def due(tx: Transaction, *, limit: int) -> list[Tiding]:
    """What is to be sent now, oldest first."""
    query = select(*(tiding_mails.c[name] for name in _SHOWN)).where(
        _WAITING, tiding_mails.c.due_at <= tx.now
    )
    rows = tx.execute(query.order_by(tiding_mails.c.due_at).limit(limit)).mappings()
    return [Tiding(**row) for row in rows]


def begin(tx: Transaction, tiding: Tiding, *, again_at: datetime) -> Addressed | None:
    """Take it for one attempt; None where somebody else has it, or it is over or erased."""
    mine = (tiding_mails.c.id == tiding.id, tiding_mails.c.attempts == tiding.attempts)
    values = {"attempts": tiding.attempts + 1, "due_at": again_at}
    if tx.execute(update(tiding_mails).where(_WAITING, *mine).values(values)).rowcount != 1:
        return None
    query = select(tiding_mails.c.sealed).where(tiding_mails.c.id == tiding.id)
    blob = tx.execute(query).scalar_one()
    return Addressed(tiding=tiding, address=Vault.of(tx).open(tx, blob, _place(tiding)))


def end(tx: Transaction, tiding_id: str, state: str) -> None:
    """It is over: the address goes at once, the id stays so that it goes out once."""
    mine = update(tiding_mails).where(_WAITING, tiding_mails.c.id == tiding_id)
    tx.execute(mine.values(state=state, sealed=None, key_id=None))


def forget(tx: Transaction, *, before: datetime) -> None:
    """Drop what was asked for long ago."""
    tx.execute(delete(tiding_mails).where(tiding_mails.c.created_at < before))


def remove(tx: Transaction, incident: str) -> None:
    """Drop every mail of an incident."""
    tx.execute(delete(tiding_mails).where(tiding_mails.c.incident == incident))


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents there is a mail of."""
    return set(tx.execute(select(tiding_mails.c.incident).distinct()).scalars())


def _place(tiding: Tiding) -> Place:
    return Place(tiding.municipality, tiding.id, "tiding")
