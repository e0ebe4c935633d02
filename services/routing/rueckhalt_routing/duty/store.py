# SPDX-License-Identifier: EUPL-1.2
"""Absences, changes, crises, departures: the two-way road between rows and what people enter.

Every query names the municipality whose plan the persons stand in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, func, insert, or_, select
from sqlalchemy import update as change

from rueckhalt_routing.duty.entries import ASKED, Absence, Crisis, Departure, RotaChange
from rueckhalt_routing.duty.tables import (
    absences,
    crises,
    departures,
    duty_states,
    ical_feeds,
    rota_changes,
)
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction


# ------------------------------------------------------------------------------- absences
def absences_of(
    tx: Transaction,
    municipality: str,
    *,
    since: datetime | None = None,
    person: str | None = None,
) -> list[Absence]:
    """Absences by their begin; with `since` those that are not over by then."""
    query = select(absences).where(absences.c.municipality == municipality)
    if since is not None:
        query = query.where(absences.c.end_at > since)
    if person is not None:
        query = query.where(absences.c.person == person)
    query = query.order_by(absences.c.start_at, absences.c.person, absences.c.id)
    return [Absence(**row) for row in tx.execute(query).mappings()]


def fed_of(tx: Transaction, municipality: str, feed: str) -> list[Absence]:
    """What a calendar that is fetched has brought."""
    query = select(absences).where(absences.c.municipality == municipality)
    return [Absence(**row) for row in tx.execute(query.where(absences.c.feed == feed)).mappings()]


def count_fed(tx: Transaction, municipality: str) -> dict[str, int]:
    """How many absences that are not over each calendar has brought."""
    query = select(absences.c.feed, func.count().label("found")).group_by(absences.c.feed)
    query = query.where(absences.c.municipality == municipality, absences.c.feed.is_not(None))
    rows = tx.execute(query.where(absences.c.end_at > tx.now)).mappings()
    return {str(row["feed"]): int(row["found"]) for row in rows}


def absence(tx: Transaction, municipality: str, id: str) -> Absence | None:
    """One absence."""
    query = select(absences).where(absences.c.municipality == municipality, absences.c.id == id)
    row = tx.execute(query).mappings().one_or_none()
    return Absence(**row) if row else None


def add_absences(tx: Transaction, new: Sequence[Absence]) -> None:
    """Keep absences."""
    if new:
        tx.execute(insert(absences), [vars(each) for each in new])


def save_absence(tx: Transaction, new: Absence) -> None:
    """An absence lies elsewhere now."""
    tx.execute(change(absences).where(absences.c.id == new.id).values(**vars(new)))


def remove_absences(tx: Transaction, ids: Sequence[str]) -> None:
    """Forget absences."""
    for id in ids:
        tx.execute(delete(absences).where(absences.c.id == id))


# ------------------------------------------------------------------------ changes of a rota
def changes_of(
    tx: Transaction, municipality: str, *, since: datetime | None = None
) -> list[RotaChange]:
    """Changes by their begin; with `since` those that are not over by then."""
    query = select(rota_changes).where(rota_changes.c.municipality == municipality)
    if since is not None:
        later = (rota_changes.c.end_at > since, rota_changes.c.back_end_at > since)
        query = query.where(or_(*later))
    query = query.order_by(rota_changes.c.start_at, rota_changes.c.id)
    return [RotaChange(**row) for row in tx.execute(query).mappings()]


def find_change(tx: Transaction, municipality: str, id: str) -> RotaChange | None:
    """One change; locked until the commit where others might answer it meanwhile."""
    mine = (rota_changes.c.municipality == municipality, rota_changes.c.id == id)
    row = tx.execute(select(rota_changes).where(*mine).with_for_update()).mappings().one_or_none()
    return RotaChange(**row) if row else None


def open_swaps(tx: Transaction) -> list[RotaChange]:
    """Every swap somebody has still to answer, of all municipalities; locked until the commit."""
    query = select(rota_changes).where(rota_changes.c.state == ASKED).order_by(rota_changes.c.id)
    rows = tx.execute(query.with_for_update(skip_locked=True)).mappings()
    return [RotaChange(**row) for row in rows]


def add_change(tx: Transaction, new: RotaChange) -> None:
    """Keep a change."""
    tx.execute(insert(rota_changes), vars(new))


def save_change(tx: Transaction, new: RotaChange) -> None:
    """A change was answered."""
    tx.execute(change(rota_changes).where(rota_changes.c.id == new.id).values(**vars(new)))


# ------------------------------------------------------------------------------------ crises
def crises_of(tx: Transaction, municipalities: Sequence[str]) -> list[Crisis]:
    """The crises of these regions, the newest first."""
    query = select(crises).where(crises.c.municipality.in_(municipalities))
    query = query.order_by(crises.c.start_at.desc(), crises.c.id)
    return [Crisis(**row) for row in tx.execute(query).mappings()]


def add_crisis(tx: Transaction, new: Crisis) -> None:
    """Keep a crisis."""
    tx.execute(insert(crises), vars(new))


def save_crisis(tx: Transaction, new: Crisis) -> None:
    """A crisis is over."""
    tx.execute(change(crises).where(crises.c.id == new.id).values(**vars(new)))


# -------------------------------------------------------------------------------- departures
def departures_of(tx: Transaction, municipality: str) -> list[Departure]:
    """Who left, or will."""
    query = select(departures).where(departures.c.municipality == municipality)
    rows = tx.execute(query.order_by(departures.c.left_at, departures.c.person)).mappings()
    return [Departure(**row) for row in rows]


def keep_departure(tx: Transaction, new: Departure) -> None:
    """Somebody left at this instant, whatever was said before."""
    remove_departure(tx, new.municipality, new.person)
    tx.execute(insert(departures), vars(new))


def remove_departure(tx: Transaction, municipality: str, person: str) -> bool:
    """Somebody stays after all; false where nothing was said."""
    mine = (departures.c.municipality == municipality, departures.c.person == person)
    return bool(tx.execute(delete(departures).where(*mine)).rowcount)


# ------------------------------------------------------------------------------------- state
def version_of(tx: Transaction, municipality: str) -> int:
    """How often something changed here."""
    query = select(duty_states.c.version).where(duty_states.c.municipality == municipality)
    return tx.execute(query).scalar() or 0


def changed_at(tx: Transaction, municipality: str) -> datetime | None:
    """When something changed here last."""
    query = select(duty_states.c.changed_at).where(duty_states.c.municipality == municipality)
    at: datetime | None = tx.execute(query).scalar()
    return at


def stamps_of(tx: Transaction, municipalities: Sequence[str]) -> tuple[str, ...]:
    """What stands for the present facts of these regions: another one after each change."""
    mine = duty_states.c.municipality.in_(municipalities)
    query = select(duty_states.c.stamp).where(mine).order_by(duty_states.c.municipality)
    return tuple(tx.execute(query).scalars())


def bump(tx: Transaction, municipality: str) -> int:
    """Something changed: the next version."""
    mine = duty_states.c.municipality == municipality
    values: dict[str, Any] = {"stamp": ids.uuid7(), "changed_at": tx.now}
    later = change(duty_states).where(mine).values(version=duty_states.c.version + 1, **values)
    if not tx.execute(later).rowcount:
        tx.execute(insert(duty_states), values | {"municipality": municipality, "version": 1})
    return version_of(tx, municipality)


# ----------------------------------------------------------------------------------- erasing
def forget_before(tx: Transaction, before: datetime) -> int:
    """Drop what was over before this instant; answers how many rows."""
    over = [
        (absences, absences.c.end_at < before),
        (crises, crises.c.end_at < before),
        (
            rota_changes,
            (rota_changes.c.end_at < before)
            & or_(rota_changes.c.back_end_at.is_(None), rota_changes.c.back_end_at < before),
        ),
    ]
    return sum(tx.execute(delete(table).where(old)).rowcount for table, old in over)


def former(tx: Transaction, before: datetime) -> list[tuple[str, str]]:
    """Municipality and key of whoever left before this instant, or whose calendar goes on."""
    left = select(departures.c.municipality, departures.c.person)
    left = left.where(departures.c.left_at < before)
    fed = select(ical_feeds.c.municipality, ical_feeds.c.person)
    found = {(row.municipality, row.person) for each in (left, fed) for row in tx.execute(each)}
    return sorted(found)


def forget_person(tx: Transaction, municipality: str, person: str) -> None:
    """Drop every row that names somebody."""
    named: list[tuple[Table, Any]] = [
        (absences, absences.c.person == person),
        (departures, departures.c.person == person),
        (ical_feeds, ical_feeds.c.person == person),
        (
            rota_changes,
            or_(
                rota_changes.c.person == person,
                rota_changes.c.instead_of == person,
                rota_changes.c.asked_by == person,
            ),
        ),
    ]
    for table, mine in named:
        tx.execute(delete(table).where(table.c.municipality == municipality, mine))
