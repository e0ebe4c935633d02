# SPDX-License-Identifier: EUPL-1.2
"""Wall clocks and instants, across both changes of the clock.

`datetime(2027, 3, 28, 2, 30, tzinfo=Berlin)` is 01:30 UTC, which is after 03:00 = 01:00 UTC: the
plain conversion makes stretches that end before they begin. Here a wall clock stands for the
first instant at which it reads at least that time, so later never becomes earlier.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rueckhalt_routing.proof.spans import Span, Spans, union

DAY = timedelta(days=1)


def instant_of(wall: datetime, zone: ZoneInfo) -> int:
    """The least instant whose wall clock in this zone reads at least `wall` (which is naive)."""
    early = wall.replace(tzinfo=zone, fold=0)
    if _reads(early, zone) == wall:
        return _seconds(early)
    return _jump(_seconds(early) - 7200, _seconds(early) + 7200, wall, zone)


def _reads(aware: datetime, zone: ZoneInfo) -> datetime:
    return aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def _jump(low: int, high: int, wall: datetime, zone: ZoneInfo) -> int:
    """The wall clock skips this time: the first instant after the jump."""
    while high - low > 1:
        middle = (low + high) // 2
        if wall_of(middle, zone) >= wall:
            high = middle
        else:
            low = middle
    return high


def wall_of(instant: int, zone: ZoneInfo) -> datetime:
    """What the wall clock reads at an instant, without zone."""
    return datetime.fromtimestamp(instant, zone).replace(tzinfo=None, fold=0)


def class_spans(
    within: Span,
    zone: ZoneInfo,
    *,
    times: Iterable[time],
    class_of: Callable[[datetime], str],
) -> dict[str, Spans]:
    """The stretches of each time class, where a class changes only at these times of a day.

    `class_of` is asked right where a class can begin: at each of the times, at midnight, and
    where the clock itself is changed. So the answer agrees with it at every instant.
    """
    marks = sorted({*_marks(within, zone, {time(0), *times})} | {within[0]})
    found: dict[str, list[Span]] = {}
    for start, end in zip(marks, [*marks[1:], within[1]], strict=True):
        found.setdefault(class_of(datetime.fromtimestamp(start, UTC)), []).append((start, end))
    return {name: union(spans) for name, spans in found.items()}


def _marks(within: Span, zone: ZoneInfo, times: Iterable[time]) -> Iterable[int]:
    day, last = wall_of(within[0], zone).date(), wall_of(within[1], zone).date()
    while day <= last:
        for clock in times:
            for fold in (0, 1):
                wall = datetime.combine(day, clock, tzinfo=zone).replace(fold=fold)
                yield from _inside(within, _seconds(wall))
        yield from _inside(within, *_changes(day, zone))
        day += DAY


def _changes(day: date, zone: ZoneInfo) -> list[int]:
    """The instant of this day at which the clock is changed, if there is one."""
    low = _seconds(datetime.combine(day, time(0), tzinfo=zone))
    high = _seconds(datetime.combine(day + DAY, time(0), tzinfo=zone))
    before = _offset(low, zone)
    if before == _offset(high, zone):
        return []
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return [high]


def _inside(within: Span, *instants: int) -> Iterable[int]:
    return (instant for instant in instants if within[0] <= instant < within[1])


def _offset(instant: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(instant, zone).utcoffset()


def _seconds(aware: datetime) -> int:
    return int(aware.timestamp())
