# SPDX-License-Identifier: EUPL-1.2
"""The facts of the day as a document: what a proof was made with, and what a check may be given.

People are named by their key in the plan, never by name; nobody's reason is in it. Who or what the
plan does not name is left out on the way out and refused on the way in.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty.domain import (
    CHANGES,
    OVERRIDE,
    Away,
    Change,
    Crisis,
    Facts,
    Unreachable,
)
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.proof.clock import instant_of

FORMAT, KIND = 1, "rueckhalt-facts"
MOST_ENTRIES = 20_000
_ABOUT = frozenset({"format", "kind", "municipality", "at"})
_FIELDS = {
    "away": (("person", "from", "until"), ()),
    "changes": (("rota", "from", "until", "person"), ("instead_of", "kind")),
    "crises": (("from",), ("until",)),
    "unreachable": (("person", "since"), ()),
    "left": (("person", "since"), ()),
    "confirmed": (("person",), ("at",)),
}
SECTIONS = tuple(_FIELDS)
_TIMES = frozenset({"from", "until", "since", "at"})
_WORDS = {
    "missing": ("fehlt", "is missing"),
    "unknown_field": ("gibt es hier nicht", "is not known here"),
    "unknown": ("steht nicht im Plan", "is not in the plan"),
    "bad_time": (
        "ist kein Zeitpunkt wie 2026-12-24 08:00",
        "is no instant such as 2026-12-24 08:00",
    ),
    "ends_before": ("endet, bevor es beginnt", "ends before it begins"),
    "want_list": ("ist keine Liste", "is not a list"),
    "want_mapping": ("hat keine Felder", "has no fields"),
    "too_many": ("hat mehr als 20.000 Einträge", "has more than 20,000 entries"),
    "other_town": ("gehört zu einer anderen Kommune", "belongs to another municipality"),
    "other_format": ("ist ein unbekanntes Format", "is an unknown format"),
    "unreadable": ("ist weder JSON noch YAML", "is neither JSON nor YAML"),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a document of facts."""

    field: str
    code: str
    value: str = ""
    allowed: tuple[str, ...] = ()

    def words(self, language: str = "de") -> str:
        """The sentence for a person: the field, what is wrong, and what is allowed."""
        german = language == "de"
        said = f"{self.field or '–'}: {self.value} {_WORDS[self.code][0 if german else 1]}"
        if self.allowed:
            said += f"; {'erlaubt' if german else 'allowed'}: {', '.join(self.allowed[:30])}"
        return " ".join(said.split())


class BadFacts(Exception):
    """The document cannot be used; nothing of it counts."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of the days to come, and when contacts were confirmed last (None: never)."""

    facts: Facts = field(default_factory=Facts)
    confirmed: Mapping[str, datetime | None] = field(default_factory=dict)


# ---------------------------------------------------------------------------------- writing
def document_of(plan: Plan, facts: Facts) -> dict[str, list[dict[str, str]]]:
    """What a proof is made of beside the plan, always written the same way."""
    people, found = _people(plan), facts
    sections: dict[str, list[dict[str, str]]] = {
        "away": [
            {"person": a.person, "from": _iso(a.start), "until": _iso(a.end)}
            for a in found.away
            if a.person in people
        ],
        "changes": [
            _change(c)
            for c in found.changes
            if c.rota in plan.rotas and c.person in people and (c.instead_of or c.person) in people
        ],
        "crises": [
            {"from": _iso(c.start), **({"until": _iso(c.end)} if c.end else {})}
            for c in found.crises
        ],
        "unreachable": [
            {"person": u.person, "since": _iso(u.since)}
            for u in found.unreachable
            if u.person in people
        ],
        "left": [
            {"person": key, "since": _iso(since)}
            for key, since in found.left.items()
            if key in people
        ],
    }
    return {
        name: rows if name == "changes" else sorted(rows, key=_canonical)  # later changes win
        for name, rows in sections.items()
    }


def written(plan: Plan, known: Known, *, at: datetime) -> dict[str, Any]:
    """The whole file, for a check elsewhere."""
    people = _people(plan)
    confirmed = [
        {"person": key, **({"at": _iso(last)} if last is not None else {})}
        for key, last in sorted(known.confirmed.items())
        if key in people
    ]
    about = {"format": FORMAT, "kind": KIND, "municipality": plan.municipality, "at": _iso(at)}
    return about | document_of(plan, known.facts) | {"confirmed": confirmed}


def _change(change: Change) -> dict[str, str]:
    instead = {"instead_of": change.instead_of} if change.instead_of is not None else {}
    return {
        "rota": change.rota,
        "from": _iso(change.start),
        "until": _iso(change.end),
        "person": change.person,
        "kind": change.kind,
        **instead,
    }


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _canonical(row: Mapping[str, str]) -> str:
    return json.dumps(row, sort_keys=True)


