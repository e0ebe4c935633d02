# SPDX-License-Identifier: EUPL-1.2
"""One entry of a calendar made ready to be repeated: all times with a zone, an end for each rule.

Whole days and times without a zone are wall clocks of the plan's zone. A rule that goes on for
good ends where the window does.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rueckhalt_routing.duty.absence_files import Problem, Window
from rueckhalt_routing.duty.ical_lines import Block, Line

if TYPE_CHECKING:
    from icalendar import Event

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = ("INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST")
_LONGEST_AGO = timedelta(days=20 * 366)
_LONGEST = timedelta(days=3 * 366)
_MOST_APART = 1000
_YEARS = range(1900, 2200)
_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?")
_DAY_FORM, _TIME_FORM = "20261224", "20261224T080000Z"


class _Wrong(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def event_of(block: Block, *, zone: ZoneInfo, window: Window) -> "Event | Problem":
    """The entry as the library for repetitions wants it, or what is wrong with it."""
    try:
        return _event(block, zone, window)
    except _Wrong as wrong:
        return wrong.problem


def period_of(text: str, *, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """`start/end` or `start/duration`, as two instants."""
    first, _, second = text.strip().partition("/")
    start, end = _moment(first, zone), _moment(second, zone)
    if not isinstance(start, datetime):
        return None
    if end is None:
        try:
            end = start + _duration(second)
        except (ValueError, OverflowError):
            return None
    return (start, end) if isinstance(end, datetime) and end > start else None


def _event(block: Block, zone: ZoneInfo, window: Window) -> "Event":
    from icalendar import Event  # noqa: PLC0415 - costs a third of a second

    event = Event()
    start, is_day = _single(block, "DTSTART", zone)
    event.add("DTSTART", start)
    event.add("DTEND", _end(block, start, is_day=is_day, zone=zone))
    if uid := block.first("UID"):
        event.add("UID", uid.value)
    if block.first("RECURRENCE-ID") is not None:
        event.add("RECURRENCE-ID", _single(block, "RECURRENCE-ID", zone)[0])
    sequence = block.value("SEQUENCE")
    event.add("SEQUENCE", int(sequence) if sequence.isascii() and sequence.isdigit() else 0)
    for name in ("RDATE", "EXDATE"):
        for line in block.all(name):
            for text in line.value.split(","):
                first, _, _ = text.partition("/")
                event.add(name, _when(line, first, zone, keep_days=not is_day))
    for line in block.all("RRULE"):
        if "RRULE" in event:
            raise _Wrong(Problem(line.number, "RRULE", "bad_rule", line.value, ("1 × RRULE",)))
        if start < window.start - _LONGEST_AGO:
            raise _far_ago(block)
        event.add("RRULE", _rule(line, start, zone, window))
    return event


def _far_ago(block: Block) -> _Wrong:
    line = block.first("DTSTART")
    number, told = (line.number, line.value) if line is not None else (block.number, "")
    return _Wrong(Problem(number, "DTSTART", "too_far", told, ("≤ 20 × 366 d",)))


def _single(block: Block, name: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    """The instant of a property, and whether it was given as a day."""
    line = block.first(name)
    if line is None:
        raise _Wrong(Problem(block.number, name, "missing"))
    at = _when(line, line.value, zone, keep_days=False)
    return at, "T" not in line.value.upper()


def _end(block: Block, start: datetime, *, is_day: bool, zone: ZoneInfo) -> datetime:
    end: datetime
    line = block.first("DTEND") or block.first("DURATION")
    if line is None:
        return start + timedelta(days=1) if is_day else start
    if line.name == "DTEND":
        end = _when(line, line.value, zone, keep_days=False)
    else:
        try:
            end = start + _duration(line.value)
        except (ValueError, OverflowError):
            raise _Wrong(Problem(line.number, line.name, "bad_time", line.value)) from None
    if end < start:
        raise _Wrong(Problem(line.number, line.name, "ends_before", line.value))
    if end - start > _LONGEST:
        raise _Wrong(Problem(line.number, line.name, "too_far", line.value, ("≤ 3 × 366 d",)))
    return end


def _duration(text: str) -> timedelta:
    """By the wall clock: a day that is an hour shorter is a day."""
    from icalendar.prop import vDuration  # noqa: PLC0415 - costs a third of a second

    found: timedelta = vDuration.from_ical(text.strip())  # type: ignore[no-untyped-call]
    return found


def _when(line: Line, text: str, zone: ZoneInfo, *, keep_days: bool) -> Any:
    given = line.parameters.get("TZID")
    own = _zone(given) if given else zone
    if own is None:
        raise _Wrong(Problem(line.number, "TZID", "unknown_zone", given or "", ("Europe/Berlin",)))
    at = _moment(text.strip().upper(), own, keep_days=keep_days)
    if at is None:
        allowed = (_DAY_FORM, _TIME_FORM)
        raise _Wrong(Problem(line.number, line.name, "bad_time", text, allowed))
    if at.year not in _YEARS:
        raise _Wrong(Problem(line.number, line.name, "too_far", text))
    return at


def _moment(text: str, zone: ZoneInfo, *, keep_days: bool = False) -> Any:
    """A day or a time with its zone; None for anything else."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    numbers = [int(each) for each in match.groups()[:6] if each is not None]
    try:
        if len(numbers) == 3:
            day = date(*numbers)
            return day if keep_days else datetime.combine(day, time(0), zone)
        return datetime(*numbers, tzinfo=UTC if match[7] else zone)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


