# SPDX-License-Identifier: EUPL-1.2
"""From entries to a Plan: municipality, people, roles, calendar. Each fault with its line."""

import re
from collections.abc import Iterable

from rueckhalt_routing.plan.checking_calendar import read_calendar
from rueckhalt_routing.plan.checking_cover import (
    TERM_FIELDS,
    read_absences,
    read_deliberate,
    read_term,
)
from rueckhalt_routing.plan.checking_public import read_public
from rueckhalt_routing.plan.checking_rotas import read_rotas
from rueckhalt_routing.plan.checking_rules import read_chains, read_rules, read_times
from rueckhalt_routing.plan.domain import CatchAll, Partner, Person, Plan, Role, Rota
from rueckhalt_routing.plan.matrix import document_of, expand
from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem, Reader
from rueckhalt_routing.plan.vocabulary import ROLES, UNKNOWN
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_UNIT = re.compile(r"[a-z0-9_]{1,40}")
_MOST_UNITS = 59  # with "unknown" the sixty values a page can still show
_REQUIRED = ("format", "municipality", "catch_all", "persons", "roles", "chains", "rules")
_OPTIONAL = (
    *("title", "owner", "partners", "units", "times", "calendar", "rotas"),
    *("hits", "absences", "deliberate", "emergency", "public"),
)
_HITS = ("ordered", "unique")


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
    rotas = read_rotas(reader, found.get("rotas"), known_people)
    roles = _roles(reader, found.get("roles"), known_people, units=units, rotas=rotas)
    chains = read_chains(
        reader,
        found.get("chains"),
        {
            "role": ROLES,
            "stand_in": ROLES,
            "rota": tuple(rotas),
            "person": tuple(p.key for p in persons),
            "partner": tuple(p.key for p in partners),
        },
    )
    municipality = _municipality(reader, found.get("municipality"))
    plan = Plan(
        municipality=municipality,
        title=reader.text(found.get("title")) or "Zuständigkeitsplan",
        owner=_owner(reader, found.get("owner"), [p.key for p in persons]),
        catch_all=_catch_all(reader, found.get("catch_all"), [p.key for p in persons]),
        persons=persons,
        partners=partners,
        units=units,
        roles=roles,
        chains=chains,
        rules=read_rules(reader, found.get("rules"), chains=chains, units=units),
        times=read_times(reader, found.get("times")),
        calendar=read_calendar(reader, found.get("calendar"), municipality),
        rotas=rotas,
        absences=tuple(read_absences(reader, found.get("absences"), known_people)),
        deliberate=tuple(read_deliberate(reader, found.get("deliberate"), units)),
        emergency=reader.codes(found.get("emergency"), [p.key for p in persons]),
        public=read_public(reader, found.get("public"), roles),
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
        found = reader.fields(item, ("key", "name"), (*TERM_FIELDS, "drills"))
        name = reader.text(found.get("name"), longest=120)
        key, term = _key(reader, found.get("key"), taken), read_term(reader, found)
        drills = "drills" in found and reader.code(found["drills"], ("yes", "no")) == "yes"
        yield Partner(key=key, name=name, term=term, drills=drills)


def _roles(
    reader: Reader,
    entry: Entry | None,
    people: list[str],
    *,
    units: tuple[str, ...],
    rotas: dict[str, Rota],
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
        rota = _rota(reader, found.get("holder"), rotas)
        people_of = {
            name: child for name, child in found.items() if name != "holder" or rota is None
        }
        holders = _holders(reader, people_of, people)
        roles[code] = Role(code=code, holders=holders, units=scoped, rota=rota)
    return roles


def _rota(reader: Reader, holder: Entry | None, rotas: dict[str, Rota]) -> str | None:
    """The rota that holds a role; none if a person does."""
    if holder is None or not isinstance(holder.value, dict):
        return None
    named = reader.fields(holder, ("rota",))
    return reader.code(named["rota"], tuple(rotas)) if "rota" in named else ""


def _unknown_role(item: Entry, code: str) -> Problem:
    return Problem(item.line, item.path, "unknown_code", code[:60], ROLES)


def _holders(reader: Reader, found: dict[str, Entry], people: list[str]) -> tuple[str, ...]:
    holder = reader.codes(found.get("holder"), people)[:1]
    stand_ins = reader.codes(found.get("stand_ins"), people)
    for item in reader.items(found.get("stand_ins")):
        if item.value in holder:
            reader.refuse(item, "same_person", allowed=(key for key in people if key not in holder))
    return tuple(key for key in holder + stand_ins if key)


def _owner(reader: Reader, entry: Entry | None, persons: list[str]) -> str | None:
    return reader.code(entry, persons) if entry is not None else None


def _catch_all(reader: Reader, entry: Entry | None, persons: list[str]) -> CatchAll:
    if entry is None:
        return CatchAll(person="", stand_in="")
    found = reader.fields(entry, ("person", "stand_in"))
    person = reader.code(found["person"], persons) if "person" in found else ""
    stand_in = reader.code(found["stand_in"], persons) if "stand_in" in found else ""
    if person and person == stand_in:
        reader.refuse(found["stand_in"], "same_person")
    return CatchAll(person=person, stand_in=stand_in)
