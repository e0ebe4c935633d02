# SPDX-License-Identifier: EUPL-1.2
"""Which time class an instant belongs to: every instant has exactly one. Holidays of the Länder.

This is the one place where holidays become dates; whoever proves a plan gets the dates.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.domain import Calendar

TIME_CLASSES = ("office_hours", "fringe", "night", "weekend", "holiday", "crisis")
_SATURDAY = 5
LAENDER = (
    *("SH", "HH", "NI", "HB", "NW", "HE", "RP", "BW"),
    *("BY", "SL", "BE", "BB", "MV", "SN", "ST", "TH"),
)
"""The Länder in the order of the first two digits of a regional key, from 01 on."""
REGIONS = {"augsburg": "BY"}
"""Parts of a Land with a holiday of their own."""
_TOWNS = {"097610000000": "augsburg"}


def time_class(instant: datetime, calendar: Calendar) -> str:
    """The first that fits: crisis, holiday, weekend, night, office hours, else the fringe."""
    if calendar.crisis:
        return "crisis"
    local = instant.astimezone(ZoneInfo(calendar.zone))
    if is_closed(local.date(), calendar):
        return "holiday"
    if local.weekday() >= _SATURDAY:
        return "weekend"
    clock = local.time()
    if clock >= calendar.night_from or clock < calendar.night_until:
        return "night"
    if calendar.office_from <= clock < calendar.office_until:
        return "office_hours"
    return "fringe"


def is_closed(day: date, calendar: Calendar) -> bool:
    """Is it a holiday of the Land or one of the house's own closing days?"""
    return day in calendar.closing_days or day in holidays_of(day.year, calendar)


def holidays_of(year: int, calendar: Calendar) -> Mapping[date, str]:
    """The holidays of the calendar's Land in a year, with their German names."""
    if calendar.land is None:
        return {}
    return _holidays(year, calendar.land, calendar.region, calendar.catholic)


def land_of(municipality: str) -> str | None:
    """The Land of a regional key; none for one that names no Land."""
    number = int(municipality[:2]) if municipality[:2].isdigit() else 0
    return LAENDER[number - 1] if 1 <= number <= len(LAENDER) else None


def region_of(municipality: str) -> str | None:
    """The region with a holiday of its own that a town is."""
    return _TOWNS.get(municipality)


@lru_cache(maxsize=512)
def _holidays(year: int, land: str, region: str | None, catholic: bool) -> Mapping[date, str]:
    from holidays import country_holidays  # noqa: PLC0415 - costs a tenth of a second

    found = country_holidays(
        "DE",
        subdiv=region.capitalize() if region else land,
        years=[year],
        categories=("public", "catholic") if catholic else ("public",),
        language="de",
    )
    return dict(found.items())
