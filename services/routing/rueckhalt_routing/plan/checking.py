# SPDX-License-Identifier: EUPL-1.2
"""From entries to a Plan: municipality, people, roles, calendar. Each fault with its line."""

import re
from collections.abc import Iterable
from datetime import date, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.checking_cover import (
    TERM_FIELDS,
    read_absences,
    read_deliberate,
    read_term,
)
from rueckhalt_routing.plan.checking_rules import read_chains, read_rules, read_times
from rueckhalt_routing.plan.domain import Calendar, CatchAll, Partner, Person, Plan, Role
from rueckhalt_routing.plan.matrix import document_of, expand
from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem, Reader
from rueckhalt_routing.plan.vocabulary import ROLES, UNKNOWN
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_UNIT = re.compile(r"[a-z0-9_]{1,40}")
_MOST_UNITS = 59  # with "unknown" the sixty values a page can still show
_REQUIRED = ("format", "municipality", "catch_all", "persons", "roles", "chains", "rules")
_OPTIONAL = (
    *("title", "partners", "units", "times", "calendar"),
    *("hits", "absences", "deliberate"),
)
_HITS = ("ordered", "unique")
T = TypeVar("T", date, time)


def read_plan(text: str) -> tuple[Plan, str]:
    """The plan written in this YAML text, and the whole of it as the document to keep.

    Raises PlanRefused with every problem found.
    """
    from rueckhalt_routing.plan.yaml_text import read_yaml  # noqa: PLC0415 - only for files

    root = expand(read_yaml(text))
    return plan_of(root), document_of(root)


def plan_of(root: Entry) -> Plan:
    """The plan these entries say; raises PlanRefused with every problem found."""
    reader = Reader()
    found = reader.fields(root, _REQUIRED, _OPTIONAL)
    if "format" in found:
        reader.code(found["format"], ("1",))
    units = _units(reader, found.get("units"))
    persons = tuple(_persons(reader, found.get("persons"), units))
    partners = tuple(_partners(reader, found.get("partners"), {p.key for p in persons}))
    known_people = [p.key for p in persons] + [p.key for p in partners]
    roles = _roles(reader, found.get("roles"), known_people, units)
    chains = read_chains(
        reader,
        found.get("chains"),
        {
            "role": ROLES,
            "stand_in": ROLES,
            "person": tuple(p.key for p in persons),
            "partner": tuple(p.key for p in partners),
        },
    )
    plan = Plan(
        municipality=_municipality(reader, found.get("municipality")),
        title=reader.text(found.get("title")) or "Zuständigkeitsplan",
        catch_all=_catch_all(reader, found.get("catch_all"), [p.key for p in persons]),
        persons=persons,
        partners=partners,
        units=units,
        roles=roles,
        chains=chains,
        rules=read_rules(reader, found.get("rules"), chains=chains, units=units),
        times=read_times(reader, found.get("times")),
        calendar=_calendar(reader, found.get("calendar")),
        absences=tuple(read_absences(reader, found.get("absences"), known_people)),
        deliberate=tuple(read_deliberate(reader, found.get("deliberate"), units)),
        is_unique="hits" in found and reader.code(found["hits"], _HITS) == "unique",
    )
    if reader.problems:
        is_whole = all(problem.code == "one_catch_all" for problem in reader.problems)
        raise PlanRefused(reader.problems, with_gaps=plan if is_whole else None)
    return plan


def _municipality(reader: Reader, entry: Entry | None) -> str:
    if entry is None:
        return ""
    try:
        return RegionKey.parse(reader.text(entry)).ars
    except InvalidRegionKey:
        reader.refuse(entry, "bad_form", allowed=("ARS: 2, 3, 5, 9, 12",))
        return ""


def _units(reader: Reader, entry: Entry | None) -> tuple[str, ...]:
    items = reader.items(entry)
    if entry is not None and len(items) > _MOST_UNITS:
        reader.refuse(entry, "bad_form", allowed=(f"≤ {_MOST_UNITS}",))
    units = []
    for item in items:
        unit = reader.text(item)
        if not _UNIT.fullmatch(unit) or unit == UNKNOWN:
            reader.refuse(item, "bad_form", allowed=("a-z 0-9 _",))
        elif unit in units:
            reader.refuse(item, "twice")
        else:
            units.append(unit)
    return tuple(units)


