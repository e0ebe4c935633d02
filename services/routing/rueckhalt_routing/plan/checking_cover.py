# SPDX-License-Identifier: EUPL-1.2
"""From entries to what a plan says for its proof: terms, absences, what is left on purpose."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from rueckhalt_routing.plan.calendar import TIME_CLASSES
from rueckhalt_routing.plan.checking_rules import read_when
from rueckhalt_routing.plan.domain import Absence, Deliberate, Term
from rueckhalt_routing.plan.reading import Entry, Reader
from rueckhalt_routing.plan.vocabulary import dimensions

TERM_FIELDS = ("from", "until", "reachable")
_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def read_term(reader: Reader, found: dict[str, Entry]) -> Term:
    """First and last day, and the time classes in which somebody reads notices."""
    first, last = (_day(reader, found.get(name)) for name in ("from", "until"))
    if first and last and last < first:
        reader.refuse(found["until"], "ends_before")
    return Term(
        first_day=first,
        last_day=last,
        reachable=reader.codes(found.get("reachable"), TIME_CLASSES),
    )


def read_absences(reader: Reader, entry: Entry | None, people: list[str]) -> Iterable[Absence]:
    """Who is away when: by days, the last one included, or by wall clocks."""
    known: dict[str, list[Absence]] = {}
    for item in reader.items(entry):
        found = reader.fields(item, ("person", "from", "until"))
        if {"person", "from", "until"} - found.keys():
            continue
        start = read_wall(reader, found["from"], is_end=False)
        end = read_wall(reader, found["until"], is_end=True)
        person = reader.code(found["person"], people)
        if start is None or end is None:
            continue
        if end <= start:
            reader.refuse(found["until"], "ends_before")
        absence = Absence(person=person, start=start, end=end)
        if any(a.start < end and start < a.end for a in known.setdefault(person, [])):
            reader.refuse(found["from"], "overlaps")
        known[person].append(absence)
        yield absence


def read_deliberate(
    reader: Reader, entry: Entry | None, units: tuple[str, ...]
) -> Iterable[Deliberate]:
    """Which cases are left to the catch-all rule on purpose, and who says so."""
    known = {dimension.name: dimension.values for dimension in dimensions(units)}
    for item in reader.items(entry):
        found = reader.fields(item, ("when", "signed_by"), ("reason",))
        yield Deliberate(
            when=read_when(reader, found.get("when"), known),
            signed_by=reader.text(found.get("signed_by"), longest=200),
            reason=reader.text(found.get("reason")),
        )


def _day(reader: Reader, entry: Entry | None) -> date | None:
    wall = read_wall(reader, entry, is_end=False) if entry is not None else None
    if wall is not None and entry is not None and wall.time() != time(0):
        reader.refuse(entry, "bad_form", allowed=("2026-12-24",))
    return wall.date() if wall is not None else None


def read_wall(reader: Reader, entry: Entry, *, is_end: bool) -> datetime | None:
    """A day or a wall clock, without zone; the end of a day is the midnight after it."""
    text = reader.text(entry, longest=16)
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        wall = None
    is_day = len(text) == 10
    if (
        wall is None
        or wall.tzinfo is not None
        or not (is_day or len(text) == 16)
        or not _FIRST_YEAR < wall.year < _LAST_YEAR
    ):
        reader.refuse(entry, "bad_form", allowed=("2026-12-24", "2026-12-24 12:00"))
        return None
    return wall + _DAY if is_day and is_end else wall
