# SPDX-License-Identifier: EUPL-1.2
"""The rows of the chains, the keys that link them to incidents, and requests to read them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, text, update

from rueckhalt_shared.audit.chain import Anchor, Row
from rueckhalt_shared.plumbing import audit_cases, audit_readings, audit_rows

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction

_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Somebody's request to read a chain; a second person has to confirm it."""

    id: str
    municipality: str
    since: datetime
    until: datetime
    why: str
    requested_by: str
    requested_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


def lock(tx: "Transaction", municipality: str) -> None:
    """One writer per chain; SQLite has only one writer anyway."""
    if tx.dialect == "postgresql":
        digest = hashlib.sha256(b"rueckhalt audit|" + municipality.encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def head(tx: "Transaction", municipality: str) -> Anchor | None:
    """The last row of a chain; None before the first."""
    mine = audit_rows.c.municipality == municipality
    query = select(audit_rows.c.n, audit_rows.c.hash).where(mine)
    row = tx.execute(query.order_by(audit_rows.c.n.desc()).limit(1)).one_or_none()
    return Anchor(municipality, row.n, row.hash) if row else None


def add(tx: "Transaction", row: Row) -> None:
    """Append; the primary key refuses a second row of that number."""
    tx.execute(insert(audit_rows), vars(row))


def municipalities(tx: "Transaction") -> list[str]:
    """Every municipality that has a chain."""
    query = select(audit_rows.c.municipality).distinct().order_by(audit_rows.c.municipality)
    return list(tx.execute(query).scalars())


def rows(tx: "Transaction", municipality: str, after: int = -(2**62)) -> Iterator[Row]:
    """A chain from its first row (or from behind row `after`) on, read page by page."""
    while True:
        query = (
            select(audit_rows)
            .where(audit_rows.c.municipality == municipality, audit_rows.c.n > after)
            .order_by(audit_rows.c.n)
            .limit(_PAGE)
        )
        found = tx.execute(query).all()
        yield from (Row(r.municipality, r.n, r.body, r.hash) for r in found)
        if len(found) < _PAGE:
            return
        after = found[-1].n


def mentioning(tx: "Transaction", municipality: str, reference: str) -> list[Row]:
    """The rows that hold this case reference, in their order."""
    query = select(audit_rows).where(
        audit_rows.c.municipality == municipality, audit_rows.c.body.contains(reference)
    )
    found = tx.execute(query.order_by(audit_rows.c.n))
    return [Row(r.municipality, r.n, r.body, r.hash) for r in found]


def case_key(tx: "Transaction", incident: str) -> bytes | None:
    """The key under which rows name this incident; gone once it is erased."""
    query = select(audit_cases.c.key).where(audit_cases.c.incident == incident)
    return tx.execute(query).scalar_one_or_none()


def add_case_key(tx: "Transaction", incident: str, key: bytes) -> None:
    """Keep the key of an incident that is named for the first time."""
    tx.execute(insert(audit_cases), {"incident": incident, "key": key})


def drop_case_key(tx: "Transaction", incident: str) -> None:
    """From now on nobody can tell which rows were about the incident."""
    tx.execute(delete(audit_cases).where(audit_cases.c.incident == incident))


def add_reading(tx: "Transaction", reading: Reading) -> None:
    """Keep a request."""
    tx.execute(insert(audit_readings), vars(reading))


def reading(tx: "Transaction", reading_id: str) -> Reading | None:
    """One request, locked."""
    query = select(audit_readings).where(audit_readings.c.id == reading_id).with_for_update()
    row = tx.execute(query).mappings().one_or_none()
    return Reading(**dict(row)) if row else None


def readings(tx: "Transaction", places: Sequence[str], since: datetime) -> list[Reading]:
    """Requests of these municipalities, newest first."""
    query = select(audit_readings).where(
        audit_readings.c.municipality.in_(list(places)), audit_readings.c.requested_at >= since
    )
    newest = query.order_by(audit_readings.c.requested_at.desc(), audit_readings.c.id)
    return [Reading(**dict(row)) for row in tx.execute(newest).mappings()]


def confirm(tx: "Transaction", reading_id: str, by: str) -> None:
    """The second person agrees."""
    tx.execute(
        update(audit_readings)
        .where(audit_readings.c.id == reading_id)
        .values(confirmed_by=by, confirmed_at=tx.now)
    )
