# SPDX-License-Identifier: EUPL-1.2
"""Requests to erase that wait for a second person. They name the incident, so they go with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, String, Table, delete, false, insert, or_, select, update

from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

OPEN, DECLINED = "open", "declined"

erasure_requests = Table(
    "erasure_requests",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("municipality", String(12), nullable=False),
    Column("mode", String(5), nullable=False),
    Column("scope", String(20), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("by_reporter", Boolean, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),
    Column("decided_by", String(80)),
    Column("decided_at", UtcDateTime),
    Column("answer", String(200)),
    Column("attachment_id", String(36)),  # where it is about one file only
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """Somebody asks for an erasure; `by_reporter`: for the own report, which pages tell nobody."""

    id: str
    incident_id: str
    municipality: str
    mode: str
    scope: str
    reason: str
    asked_by: str
    by_reporter: bool
    asked_at: datetime
    state: str = OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str | None = None
    attachment_id: str | None = None


def add(tx: Transaction, request: Request) -> None:
    """Keep a request."""
    tx.execute(insert(erasure_requests), vars(request))


def get(tx: Transaction, request_id: str, places: Sequence[str], mode: str) -> Request | None:
    """One request within reach, locked."""
    query = select(erasure_requests).where(erasure_requests.c.id == request_id)
    row = tx.execute(query.where(*_within(places, mode)).with_for_update()).mappings().first()
    return Request(**dict(row)) if row else None


def incident_of(tx: Transaction, request_id: str) -> str | None:
    """What a request is about, for whoever locks that first."""
    query = select(erasure_requests.c.incident_id).where(erasure_requests.c.id == request_id)
    found: str | None = tx.execute(query).scalar_one_or_none()
    return found


def is_open(tx: Transaction, request_id: str) -> bool:
    """Does it still wait for its decision?"""
    query = select(erasure_requests.c.state).where(erasure_requests.c.id == request_id)
    return tx.execute(query).scalar_one_or_none() == OPEN


def within(tx: Transaction, places: Sequence[str], mode: str, *, limit: int) -> list[Request]:
    """The newest requests within reach."""
    query = select(erasure_requests).where(*_within(places, mode))
    newest = query.order_by(erasure_requests.c.asked_at.desc(), erasure_requests.c.id)
    return [Request(**dict(row)) for row in tx.execute(newest.limit(limit)).mappings()]


def of_incident(tx: Transaction, incident_id: str) -> list[Request]:
    """Every request about an incident, newest first."""
    query = select(erasure_requests).where(erasure_requests.c.incident_id == incident_id)
    rows = tx.execute(query.order_by(erasure_requests.c.asked_at.desc())).mappings()
    return [Request(**dict(row)) for row in rows]


def decline(tx: Transaction, request: Request) -> None:
    """Write who declined it, when and why."""
    names = ("state", "decided_by", "decided_at", "answer")
    values = {name: getattr(request, name) for name in names}
    mine = update(erasure_requests).where(erasure_requests.c.id == request.id)
    tx.execute(mine.values(values))


def drop(tx: Transaction, incident_id: str) -> None:
    """What was asked is done, and who asked must not lead back to it."""
    tx.execute(delete(erasure_requests).where(erasure_requests.c.incident_id == incident_id))


def drop_of_file(tx: Transaction, attachment_id: str) -> None:
    """The file is gone, and with it who asked for that."""
    tx.execute(delete(erasure_requests).where(erasure_requests.c.attachment_id == attachment_id))


def _within(places: Sequence[str], mode: str) -> list[Any]:
    conditions: list[Any] = [erasure_requests.c.mode == mode]
    if "*" not in places:
        own = [erasure_requests.c.municipality.startswith(place) for place in places]
        conditions.append(or_(false(), *own))
    return conditions
