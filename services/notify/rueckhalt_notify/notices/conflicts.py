# SPDX-License-Identifier: EUPL-1.2
"""Who is in conflict with an incident, as its decision says: never told, and shown no notice of it.

Routing leaves them out already; what is known here hides the notices of others from them, too.
Their ids do not lie here, only keyed marks: among them is whoever reported, and that may have to
be forgotten.
"""

import hmac
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Integer,
    String,
    Table,
    cast,
    delete,
    insert,
    select,
    update,
)

from rueckhalt_notify.notices.store import notices
from rueckhalt_notify.tables import metadata
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import tombstones

conflicts = Table(
    "conflicts",
    metadata,
    Column("incident", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
)


def barred(
    tx: Transaction, incidents: Collection[str], persons: Collection[str]
) -> dict[str, frozenset[str]]:
    """Who of these persons is in conflict with each of these incidents."""
    query = select(conflicts).where(conflicts.c.incident.in_(list(incidents)))
    known = {row.incident: set(row.marks) for row in tx.execute(query)}
    marks = {person: _mark(tx, person) for person in persons} if known else {}
    return {
        each: frozenset(who for who, mark in marks.items() if mark in known.get(each, ()))
        for each in incidents
    }


def note(tx: Transaction, incident: str, persons: Iterable[str], *, version: int) -> None:
    """A fact of routing (or of intake): applied when it is newer. What waits for them goes."""
    told = sorted(set(persons))
    marks = [_mark(tx, person) for person in told]
    query = select(conflicts.c.version).where(conflicts.c.incident == incident)
    known = tx.execute(query).scalar_one_or_none()
    if known is not None and known >= version:
        return
    if known is None and told:
        row = {"incident": incident, "version": version, "marks": marks}
        tx.execute(insert(conflicts), row)
    elif known is not None:
        mine = update(conflicts).where(conflicts.c.incident == incident)
        tx.execute(mine.values(version=version, marks=marks))
    if told:
        _withdraw(tx, incident, told)


def accuse(tx: Transaction, person: str) -> ColumnElement[bool]:
    """A condition for a query over notices: the incident is in conflict with this person.

    A mark is a long hash: looking for it in the text of the list finds nothing else.
    """
    named: Any = select(conflicts.c.version).where(
        conflicts.c.incident == notices.c.subject,
        cast(conflicts.c.marks, String).contains(_mark(tx, person)),
    )
    found: ColumnElement[bool] = named.exists()
    return found


def forget(tx: Transaction, incidents: Collection[str]) -> None:
    """The incidents are erased, or too old to be told about."""
    tx.execute(delete(conflicts).where(conflicts.c.incident.in_(list(incidents))))


def _mark(tx: Transaction, person: str) -> str:
    key = tombstones.derived(tx, b"rueckhalt conflicts")
    return hmac.digest(key, person.encode(), "sha256").hex()[:40]


def _withdraw(tx: Transaction, incident: str, persons: Collection[str]) -> None:
    """Whoever was asked before it came out: the link opens no more, and nothing new is sent."""
    theirs = (notices.c.subject == incident, notices.c.owner_id.in_(list(persons)))
    tx.execute(
        update(notices).where(*theirs, notices.c.revoked_at.is_(None)).values(revoked_at=tx.now)
    )
    tx.execute(
        update(notices)
        .where(*theirs, notices.c.state == "waiting")
        .values(state="cancelled", finished_at=tx.now, sender=None, lease_until_at=None)
    )
