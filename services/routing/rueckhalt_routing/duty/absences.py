# SPDX-License-Identifier: EUPL-1.2
"""Use cases: somebody is away, or is not after all. Never why."""

from datetime import datetime, timedelta

from rueckhalt_routing.duty import entries, handlers, store
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.entries import Absence
from rueckhalt_routing.duty.house import House, UnknownKey
from rueckhalt_routing.duty.importing import Import, Wanted, read_file, take
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction

_LONGEST = timedelta(days=3 * 366)


class AbsenceRefused(Exception):
    """An absence that cannot be entered: `field`, and the id of the text that says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


def coming(tx: Transaction, house: House, *, person: str | None = None) -> list[Absence]:
    """What is not over yet, by its begin."""
    return store.absences_of(tx, house.municipality, since=tx.now, person=person)


def add(
    tx: Transaction, house: House, actor: Actor, *, person: str, start: datetime, end: datetime
) -> Absence:
    """Somebody is away. Raises UnknownKey and AbsenceRefused."""
    if not actor.may(house.known(person)):
        raise UnknownKey("person", person)
    _check(store.absences_of(tx, house.municipality, since=tx.now, person=person), start, end)
    if end <= tx.now:
        raise AbsenceRefused("until", "absence.over")
    absence = Absence(
        id=ids.uuid7(),
        municipality=house.municipality,
        person=person,
        start_at=start,
        end_at=end,
        source=actor.source,
        noted_by=actor.name,
        noted_at=tx.now,
    )
    store.add_absences(tx, [absence])
    actor.record(tx, "absence.entered", municipality=house.municipality, object=absence.id)
    handlers.changed(tx, house.municipality)
    return absence


def _check(known: list[Absence], start: datetime, end: datetime) -> None:
    if end <= start:
        raise AbsenceRefused("until", "absence.ends_before")
    if end - start > _LONGEST:
        raise AbsenceRefused("until", "absence.too_long")
    typed = [each for each in known if each.source not in entries.FROM_CALENDARS]
    if any(each.start_at < end and start < each.end_at for each in typed):
        raise AbsenceRefused("from", "absence.overlaps")


def remove(tx: Transaction, house: House, actor: Actor, id: str) -> Absence:
    """Somebody is there after all. Raises UnknownKey."""
    absence = find(tx, house, actor, id)
    store.remove_absences(tx, [absence.id])
    actor.record(tx, "absence.removed", municipality=house.municipality, object=absence.id)
    handlers.changed(tx, house.municipality)
    return absence


def find(tx: Transaction, house: House, actor: Actor, id: str) -> Absence:
    """One absence that this actor may touch. Raises UnknownKey.

    What a calendar brings is changed there: here it would come again.
    """
    absence = store.absence(tx, house.municipality, id)
    if absence is None or absence.source == entries.FEED or not actor.may(absence.person):
        raise UnknownKey("id", id)
    return absence


def take_file(
    tx: Transaction, house: House, actor: Actor, raw: bytes, *, dry_run: bool, **how: object
) -> Import:
    """Take the absences of a file, or tell what it would change. Raises FileRefused.

    Whoever may enter their own absences only gives a file that names nobody else.
    """
    wanted = Wanted(
        municipality=house.municipality,
        people=house.people if actor.only is None else (actor.only,),
        zone=house.zone,
        by=actor.name,
        **how,  # type: ignore[arg-type]
    )
    source, found = read_file(raw, wanted, now=tx.now)
    done = take(tx, source, found, wanted, dry_run=dry_run)
    if done.changes and not dry_run:
        actor.record(tx, "absence.imported", municipality=house.municipality, object=source)
    return done
