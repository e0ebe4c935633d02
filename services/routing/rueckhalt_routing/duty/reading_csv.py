# SPDX-License-Identifier: EUPL-1.2
"""Reads a table of absences: person, from, until; days or wall clocks, any separator."""

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty.absence_files import (
    MOST_FOUND,
    MOST_LINES,
    FileRefused,
    Found,
    Problem,
)
from rueckhalt_routing.proof.clock import instant_of

PERSON, FROM, UNTIL = "person", "from", "until"
ALLOWED = ("2026-12-24", "2026-12-24 12:00", "24.12.2026", "24.12.2026 12:00")
_HEADINGS: Mapping[str, str] = {
    "person": PERSON,
    "personenschluessel": PERSON,
    "personenschlüssel": PERSON,
    "key": PERSON,
    "from": FROM,
    "von": FROM,
    "beginn": FROM,
    "until": UNTIL,
    "to": UNTIL,
    "bis": UNTIL,
    "ende": UNTIL,
}
_IGNORED = frozenset({"name", "vorname", "nachname", "unit", "amt"})
_DAY = timedelta(days=1)
_FORMS = ("%Y-%m-%d", "%d.%m.%Y")
_CLOCK = re.compile(r"(?P<day>\S+?)(?:[T ]+(?P<clock>\d{1,2}:\d{2})(?::00)?)?")
FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Between them lies every time that somebody can mean."""


def read_table(text: str, *, people: Collection[str], zone: ZoneInfo) -> tuple[Found, ...]:
    """Every line after the heading. Raises FileRefused with all that is wrong."""
    heading = next(iter(text.splitlines()), "")
    separator = max(";\t,", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = _names(next(reader, []))
        rows = list(_rows(reader))
    except csv.Error as error:
        raise FileRefused([Problem(reader.line_num, "file", "broken", str(error))]) from error
    problems: list[Problem] = []
    found = []
    for line, row in rows:
        one = _found(line, dict(zip(names, row, strict=False)), problems, people=people, zone=zone)
        if one is not None:
            found.append(one)
    problems += _overlaps(found)
    if len(found) > MOST_FOUND:
        problems.append(Problem(0, "file", "too_many"))
    if problems:
        raise FileRefused(problems)
    return tuple(found)


def wall_in(text: str, *, is_end: bool) -> datetime | None:
    """A day or a wall clock, without zone; a day that ends something ends at midnight after it."""
    match = _CLOCK.fullmatch(text.strip())
    day = _day(match["day"]) if match is not None else None
    if match is None or day is None:
        return None
    clock = match["clock"]
    if clock is None:
        return day + _DAY if is_end else day
    hours, _, minutes = clock.partition(":")
    if int(minutes) > 59 or int(hours) > 24 or (int(hours) == 24 and int(minutes)):
        return None
    return day + timedelta(hours=int(hours), minutes=int(minutes))


def instant_in(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall clock, across both changes of the clock."""
    return datetime.fromtimestamp(instant_of(wall, zone), UTC)


def _day(text: str) -> datetime | None:
    for form in _FORMS:
        try:
            day = datetime.strptime(text, form)  # noqa: DTZ007 - a wall clock has no zone yet
        except ValueError:
            continue
        return day if FIRST_YEAR < day.year < LAST_YEAR else None
    return None


def _names(heading: Sequence[str]) -> list[str]:
    names = [_HEADINGS.get(cell.strip().lower(), "") for cell in heading]
    problems = [
        Problem(1, "file", "unknown_column", cell.strip(), (PERSON, FROM, UNTIL))
        for cell, name in zip(heading, names, strict=True)
        if not name and cell.strip() and cell.strip().lower() not in _IGNORED
    ]
    problems += [
        Problem(1, name, "missing_column") for name in (PERSON, FROM, UNTIL) if name not in names
    ]
    if problems:
        raise FileRefused(problems)
    return names


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(reader, start=2):
        if line > MOST_LINES:
            raise FileRefused([Problem(line, "file", "too_many_lines")])
        if any(cell.strip() for cell in row):
            yield line, row


def _found(
    line: int,
    cells: Mapping[str, str],
    problems: list[Problem],
    *,
    people: Collection[str],
    zone: ZoneInfo,
) -> Found | None:
    values = {name: cells.get(name, "").strip() for name in (PERSON, FROM, UNTIL)}
    before = len(problems)
    problems += [Problem(line, name, "missing") for name, value in values.items() if not value]
    person = values[PERSON].lower()
    if person and person not in people:
        problems.append(Problem(line, PERSON, "unknown_person", values[PERSON], tuple(people)[:20]))
    walls = [
        wall_in(values[name], is_end=name == UNTIL) if values[name] else None
        for name in (FROM, UNTIL)
    ]
    problems += [
        Problem(line, name, "bad_time", values[name], ALLOWED)
        for name, wall in zip((FROM, UNTIL), walls, strict=True)
        if wall is None and values[name]
    ]
    if len(problems) > before or walls[0] is None or walls[1] is None:
        return None
    start, end = (instant_in(wall, zone) for wall in walls if wall is not None)
    if end <= start:
        problems.append(Problem(line, UNTIL, "ends_before", values[UNTIL]))
        return None
    named = f"{person}\n{start.isoformat()}\n{end.isoformat()}"
    uid = hashlib.sha256(named.encode()).hexdigest()
    return Found(person=person, start=start, end=end, uid=uid, line=line)


def _overlaps(found: Sequence[Found]) -> list[Problem]:
    """Two lines about one person and one time: somebody made a mistake."""
    problems = []
    last: dict[str, Found] = {}
    for each in sorted(found, key=lambda one: (one.start, one.end)):
        before = last.get(each.person)
        if before is not None and each.start < before.end:
            later = max(before, each, key=lambda one: one.line)
            problems.append(Problem(later.line, FROM, "overlaps", later.person))
        if before is None or each.end > before.end:
            last[each.person] = each
    return problems
