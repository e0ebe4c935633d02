# SPDX-License-Identifier: EUPL-1.2
"""Deadlines as a file for one's own calendar. Calendars are looked at by others: it says nothing.

No case, no word of what it is about: an appointment with a neutral title and two reminders.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from rueckhalt_intake.deadlines.domain import Deadline

_ALARMS = (timedelta(days=-7), timedelta(days=-2))


def ical_of(deadlines: Iterable[Deadline], *, about: str, title: str, now: datetime) -> bytes:
    """One entry a day on which something open is safely due."""
    import icalendar  # noqa: PLC0415 - only for this

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Kalender//DE")
    calendar.add("version", "2.0")
    days = {each.safe_until for each in deadlines if not each.is_settled}
    for day in sorted(day for day in days if day >= now.date()):
        event = icalendar.Event()
        mark = hashlib.sha256(f"{about}|{day}".encode()).hexdigest()[:32]
        event.add("uid", f"{mark}@kalender.invalid")
        event.add("dtstamp", now)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", title)
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        for before in _ALARMS:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", title)
            alarm.add("trigger", before)
            event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
