# SPDX-License-Identifier: EUPL-1.2
"""Takes the absences of a file: what is new, what moved, what is gone. Twice is as once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty import entries, handlers, reading_csv, reading_ical, store
from rueckhalt_routing.duty.absence_files import (
    FileRefused,
    Found,
    Problem,
    Window,
    is_calendar,
    text_in,
)
from rueckhalt_routing.duty.entries import Absence
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction

_AHEAD = timedelta(days=500)
_Key = tuple[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How a file is to be taken.

    `person`: whose calendar it is. `counts`: all that is busy, or only what is marked as away.
    `replaces`: what an earlier file of the same kind brought and this one lacks goes.
    """

    municipality: str
    people: Collection[str]
    zone: ZoneInfo
    by: str
    person: str | None = None
    counts: str = reading_ical.BUSY
    replaces: bool = False


@dataclass(frozen=True, kw_only=True)
class Import:
    """What a file changes, or would."""

    source: str
    added: tuple[Absence, ...] = ()
    moved: tuple[Absence, ...] = ()
    removed: tuple[Absence, ...] = ()
    unchanged: int = 0

    @property
    def changes(self) -> int:
        """How many absences are other than before."""
        return len(self.added) + len(self.moved) + len(self.removed)

    def as_dict(self) -> dict[str, Any]:
        """The figures and each change, for machines."""
        told = {
            name: [
                {"person": each.person, "from": each.start_at, "until": each.end_at}
                for each in getattr(self, name)
            ]
            for name in ("added", "moved", "removed")
        }
        return {"source": self.source, **told, "unchanged": self.unchanged}


def read_file(raw: bytes, wanted: Wanted, *, now: datetime) -> tuple[str, tuple[Found, ...]]:
    """The kind of a file, and what it says. Raises FileRefused with all that is wrong."""
    text = text_in(raw)
    if not is_calendar(text):
        return entries.CSV, reading_csv.read_table(text, people=wanted.people, zone=wanted.zone)
    if wanted.person is None:
        raise FileRefused([Problem(0, "person", "needs_person")])
    if wanted.person not in wanted.people:
        raise FileRefused([Problem(0, "person", "unknown_person", wanted.person)])
    found = reading_ical.read_calendar(
        text,
        person=wanted.person,
        zone=wanted.zone,
        window=Window(start=now, end=now + _AHEAD),
        counts=wanted.counts,
    )
    return entries.ICAL, found


def take(
    tx: Transaction, source: str, found: Sequence[Found], wanted: Wanted, *, dry_run: bool
) -> Import:
    """Take what a file says; with `dry_run` only tell. Raises FileRefused."""
    known = store.absences_of(tx, wanted.municipality, person=wanted.person)
    by_uid: dict[_Key, Absence] = {
        (each.person, each.import_uid): each for each in known if each.import_uid
    }
    added, moved, unchanged = [], [], 0
    seen: dict[_Key, Found] = {}
    for each in found:
        seen.setdefault((each.person, each.uid), each)
    for key, each in seen.items():
        before = by_uid.get(key)
        if before is None:
            added.append(_absence(tx, each, source, wanted))
        elif (before.start_at, before.end_at) != (each.start, each.end):
            moved.append(replace(before, start_at=each.start, end_at=each.end))
        else:
            unchanged += 1
    if source == entries.CSV:
        _refuse_overlaps(added, known, {(each.person, each.uid): each.line for each in found})
    removed = _gone(known, set(seen), wanted, source=source, now=tx.now) if wanted.replaces else []
    done = Import(
        source=source,
        added=tuple(added),
        moved=tuple(moved),
        removed=tuple(removed),
        unchanged=unchanged,
    )
    if not dry_run and done.changes:
        store.add_absences(tx, added)
        for absence in moved:
            store.save_absence(tx, absence)
        store.remove_absences(tx, [each.id for each in removed])
        handlers.changed(tx, wanted.municipality)
    return done


def _absence(tx: Transaction, found: Found, source: str, wanted: Wanted) -> Absence:
    return Absence(
        id=ids.uuid7(),
        municipality=wanted.municipality,
        person=found.person,
        start_at=found.start,
        end_at=found.end,
        source=source,
        import_uid=found.uid,
        noted_by=wanted.by,
        noted_at=tx.now,
    )


def _gone(
    known: Sequence[Absence],
    seen: Collection[_Key],
    wanted: Wanted,
    *,
    source: str,
    now: datetime,
) -> list[Absence]:
    """What an earlier file of this kind brought for the same people and this one lacks.

    What is over stays: a calendar forgets its past, and that is no change.
    """
    people = {wanted.person} if wanted.person else {person for person, _ in seen}
    return [
        each
        for each in known
        if each.source == source
        and each.person in people
        and each.end_at > now
        and (each.person, each.import_uid) not in seen
    ]


def _refuse_overlaps(
    added: Sequence[Absence],
    known: Sequence[Absence],
    lines: dict[tuple[str, str], int],
) -> None:
    """What somebody types twice is a mistake; calendars may say the same as often as they like."""
    problems = []
    for new in added:
        for old in known:
            if old.person != new.person or old.source in entries.FROM_CALENDARS:
                continue
            if old.start_at < new.end_at and new.start_at < old.end_at:
                line = lines.get((new.person, new.import_uid or ""), 0)
                problems.append(Problem(line, "from", "overlaps", new.person))
                break
    if problems:
        raise FileRefused(problems)
