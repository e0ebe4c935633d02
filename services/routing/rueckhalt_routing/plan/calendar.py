# SPDX-License-Identifier: EUPL-1.2
"""Which time class an instant belongs to. Every instant has exactly one."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.domain import Calendar

TIME_CLASSES = ("office_hours", "fringe", "night", "weekend", "holiday", "crisis")
_SATURDAY = 5


def time_class(instant: datetime, calendar: Calendar) -> str:
    """The first that fits: crisis, holiday, weekend, night, office hours, else the fringe."""
    if calendar.crisis:
        return "crisis"
    local = instant.astimezone(ZoneInfo(calendar.zone))
    if local.date() in calendar.closing_days:
        return "holiday"
    if local.weekday() >= _SATURDAY:
        return "weekend"
    clock = local.time()
    if clock >= calendar.night_from or clock < calendar.night_until:
        return "night"
    if calendar.office_from <= clock < calendar.office_until:
        return "office_hours"
    return "fringe"
