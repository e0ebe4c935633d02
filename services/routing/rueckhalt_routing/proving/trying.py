# SPDX-License-Identifier: EUPL-1.2
"""One made-up case on a plan: read from words, decided by the router itself, and told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import Decision, decide
from rueckhalt_routing.assignments.staffing import LAST_RESORT, Told
from rueckhalt_routing.duty.roster import HOLDER, Duty
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.opening import hold_until
from rueckhalt_routing.plan.vocabulary import BIAS, FORMS, GROUPS, RELATIONS, UNKNOWN, WISHES
from rueckhalt_routing.proof.clock import instant_of
from rueckhalt_routing.proof.spans import next_inside
from rueckhalt_routing.proving.people import Reach
from rueckhalt_routing.proving.ways import told_in_turn
from rueckhalt_shared.contracts import codes

FIELDS = (
    *("at", "form", "group", "severity", "danger_level", "relation", "bias", "wish", "unit"),
    *("excluded", "excluded_unit", "exclude_supervisor"),
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_DANGER_LEVELS = tuple(codes.DANGER_LEVELS.codes)


class NotACase(Exception):
    """A field holds something a case cannot have; says which, and what is allowed."""

    def __init__(self, field: str, value: str, allowed: tuple[str, ...]) -> None:
        self.field, self.value, self.allowed = field, value, allowed
        said = f"{field}: „{value[:60]}“ ist nicht bekannt (erlaubt: {', '.join(allowed)})"
        super().__init__(said)


@dataclass(frozen=True)
class Trial:
    """What became of a case: the decision, whom it tells when, and who knows when."""

    case: Case
    decision: Decision
    told: tuple[tuple[Told, int], ...]
    heard: tuple[int | None, ...]
    """Of each told person: seconds after the report until they know; none: never."""
    first: int | None
    """Seconds until anybody knows."""

    @property
    def is_late(self) -> bool:
        """Is nobody of the chain there, or does nobody know within the promised time?"""
        promised = self.decision.take_over_within.total_seconds()
        return self.decision.red is not None or self.first is None or self.first > promised


def case_of(fields: Mapping[str, str], plan: Plan, now: datetime) -> Case:
    """A case from words; several forms, groups and people are joined by `+`. Raises NotACase."""
    for name in fields:
        if name not in FIELDS:
            raise NotACase(name, "", FIELDS)
    severity = _one(fields, "severity", ("0", "1", "2", "3", UNKNOWN, ""))
    wish = _one(fields, "wish", (*WISHES, ""))
    people = [person.key for person in plan.persons] + [each.key for each in plan.partners]
    return Case(
        municipality=plan.municipality,
        registered_at=instant_of_words(fields.get("at", ""), plan, now),
        forms=_several(fields, "form", FORMS),
        affected_groups=_several(fields, "group", GROUPS),
        relation=_one(fields, "relation", RELATIONS) or UNKNOWN,
        bias=_one(fields, "bias", BIAS) or UNKNOWN,
        severity=int(severity) if severity.isdigit() else None,
        danger_level=_one(fields, "danger_level", _DANGER_LEVELS) or UNKNOWN,
        wishes=(wish,) if wish else (),
        unit=_one(fields, "unit", (*plan.units, UNKNOWN)) or UNKNOWN,
        excluded=frozenset(_several(fields, "excluded", tuple(people))),
        excluded_unit=_one(fields, "excluded_unit", plan.units) or None,
        exclude_supervisor=_one(fields, "exclude_supervisor", ("yes", "no", "")) == "yes",
    )


def trial_of(case: Case, compiled: CompiledPlan, reach: Reach) -> Trial:
    """Decide the case and let its chain run while nobody answers; `excluded` names keys."""
    members = (compiled.members.get(key) for key in case.excluded)
    case = replace(case, excluded=frozenset(member.id for member in members if member))
    start = _start(case, compiled, reach)
    decision = decide(case, compiled, roster=reach.roster, at=start)
    told = tuple(
        told_in_turn(
            compiled,
            replace(case, registered_at=start),
            chain=decision.chain,
            urgency=decision.urgency,
            roster=reach.roster,
        )
    )
    began = int(start.timestamp())
    heard = tuple(_heard(each, began + after, began, reach) for each, after in told)
    first = min((seconds for seconds in heard if seconds is not None), default=None)
    return Trial(case, decision, told, heard, first)


def _start(case: Case, compiled: CompiledPlan, reach: Reach) -> datetime:
    """When the chain starts: a slow case may wait for the next opening, never in a crisis."""
    at = case.registered_at
    if reach.roster.is_crisis(int(at.timestamp())):
        return at
    found = decide(case, compiled, roster=reach.roster)
    held = compiled.plan.chains[found.chain].holds(found.urgency)
    return hold_until(compiled.plan.calendar, at) if held else at


def _heard(told: Told, instant: int, began: int, reach: Reach) -> int | None:
    """Who is there knows at once; a last resort who is away, when back."""
    if told.because != LAST_RESORT:
        return instant - began
    back = next_inside(reach.there(Duty(told.member.key, HOLDER)), instant)
    return back - began if back is not None else None


def _one(fields: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = (fields.get(name) or "").strip()
    if text and text not in allowed:
        raise NotACase(name, text, tuple(value for value in allowed if value))
    return text


def _several(fields: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    words = [word.strip() for word in (fields.get(name) or "").split("+") if word.strip()]
    return tuple(dict.fromkeys(_one({name: word}, name, allowed) for word in words))


def instant_of_words(text: str, plan: Plan, now: datetime) -> datetime:
    """`2026-12-24 23:00` on the plan's wall clock, or with an offset; raises NotACase."""
    if not text.strip():
        return now
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError:
        given = None
    if given is None or not _FIRST_YEAR < given.year < _LAST_YEAR:
        raise NotACase("at", text, ("2026-12-24 23:00",))
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    return datetime.fromtimestamp(instant_of(given, ZoneInfo(plan.calendar.zone)), UTC)
