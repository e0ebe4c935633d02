# SPDX-License-Identifier: EUPL-1.2
"""A calendar laid over the time line: wall clocks as instants, holidays, stretches of classes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.calendar import is_closed, time_class
from rueckhalt_routing.plan.domain import HOLIDAY, Calendar, Window
from rueckhalt_routing.proof.clock import DAY, class_spans, instant_of, wall_of
from rueckhalt_routing.proof.spans import Span, Spans, intersect, union

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock
_MOST_KEPT = 64


@dataclass
class Days:
    """One calendar, remembering what it was asked. Crises are no part of it."""

    calendar: Calendar
    _offsets: dict[date, int | None] = field(default_factory=dict, repr=False)
    _classes: dict[Span, dict[str, Spans]] = field(default_factory=dict, repr=False)
    _windows: dict[tuple[object, Span], Spans] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.calendar = replace(self.calendar, crisis=False)
        self.zone = ZoneInfo(self.calendar.zone)

    def instant(self, wall: datetime) -> int:
        """The first instant whose wall clock reads at least this time (which is naive)."""
        day = wall.date()
        if day not in self._offsets:
            self._offsets[day] = self._offset(day)
        offset = self._offsets[day]
        if offset is None:
            return instant_of(wall, self.zone)
        return int((wall - _EPOCH).total_seconds()) - offset

    def wall(self, instant: int) -> datetime:
        """What the clock on the wall reads."""
        return wall_of(instant, self.zone)

    def is_closed(self, day: date) -> bool:
        """Is it a holiday or a closing day?"""
        return is_closed(day, self.calendar)

    def class_at(self, instant: int) -> str:
        """The time class of an instant."""
        return time_class(datetime.fromtimestamp(instant, UTC), self.calendar)

    def classes(self, within: Span) -> dict[str, Spans]:
        """When it is which time class."""
        if within not in self._classes:
            if len(self._classes) >= _MOST_KEPT:
                self._classes.clear()
            usual = self.calendar
            times = (usual.office_from, usual.office_until, usual.night_from, usual.night_until)
            self._classes[within] = class_spans(
                within, self.zone, times=times, class_of=lambda at: time_class(at, usual)
            )
        return self._classes[within]

    def windows(self, windows: tuple[Window, ...], within: Span) -> Spans:
        """When one of these windows is open; without any: always."""
        if not windows:
            return (within,)
        key = (windows, within)
        if key not in self._windows:
            if len(self._windows) >= _MOST_KEPT:
                self._windows.clear()
            self._windows[key] = intersect(union(self._opened(windows, within)), (within,))
        return self._windows[key]

    def _opened(self, windows: tuple[Window, ...], within: Span) -> list[Span]:
        found: list[Span] = []
        with_holidays = any(HOLIDAY in window.days for window in windows)
        day, last = self.wall(within[0]).date() - DAY, self.wall(within[1]).date()
        while day <= last:
            is_closed = with_holidays and self.is_closed(day)
            for window in windows:
                if day.weekday() in window.days or (is_closed and HOLIDAY in window.days):
                    after = day + DAY if window.end <= window.start else day
                    start = self.instant(datetime.combine(day, window.start))
                    found.append((start, self.instant(datetime.combine(after, window.end))))
            day += DAY
        return found

    def _offset(self, day: date) -> int | None:
        """Seconds before UTC on a day; none on one on which the clock is changed."""
        ends = (datetime.combine(each, time(0), self.zone) for each in (day, day + DAY))
        first, last = (end.utcoffset() for end in ends)
        if first is None or first != last:
            return None
        return int(first.total_seconds())