def _key(reader: Reader, entry: Entry | None, taken: set[str]) -> str:
    if entry is None:
        return ""
    key = reader.text(entry)
    if not _KEY.fullmatch(key):
        reader.refuse(entry, "bad_form", allowed=("a-z 0-9 . _ -",))
    elif key in taken:
        reader.refuse(entry, "twice")
    taken.add(key)
    return key


def _persons(reader: Reader, entry: Entry | None, units: tuple[str, ...]) -> Iterable[Person]:
    taken: set[str] = set()
    for item in reader.items(entry):
        found = reader.fields(item, ("key", "name"), ("unit", *TERM_FIELDS))
        unit = reader.code(found["unit"], units) if "unit" in found else None
        name = reader.text(found.get("name"), longest=120)
        key, term = _key(reader, found.get("key"), taken), read_term(reader, found)
        yield Person(key=key, name=name, unit=unit, term=term)
    if entry is not None and not taken:
        reader.refuse(entry, "empty")


def _partners(reader: Reader, entry: Entry | None, taken: set[str]) -> Iterable[Partner]:
    for item in reader.items(entry):
        found = reader.fields(item, ("key", "name"), TERM_FIELDS)
        name = reader.text(found.get("name"), longest=120)
        key, term = _key(reader, found.get("key"), taken), read_term(reader, found)
        yield Partner(key=key, name=name, term=term)


def _roles(
    reader: Reader, entry: Entry | None, people: list[str], units: tuple[str, ...]
) -> dict[str, Role]:
    roles = {}
    for code, item in reader.mapping(entry).items():
        if code not in ROLES:
            reader.problems.append(_unknown_role(item, code))
        found = reader.fields(item, ("holder",), ("stand_ins", "units"))
        scoped = {}
        for unit, child in reader.mapping(found.get("units")).items():
            if unit not in units:
                reader.refuse(child, "unknown_code", allowed=units)
            scoped[unit] = _holders(
                reader, reader.fields(child, ("holder",), ("stand_ins",)), people
            )
        roles[code] = Role(code=code, holders=_holders(reader, found, people), units=scoped)
    return roles


def _unknown_role(item: Entry, code: str) -> Problem:
    return Problem(item.line, item.path, "unknown_code", code[:60], ROLES)


def _holders(reader: Reader, found: dict[str, Entry], people: list[str]) -> tuple[str, ...]:
    holder = reader.codes(found.get("holder"), people)[:1]
    stand_ins = reader.codes(found.get("stand_ins"), people)
    if set(holder) & set(stand_ins):
        reader.refuse(found["stand_ins"], "same_person")
    return tuple(key for key in holder + stand_ins if key)


def _catch_all(reader: Reader, entry: Entry | None, persons: list[str]) -> CatchAll:
    if entry is None:
        return CatchAll(person="", stand_in="")
    found = reader.fields(entry, ("person", "stand_in"))
    person = reader.code(found["person"], persons) if "person" in found else ""
    stand_in = reader.code(found["stand_in"], persons) if "stand_in" in found else ""
    if person and person == stand_in:
        reader.refuse(found["stand_in"], "same_person")
    return CatchAll(person=person, stand_in=stand_in)


def _calendar(reader: Reader, entry: Entry | None) -> Calendar:
    found = (
        reader.fields(entry, (), ("zone", "office_hours", "night", "closing_days", "crisis"))
        if entry is not None
        else {}
    )
    usual = Calendar()
    office = _span(reader, found.get("office_hours"), (usual.office_from, usual.office_until))
    night = _span(reader, found.get("night"), (usual.night_from, usual.night_until))
    days = (_parsed(reader, item, date) for item in reader.items(found.get("closing_days")))
    crisis = "crisis" in found and reader.code(found["crisis"], ("yes", "no")) == "yes"
    return Calendar(
        zone=_zone(reader, found.get("zone"), usual.zone),
        office_from=office[0],
        office_until=office[1],
        night_from=night[0],
        night_until=night[1],
        closing_days=frozenset(day for day in days if day is not None),
        crisis=crisis,
    )


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
