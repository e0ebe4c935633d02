# SPDX-License-Identifier: EUPL-1.2
"""Reads when somebody is busy from an iCalendar file, repetitions included.

Files come from elsewhere, so nothing in them decides how much work they make: bytes, repetitions,
results and time are bounded. Zones are those of the zone database (or their names in Windows);
what a file itself defines as a zone is not believed.
"""

import hashlib
import time as clocks
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty import ical_events
from rueckhalt_routing.duty.absence_files import (
    MOST_FOUND,
    FileRefused,
    Found,
    Problem,
    Window,
)
from rueckhalt_routing.duty.ical_lines import Block, blocks_in

BUSY, OUT = "busy", "out"
_EVENT, _FREEBUSY = "VEVENT", "VFREEBUSY"
_FREE = frozenset({"FREE", "TENTATIVE", "WORKINGELSEWHERE"})
_UNSURE = frozenset({"CANCELLED", "TENTATIVE"})
_MOST_SERIES = 500
_MOST_DATES = 5_000
_SECONDS = 5.0


@dataclass
class _Reading:
    person: str
    zone: ZoneInfo
    window: Window
    clock: Callable[[], float]
    begun: float = 0.0
    found: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def check(self, line: int) -> None:
        """Stop where it is too much, or takes too long."""
        if len(self.found) > MOST_FOUND:
            raise FileRefused([Problem(line, "RRULE", "too_many")])
        if self.clock() - self.begun > _SECONDS:
            raise FileRefused([Problem(line, "RRULE", "too_long")])


def read_calendar(
    text: str,
    *,
    person: str,
    zone: ZoneInfo,
    window: Window,
    counts: str = BUSY,
    clock: Callable[[], float] = clocks.monotonic,
) -> tuple[Found, ...]:
    """When this person is busy inside the window; with `counts=OUT` only what is marked as away.

    Raises FileRefused with all that is wrong.
    """
    reading = _Reading(person=person, zone=zone, window=window, clock=clock, begun=clock())
    groups: dict[str, list[Block]] = defaultdict(list)
    for block in blocks_in(text, kinds=frozenset({_EVENT, _FREEBUSY})):
        if block.kind == _FREEBUSY:
            _read_freebusy(reading, block, counts)
        elif _counts(block, counts) or block.first("RECURRENCE-ID") is not None:
            groups[block.value("UID") or f"line {block.number}"].append(block)
    _bound(reading, groups)
    for uid, blocks in groups.items():
        reading.found += _expanded(reading, uid, blocks, counts)
        reading.check(blocks[0].number)
    if reading.problems:
        raise FileRefused(reading.problems)
    return tuple(sorted(reading.found, key=lambda each: (each.start, each.end, each.uid)))


def _counts(block: Block, counts: str) -> bool:
    """Is somebody really busy then?"""
    status = block.value("X-MICROSOFT-CDO-BUSYSTATUS")
    if block.value("TRANSP") == "TRANSPARENT" or block.value("STATUS") in _UNSURE:
        return False
    if status in _FREE:
        return False
    return counts == BUSY or status == "OOF"


def _bound(reading: _Reading, groups: dict[str, list[Block]]) -> None:
    series = [b for blocks in groups.values() for b in blocks if b.all("RRULE") or b.all("RDATE")]
    dates = sum(
        line.value.count(",") + 1
        for blocks in groups.values()
        for block in blocks
        for line in (*block.all("RDATE"), *block.all("EXDATE"))
    )
    if len(series) > _MOST_SERIES or dates > _MOST_DATES:
        raise FileRefused([Problem(series[-1].number if series else 0, "RRULE", "too_many")])
    reading.check(0)


def _expanded(reading: _Reading, uid: str, blocks: list[Block], counts: str) -> Iterator[Found]:
    """The occurrences of one entry and its exceptions, inside the window."""
    from icalendar import Calendar  # noqa: PLC0415 - costs a third of a second
    from recurring_ical_events import of  # noqa: PLC0415

    calendar = Calendar()
    for place, block in enumerate(blocks):
        event = ical_events.event_of(block, zone=reading.zone, window=reading.window)
        if isinstance(event, Problem):
            reading.problems.append(event)
            return
        event["X-PLACE"] = str(place)
        calendar.add_component(event)
    try:
        found = of(calendar).between(reading.window.start, reading.window.end)
    except Exception as error:
        # Whatever a library says of a foreign file is said of the file.
        told = f"{type(error).__name__}: {error}"
        reading.problems.append(Problem(blocks[0].number, "RRULE", "bad_rule", told))
        return
    repeats = len(blocks) > 1 or bool(blocks[0].all("RRULE") or blocks[0].all("RDATE"))
    for each in found:
        block = blocks[int(each["X-PLACE"])]
        if each.end <= each.start or not _counts(block, counts):
            continue
        at = each["RECURRENCE-ID"].dt if repeats and "RECURRENCE-ID" in each else None
        yield _kept(reading, block, (each.start, each.end), named=f"{uid}\n{_spelled(at)}")


def _read_freebusy(reading: _Reading, block: Block, counts: str) -> None:
    """Stretches without any title: what a calendar that only says "busy" gives away."""
    for line in block.all("FREEBUSY"):
        kind = line.parameters.get("FBTYPE", "BUSY").upper()
        if kind not in ("BUSY", "BUSY-UNAVAILABLE") or (counts == OUT and kind == "BUSY"):
            continue
        for text in line.value.split(","):
            stretch = ical_events.period_of(text, zone=reading.zone)
            if stretch is None:
                reading.problems.append(Problem(line.number, line.name, "bad_time", text))
                return
            if stretch[1] > reading.window.start and stretch[0] < reading.window.end:
                named = "\n".join(_spelled(each) for each in stretch)
                reading.found.append(_kept(reading, block, stretch, named=named))
            reading.check(line.number)


def _kept(
    reading: _Reading, block: Block, stretch: tuple[datetime, datetime], *, named: str
) -> Found:
    return Found(
        person=reading.person,
        start=stretch[0].astimezone(UTC),
        end=stretch[1].astimezone(UTC),
        uid=hashlib.sha256(named.encode()).hexdigest(),
        line=block.number,
    )


def _spelled(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at is not None else ""
