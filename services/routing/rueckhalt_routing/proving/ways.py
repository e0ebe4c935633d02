# SPDX-License-Identifier: EUPL-1.2
"""Which chains a plan can start, for which cases, and who of them is in conflict.

Who is in conflict and whom a chain tells in one case is asked of the router itself, so what is
proved is what runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import (
    first_step,
    step_after,
    wait_after,
    wakes_at,
)
from rueckhalt_routing.assignments.staffing import LAST_RESORT, Staffing, Told, conflict_of
from rueckhalt_routing.duty.roster import Roster
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_routing.plan.domain import Rule
from rueckhalt_routing.plan.vocabulary import UNKNOWN
from rueckhalt_routing.proof.covering import Masks, fewest_boxes
from rueckhalt_routing.proving.tables import Laid

NO_CONFLICT, SUPERVISOR, HEAD, BOTH = "", "supervisor", "head", "supervisor+head"
UNIT = "unit:"
"""Before the code of a unit that is accused as a whole, alone or beside the others."""
_SOURCES = {SUPERVISOR: "supervisor", HEAD: "elected", BOTH: "elected"}
_SOMETIME = datetime(2026, 1, 1, tzinfo=UTC)
_LONGEST = 120 * 86400
Swapped = Mapping[str, frozenset[str]]
Excluded = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Situation:
    """What decides whom a chain tells, beside the people themselves."""

    chain: str
    urgency: str
    conflict: str
    unit: str
    """Whose roles are meant: of a unit with holders of its own, else of the house."""
    out: frozenset[str]
    """Keys of those in conflict."""
    barred: frozenset[str]
    """Roles nobody may act in."""
    promise: int
    """Seconds within which somebody is to take over."""
    holds: bool
    """Does it wait for the next opening?"""


@dataclass
class Route:
    """One situation, the cases that lead to it, and the time classes in which they can."""

    situation: Situation
    classes: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    example: Masks = ()


def routes_of(laid: Laid, swapped: Swapped | None = None) -> list[Route]:
    """Every chain that can start, once for each way its people are told.

    `swapped` names who has a duty of a rota by a change, beside its people.
    """
    compiled = compile_plan(laid.plan, id="proof", version=0)
    crowd = _Crowd(compiled, swapped or {})
    found: dict[Situation, Route] = {}
    for rule, masks in _starting(laid):
        by_name = dict(zip((d.name for d in laid.dimensions), masks, strict=True))
        named = {d.name: d.named(by_name[d.name]) for d in laid.dimensions}
        for unit, members in _units(laid, named["unit"]).items():
            for conflict in _conflicts(named["relation"], laid.plan.units):
                excluded = crowd.excluded(rule.outcome.chain or "", unit, conflict)
                if excluded is None:
                    continue  # the same people as without it, or as without others
                for urgency in named["urgency"]:
                    where = _situation(laid, rule, urgency, conflict=conflict, unit=unit)
                    where = replace(where, out=excluded[0], barred=excluded[1])
                    route = found.setdefault(where, Route(where))
                    route.classes.update(named["time_class"])
                    route.units.update(members)
                    route.example = route.example or _narrowed(laid, masks, urgency, unit)
    return list(found.values())


class _Crowd:
    """Whom each conflict of interest leaves of a chain; what leaves the same is looked at once."""

    def __init__(self, compiled: CompiledPlan, swapped: Swapped) -> None:
        self._compiled, self._swapped = compiled, swapped
        self._conflicts: dict[tuple[str, str], Excluded] = {}
        self._people: dict[tuple[str, str], frozenset[str]] = {}
        self._first: dict[tuple[str, str, Excluded], str] = {}

    def excluded(self, chain: str, unit: str, conflict: str) -> Excluded | None:
        """Keys of those in conflict and the roles that are barred; none if known otherwise."""
        if (chain, unit) not in self._people:
            self._people[chain, unit] = _people(self._compiled, chain, unit, self._swapped)
        if (conflict, unit) not in self._conflicts:
            self._conflicts[conflict, unit] = _excluded(self._compiled, conflict, unit)
        out, barred = self._conflicts[conflict, unit]
        effect = out & self._people[chain, unit], barred & _roles(self._compiled, chain)
        first = self._first.setdefault((chain, unit, effect), conflict)
        if UNIT in conflict and (not any(effect) or first != conflict):
            return None
        return out, barred


def _situation(laid: Laid, rule: Rule, urgency: str, *, conflict: str, unit: str) -> Situation:
    within = rule.outcome.take_over_within or laid.plan.times[urgency].take_over_within
    chain = rule.outcome.chain or ""
    return Situation(
        chain=chain,
        urgency=urgency,
        conflict=conflict,
        unit=unit,
        out=frozenset(),
        barred=frozenset(),
        promise=int(within.total_seconds()),
        holds=laid.plan.chains[chain].holds(urgency),
    )


def _roles(compiled: CompiledPlan, chain: str) -> frozenset[str]:
    """The roles that a chain tells."""
    steps = compiled.plan.chains[chain].steps
    targets = (target for step in steps for target in step.targets)
    return frozenset(each.key for each in targets if each.kind in ("role", "stand_in"))


def _people(compiled: CompiledPlan, chain: str, unit: str, swapped: Swapped) -> frozenset[str]:
    """Everybody who may be told by a chain, by the plan and the changes of its rotas."""
    found = {compiled.plan.catch_all.person, compiled.plan.catch_all.stand_in}
    for step in compiled.plan.chains[chain].steps:
        for target in step.targets:
            if target.kind == "rota":
                found |= set(compiled.plan.rotas[target.key].people)
                found |= swapped.get(target.key, frozenset())
            elif target.kind in ("role", "stand_in"):
                found |= {member.key for member in compiled.holders_of(target.key, unit)}
                role = compiled.plan.roles.get(target.key)
                found |= swapped.get(role.rota or "", frozenset()) if role else frozenset()
            else:
                found.add(target.key)
    return frozenset(found)


def _starting(laid: Laid) -> Iterator[tuple[Rule, Masks]]:
    """Each rule that starts a chain with the cases it does so for; immediate rules go first."""
    immediate = [rule for rule in laid.plan.immediate_rules if rule.outcome.chain]
    rules = (*immediate, *laid.rules)
    masks = [laid.masks_of(rule) for rule in rules]
    for box in fewest_boxes(laid.sizes, masks).boxes():
        if box.rule is not None:
            yield rules[box.rule], box.masks


def _units(laid: Laid, units: tuple[str, ...]) -> dict[str, list[str]]:
    """Units whose roles are held by others than the house's, each apart; all others as one."""
    apart = {unit for role in laid.plan.roles.values() for unit in role.units}
    found: dict[str, list[str]] = {}
    rest = [unit for unit in units if unit not in apart]
    if rest:
        found[UNKNOWN if UNKNOWN in rest else rest[0]] = rest
    return found | {unit: [unit] for unit in units if unit in apart}


