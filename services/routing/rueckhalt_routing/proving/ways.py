# SPDX-License-Identifier: EUPL-1.2
"""Which chains a plan can start, for which cases, and whom each would tell when.

Whom a step tells is asked of the router itself (`first_step`, `Staffing`, `conflict_of`), so what
is proved is what runs: it tells whoever holds the role, present or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import first_step, wait_after
from rueckhalt_routing.assignments.staffing import Staffing, Told, conflict_of
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_routing.plan.domain import Rule
from rueckhalt_routing.plan.vocabulary import UNKNOWN
from rueckhalt_routing.proof.covering import Masks, fewest_boxes
from rueckhalt_routing.proof.reaching import Telling
from rueckhalt_routing.proving.tables import Laid

NO_CONFLICT, SUPERVISOR, HEAD, BOTH = "", "supervisor", "head", "supervisor+head"
_SOURCES = {SUPERVISOR: "supervisor", HEAD: "elected", BOTH: "elected"}
_SOMETIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Situation:
    """What decides whom a chain tells, beside the people themselves."""

    chain: str
    urgency: str
    conflict: str
    promise: int
    """Seconds within which somebody is to take over."""
    tellings: tuple[Telling, ...]


@dataclass
class Route:
    """One situation, the cases that lead to it, and the time classes in which they can."""

    situation: Situation
    classes: set[str] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    example: Masks = ()


def routes_of(laid: Laid) -> list[Route]:
    """Every chain that can start, once for each way its people are told."""
    compiled = compile_plan(laid.plan, id="proof", version=0)
    known: dict[tuple[str, str, str, str], tuple[Telling, ...]] = {}
    found: dict[Situation, Route] = {}
    for rule, masks in _starting(laid):
        by_name = dict(zip((d.name for d in laid.dimensions), masks, strict=True))
        named = {d.name: d.named(by_name[d.name]) for d in laid.dimensions}
        for urgency in named["urgency"]:
            for unit, members in _units(laid, named["unit"]).items():
                for conflict in _conflicts(named["relation"]):
                    key = (rule.outcome.chain or "", urgency, unit, conflict)
                    if key not in known:
                        known[key] = tuple(_tellings(compiled, key))
                    situation = _situation(laid, rule, key, known[key])
                    route = found.setdefault(situation, Route(situation))
                    route.classes.update(named["time_class"])
                    route.units.update(members)
                    route.example = route.example or _narrowed(laid, masks, urgency, unit)
    return list(found.values())


def _situation(
    laid: Laid, rule: Rule, key: tuple[str, str, str, str], tellings: tuple[Telling, ...]
) -> Situation:
    chain, urgency, _, conflict = key
    within = rule.outcome.take_over_within or laid.plan.times[urgency].take_over_within
    return Situation(chain, urgency, conflict, int(within.total_seconds()), tellings)


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


def _conflicts(relations: tuple[str, ...]) -> list[str]:
    """Who may be excluded: the line manager by a tick at any case, the head with a council."""
    found = {SUPERVISOR}
    for relation in relations:
        if relation == "elected":
            found |= {HEAD, BOTH}
        elif relation != "supervisor":
            found.add(NO_CONFLICT)
    return sorted(found)


def _tellings(compiled: CompiledPlan, key: tuple[str, str, str, str]) -> Iterator[Telling]:
    """Everybody the chain tells in its first round; later rounds tell the same people again."""
    chain, urgency, unit, conflict = key
    case = Case(
        municipality=compiled.plan.municipality,
        registered_at=_SOMETIME,
        relation=_SOURCES.get(conflict, UNKNOWN),
        exclude_supervisor=conflict in (SUPERVISOR, BOTH),
        unit=unit,
    )
    return (
        Telling(told.member.key, after)
        for told, after in told_in_turn(compiled, case, chain=chain, urgency=urgency)
    )


def told_in_turn(
    compiled: CompiledPlan, case: Case, *, chain: str, urgency: str
) -> Iterator[tuple[Told, int]]:
    """Whom a chain tells for a case, each with the seconds after which, while nobody answers."""
    conflict = conflict_of(case, compiled)
    staffing = Staffing(compiled=compiled, unit=case.unit, conflict=conflict)
    steps = compiled.plan.chains[chain].steps_at(urgency)
    told: list[str] = []
    start = after = 0
    while start < len(steps):
        step, leads, _ = first_step(staffing, steps, start=start, told=told)
        for lead in leads:
            if lead.member.id not in told:
                told.append(lead.member.id)
                yield lead, after
        after += int(wait_after(steps, compiled.plan.times[urgency], step).total_seconds())
        start = step + 1


def _narrowed(laid: Laid, masks: Masks, urgency: str, unit: str) -> Masks:
    wanted = {"urgency": urgency, "unit": unit}
    return tuple(
        d.mask([wanted[d.name]]) if d.name in wanted and mask != d.full else mask
        for d, mask in zip(laid.dimensions, masks, strict=True)
    )
