# SPDX-License-Identifier: EUPL-1.2
"""From entries to a Calendar: opening hours, the Land with its holidays, own closing days."""

from datetime import date, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.calendar import LAENDER, REGIONS, land_of, region_of
from rueckhalt_routing.plan.domain import Calendar
from rueckhalt_routing.plan.reading import Entry, Reader

_FIELDS = (
    *("zone", "office_hours", "night", "closing_days", "crisis"),
    *("land", "catholic", "region"),
)
_YES_NO = ("yes", "no", "true", "false")
T = TypeVar("T", date, time)


def read_calendar(reader: Reader, entry: Entry | None, municipality: str) -> Calendar:
    """The calendar; Land and region are those of the municipality unless others are named."""
    found = reader.fields(entry, (), _FIELDS) if entry is not None else {}
    usual = Calendar()
    office = _span(reader, found.get("office_hours"), (usual.office_from, usual.office_until))
    night = _span(reader, found.get("night"), (usual.night_from, usual.night_until))
    days = (_parsed(reader, item, date) for item in reader.items(found.get("closing_days")))
    land = _land(reader, found.get("land"), municipality)
    return Calendar(
        zone=_zone(reader, found.get("zone"), usual.zone),
        office_from=office[0],
        office_until=office[1],
        night_from=night[0],
        night_until=night[1],
        closing_days=frozenset(day for day in days if day is not None),
        crisis=_is_yes(reader, found.get("crisis")),
        land=land,
        catholic=_is_yes(reader, found.get("catholic")),
        region=_region(reader, found.get("region"), land=land, municipality=municipality),
    )


def _land(reader: Reader, entry: Entry | None, municipality: str) -> str | None:
    if entry is None:
        return land_of(municipality)
    return reader.code(entry, LAENDER) or None


def _region(
    reader: Reader, entry: Entry | None, *, land: str | None, municipality: str
) -> str | None:
    if entry is None:
        found = region_of(municipality)
        return found if found in REGIONS and REGIONS[found] == land else None
    return reader.code(entry, [code for code, its in REGIONS.items() if its == land]) or None


def _is_yes(reader: Reader, entry: Entry | None) -> bool:
    return entry is not None and reader.code(entry, _YES_NO) in ("yes", "true")


def _zone(reader: Reader, entry: Entry | None, usual: str) -> str:
    if entry is None:
        return usual
    name = reader.text(entry, longest=60)
    try:
        ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        reader.refuse(entry, "unknown_code", allowed=(usual,))
    except KeyError:
        reader.refuse(entry, "unknown_code", allowed=(usual,))
    return name


def _span(reader: Reader, entry: Entry | None, usual: tuple[time, time]) -> tuple[time, time]:
    if entry is None:
        return usual
    first, _, last = reader.text(entry, longest=20).partition("-")
    try:
        return time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError:
        reader.refuse(entry, "bad_form", allowed=("08:00-16:00",))
        return usual


def _parsed(reader: Reader, entry: Entry, kind: type[T]) -> T | None:
    try:
        return kind.fromisoformat(reader.text(entry, longest=20))
    except ValueError:
        reader.refuse(entry, "bad_form", allowed=("2026-12-24",))
        return None