def _conflicts(relations: tuple[str, ...], units: tuple[str, ...]) -> list[str]:
    """Who may be excluded: at any case the line manager by a tick, with a council the head of the
    house; and beside each of these a unit."""
    found: set[str] = {SUPERVISOR}
    for relation in relations:
        if relation == "elected":
            found |= {HEAD, BOTH}
        elif relation != "supervisor":
            found.add(NO_CONFLICT)
    alone = sorted(found)
    return alone + [beside(each, unit) for each in alone for unit in units]


def beside(conflict: str, unit: str) -> str:
    """A conflict of interest, and a unit accused as a whole."""
    return f"{conflict}+{UNIT}{unit}" if conflict else f"{UNIT}{unit}"


def parted(conflict: str) -> tuple[str, str | None]:
    """A conflict without its unit, and that unit if there is one."""
    others, _, unit = conflict.partition(UNIT)
    return others.removesuffix("+"), unit or None


def _excluded(compiled: CompiledPlan, conflict: str, unit: str) -> Excluded:
    """Keys of those in conflict, and the roles that are barred, as the router sees it."""
    others, accused = parted(conflict)
    case = Case(
        municipality=compiled.plan.municipality,
        registered_at=_SOMETIME,
        relation=_SOURCES.get(others, UNKNOWN),
        exclude_supervisor=others in (SUPERVISOR, BOTH),
        excluded_unit=accused,
        unit=unit,
    )
    found = conflict_of(case, compiled)
    return frozenset(compiled.by_id[id].key for id in found.excluded), found.roles


def told_in_turn(
    compiled: CompiledPlan, case: Case, *, chain: str, urgency: str, roster: Roster
) -> Iterator[tuple[Told, int]]:
    """Whom a chain tells for a case, each with the seconds after which, while nobody answers.

    Ends where everybody who is there knows; while nobody is there, who comes first is waited for.
    """
    start = int(case.registered_at.timestamp())
    staffing = Staffing(
        compiled=compiled,
        unit=case.unit,
        conflict=conflict_of(case, compiled),
        roster=roster,
        at=start,
    )
    steps, times = compiled.plan.chains[chain].steps_at(urgency), compiled.plan.times[urgency]
    step, leads, _ = first_step(staffing, steps, start=0, told=())
    told: list[str] = []
    while True:
        for lead in leads:
            if lead.member.id not in told:
                told.append(lead.member.id)
                yield lead, staffing.at - start
        if leads and leads[0].because == LAST_RESORT and step == len(steps) - 1:
            until = start + _LONGEST
            woken = wakes_at(staffing, steps, told=told, until=until)
            if woken is None:
                return
            since, staffing = staffing.at, staffing.later(woken)
        elif step == len(steps) - 1:
            return
        else:
            wait = int(wait_after(steps, times, step).total_seconds())
            since, staffing = staffing.at, staffing.later(staffing.at + wait)
        found = step_after(staffing, steps, step=step, told=told, since=since)
        if found is None:
            return
        step, leads = found


def _narrowed(laid: Laid, masks: Masks, urgency: str, unit: str) -> Masks:
    wanted = {"urgency": urgency, "unit": unit}
    return tuple(
        d.mask([wanted[d.name]]) if d.name in wanted and mask != d.full else mask
        for d, mask in zip(laid.dimensions, masks, strict=True)
    )
