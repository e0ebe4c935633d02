# SPDX-License-Identifier: EUPL-1.2
"""When the offices open next: the instant until which slow cases may wait."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.calendar import time_class
from rueckhalt_routing.plan.domain import Calendar

OFFICE_HOURS, CRISIS = "office_hours", "crisis"
_LONGEST = 60  # days: no office is closed for longer than that


def hold_until(calendar: Calendar, instant: datetime) -> datetime:
    """The first instant in office hours from this one on: itself while they are open.

    In a crisis nothing waits. Where no opening lies within sixty days nothing waits either.
    """
    if time_class(instant, calendar) in (OFFICE_HOURS, CRISIS):
        return instant
    return _opening(calendar, instant, first=0) or instant


def next_working_day(calendar: Calendar, instant: datetime) -> datetime:
    """The opening of the next working day after the day of this instant; else a day later."""
    return _opening(calendar, instant, first=1) or instant + timedelta(days=1)


def _opening(calendar: Calendar, instant: datetime, *, first: int) -> datetime | None:
    zone = ZoneInfo(calendar.zone)
    today = instant.astimezone(zone).date()
    for ahead in range(first, _LONGEST):
        day = today + timedelta(days=ahead)
        local = datetime.combine(day, calendar.office_from, tzinfo=zone)
        opening = local.astimezone(instant.tzinfo)
        if opening >= instant and time_class(opening, calendar) == OFFICE_HOURS:
            return opening
    return None
