# SPDX-License-Identifier: EUPL-1.2
"""Opening hours in the words of OpenStreetMap, by German clocks; nobody guesses about holidays."""

import re
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_intake.deadlines.working_days import LANDS, Place, place_of

BERLIN = ZoneInfo("Europe/Berlin")
ALWAYS = "24/7"


def is_valid(hours: str) -> bool:
    """Can these hours be read?"""
    import opening_hours  # noqa: PLC0415 - only where hours are looked at

    return bool(opening_hours.validate(hours))


def is_open(hours: str, at: datetime, *, municipality: str) -> bool | None:
    """Does somebody answer at this instant? None where nobody can say.

    No published source says whether its hours hold on public holidays, so on a holiday of the
    Land, or of the whole country, only "24/7" is believed.
    """
    if not hours:
        return None
    if hours == ALWAYS:
        return True
    local = at.astimezone(BERLIN)
    if is_holiday(local.date(), municipality):
        return None
    parsed = _parsed(hours)
    return None if parsed is None or parsed.is_unknown(local) else bool(parsed.is_open(local))


def is_holiday(day: date, municipality: str) -> bool:
    """Is it a public holiday there? Where the place is not known: in every Land?"""
    if municipality:
        return place_of(municipality).holiday(day) is not None
    return all(Place(land).holiday(day) for land in LANDS)


@cache
def _parsed(hours: str) -> Any:
    import opening_hours  # noqa: PLC0415 - only where hours are looked at

    if not opening_hours.validate(hours):
        return None
    return opening_hours.OpeningHours(hours, timezone=BERLIN)


def spelled(hours: str, language: str) -> str:
    """The hours as people read them: `Mo–Fr 09:00–16:00`."""
    if hours == ALWAYS:
        return _ROUND_THE_CLOCK[language]
    told = hours
    if language != "en":
        told = re.sub("|".join(_GERMAN), lambda found: _GERMAN[found[0]], told)
    return told.replace("-", "–").replace(";", ",")


_GERMAN = {"Tu": "Di", "We": "Mi", "Th": "Do", "Su": "So"}
_ROUND_THE_CLOCK = {"de": "rund um die Uhr", "en": "at any hour", "einfach": "Tag und Nacht"}
