# SPDX-License-Identifier: EUPL-1.2
"""The two-way road between rows and calendars that are fetched."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, Text, delete, func, insert, select
from sqlalchemy import update as change

from rueckhalt_routing.absence_feeds.domain import Feed, Trouble
from rueckhalt_routing.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

absence_feeds = Table(
    "absence_feeds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("kind", String(6), nullable=False),  # person | unit
    Column("whose", String(64), nullable=False),
    Column("host", String(253), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("counts", String(4), nullable=False),  # busy | out
    Column("made_by", String(200), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("etag", String(200)),
    Column("modified", String(60)),
    Column("people", Text, nullable=False),
    Column("read_at", UtcDateTime),
    Column("whole_at", UtcDateTime),
    Column("failing_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("troubles", Text, nullable=False),
    Column("empty_at", UtcDateTime),
)
Index("ix_absence_feeds_municipality", absence_feeds.c.municipality, absence_feeds.c.whose)
Index("ix_absence_feeds_next_at", absence_feeds.c.next_at)


def feeds_of(tx: Transaction, municipality: str) -> list[Feed]:
    """The calendars of a municipality, by whose they are."""
    query = select(absence_feeds).where(absence_feeds.c.municipality == municipality)
    query = query.order_by(absence_feeds.c.kind, absence_feeds.c.whose, absence_feeds.c.id)
    return [_feed(row) for row in tx.execute(query).mappings()]


def all_troubled(tx: Transaction) -> list[Feed]:
    """Every calendar that failed or names nothing, of all municipalities."""
    is_failing = absence_feeds.c.failing_at.is_not(None)
    query = select(absence_feeds).where(is_failing | absence_feeds.c.empty_at.is_not(None))
    return [_feed(row) for row in tx.execute(query).mappings()]


def count(tx: Transaction, municipality: str) -> int:
    """How many calendars a municipality has."""
    query = select(func.count()).where(absence_feeds.c.municipality == municipality)
    return int(tx.execute(query).scalar_one())


def find(tx: Transaction, municipality: str, id: str, *, locked: bool) -> Feed | None:
    """One calendar; locked until the commit where it is to change."""
    mine = (absence_feeds.c.municipality == municipality, absence_feeds.c.id == id)
    query = select(absence_feeds).where(*mine)
    found = tx.execute(query.with_for_update() if locked else query)
    row = found.mappings().one_or_none()
    return _feed(row) if row else None


def due(tx: Transaction, *, limit: int) -> list[Feed]:
    """What is to be fetched now and nobody else is about to."""
    query = select(absence_feeds).where(absence_feeds.c.next_at <= tx.now)
    query = query.order_by(absence_feeds.c.next_at).limit(limit)
    rows = tx.execute(query.with_for_update(skip_locked=True)).mappings()
    return [_feed(row) for row in rows]


def add(tx: Transaction, feed: Feed) -> None:
    """Keep a calendar."""
    tx.execute(insert(absence_feeds), _row(feed))


def save(tx: Transaction, feed: Feed) -> None:
    """A calendar stands otherwise now."""
    tx.execute(change(absence_feeds).where(absence_feeds.c.id == feed.id).values(**_row(feed)))


def put_off(tx: Transaction, feed: Feed, until: datetime) -> None:
    """Nobody else fetches it before then."""
    mine = absence_feeds.c.id == feed.id
    tx.execute(change(absence_feeds).where(mine).values(next_at=until))


def remove(tx: Transaction, feed: Feed) -> None:
    """Forget a calendar."""
    tx.execute(delete(absence_feeds).where(absence_feeds.c.id == feed.id))


def _row(feed: Feed) -> dict[str, Any]:
    told = json.dumps([asdict(each) for each in feed.troubles], separators=(",", ":"))
    return vars(feed) | {"people": json.dumps(feed.people), "troubles": told}


def _feed(row: Mapping[Any, Any]) -> Feed:
    told = json.loads(row["troubles"])
    troubles = tuple(Trouble(**each | {"allowed": tuple(each["allowed"])}) for each in told)
    kept = dict(row) | {"people": tuple(json.loads(row["people"])), "troubles": troubles}
    return Feed(**kept)