# ---------------------------------------------------------------------------------- reading
def read_document(document: Any, plan: Plan) -> Known:
    """The facts in a document; raises BadFacts with every problem found."""
    reading = _Reading(plan)
    rows = reading.sections(document)
    if reading.problems:
        raise BadFacts(reading.problems)
    facts = Facts(
        away=tuple(Away(person=r["person"], start=r["from"], end=r["until"]) for r in rows["away"]),
        changes=tuple(
            Change(
                rota=r["rota"],
                start=r["from"],
                end=r["until"],
                person=r["person"],
                instead_of=r.get("instead_of"),
                kind=r.get("kind", OVERRIDE),
            )
            for r in rows["changes"]
        ),
        crises=tuple(Crisis(start=r["from"], end=r.get("until")) for r in rows["crises"]),
        unreachable=tuple(
            Unreachable(person=r["person"], since=r["since"]) for r in rows["unreachable"]
        ),
        left={r["person"]: r["since"] for r in rows["left"]},
    )
    return Known(facts=facts, confirmed={r["person"]: r.get("at") for r in rows["confirmed"]})


@dataclass
class _Reading:
    """Collects what is wrong on the way through a document."""

    plan: Plan
    problems: list[Problem] = field(default_factory=list)

    def sections(self, document: Any) -> dict[str, list[dict[str, Any]]]:
        if not isinstance(document, dict):
            self.problems.append(Problem("", "want_mapping"))
            return {}
        for name in document.keys() - _ABOUT - _FIELDS.keys():
            self._refuse(str(name), "unknown_field", allowed=SECTIONS)
        if str(document.get("format", FORMAT)) != str(FORMAT):
            self._refuse("format", "other_format", str(document["format"]), allowed=(str(FORMAT),))
        town = str(document.get("municipality", self.plan.municipality))
        if town != self.plan.municipality:
            self._refuse("municipality", "other_town", town, allowed=(self.plan.municipality,))
        return {name: self._rows(name, document.get(name)) for name in SECTIONS}

    def _rows(self, name: str, rows: Any) -> list[dict[str, Any]]:
        if rows in (None, ""):
            return []
        if not isinstance(rows, list):
            self._refuse(name, "want_list")
            return []
        if len(rows) > MOST_ENTRIES:
            self._refuse(name, "too_many")
            return []
        return [self._row(name, f"{name}[{place}]", row) for place, row in enumerate(rows)]

    def _row(self, name: str, path: str, row: Any) -> dict[str, Any]:
        if not isinstance(row, dict):
            self._refuse(path, "want_mapping")
            return {}
        required, optional = _FIELDS[name]
        for each in (each for each in required if row.get(each) in (None, "")):
            self._refuse(f"{path}.{each}", "missing")
        for each in row.keys() - {*required, *optional}:
            self._refuse(f"{path}.{each}", "unknown_field", allowed=(*required, *optional))
        found = {
            each: self._value(f"{path}.{each}", each, row[each])
            for each in (*required, *optional)
            if row.get(each) not in (None, "")
        }
        start, end = found.get("from"), found.get("until")
        if start is not None and end is not None and end <= start:
            self._refuse(f"{path}.until", "ends_before", str(row["until"]))
        return found

    def _value(self, path: str, name: str, value: Any) -> Any:
        if name in _TIMES:
            return self._instant(path, str(value))
        allowed: tuple[str, ...] = CHANGES if name == "kind" else tuple(_people(self.plan))
        if name == "rota":
            allowed = tuple(self.plan.rotas)
        if value not in allowed:
            self._refuse(path, "unknown", str(value)[:80], allowed=allowed)
        return value

    def _instant(self, path: str, text: str) -> datetime | None:
        """With an offset as it is, else on the wall clock of the plan."""
        try:
            given = datetime.fromisoformat(text)
            if given.tzinfo is None:
                zone = ZoneInfo(self.plan.calendar.zone)
                return datetime.fromtimestamp(instant_of(given, zone), UTC)
            return given.astimezone(UTC)
        except (ValueError, OverflowError):
            self._refuse(path, "bad_time", text[:80])
            return None

    def _refuse(
        self, path: str, code: str, value: str = "", *, allowed: tuple[str, ...] = ()
    ) -> None:
        self.problems.append(Problem(path, code, value, allowed))


def _people(plan: Plan) -> dict[str, None]:
    keys = [person.key for person in plan.persons]
    return dict.fromkeys([*keys, *(partner.key for partner in plan.partners)])