@cache
def _zone(name: str) -> ZoneInfo | None:
    """A zone by its name in the zone database, or in Windows."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    named = WINDOWS_TO_OLSON.get(name, name)
    try:
        return ZoneInfo(named) if len(named) < 60 else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _rule(line: Line, start: datetime, zone: ZoneInfo, window: Window) -> Any:
    """The rule, ending where the window does."""
    from icalendar.prop import vRecur  # noqa: PLC0415 - costs a third of a second

    try:
        rule = vRecur.from_ical(line.value)
    except ValueError as error:
        told = (str(error)[:80],)
        raise _Wrong(Problem(line.number, "RRULE", "bad_rule", line.value, told)) from None
    parts = {name: list(values) for name, values in rule.items()}
    _check(line, parts)
    if "COUNT" in parts:
        if "UNTIL" in parts:
            allowed = ("COUNT", "UNTIL")
            raise _Wrong(Problem(line.number, "RRULE", "bad_rule", line.value, allowed))
        return rule
    ends = [window.end, *(_until(each, zone) for each in parts.get("UNTIL", ()))]
    parts["UNTIL"] = [max(min(ends), start).astimezone(UTC)]
    return vRecur(parts)


def _check(line: Line, parts: dict[str, list[Any]]) -> None:
    def wrong(code: str, *allowed: str) -> _Wrong:
        return _Wrong(Problem(line.number, "RRULE", code, line.value, allowed))

    frequency = [str(each).upper() for each in parts.get("FREQ", [])]
    if len(frequency) != 1:
        raise wrong("bad_rule", *(f"FREQ={each}" for each in FREQUENCIES))
    if frequency[0] not in FREQUENCIES:
        raise wrong("rule_too_fine", *FREQUENCIES)
    if strange := sorted(set(parts) - {"FREQ", *_PARTS}):
        raise wrong("rule_too_fine", f"not {strange[0]}", *_PARTS)
    for name in ("INTERVAL", "COUNT"):
        values = parts.get(name, [1])
        most = _MOST_APART if name == "INTERVAL" else 10_000_000
        if len(values) != 1 or not 1 <= values[0] <= most:
            raise wrong("bad_rule", f"{name}=1 … {most}")


def _until(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A day as an end is meant with all of it; a time without zone is one of the plan's."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(23, 59, 59), zone)
    return value if value.tzinfo is not None else value.replace(tzinfo=zone)
