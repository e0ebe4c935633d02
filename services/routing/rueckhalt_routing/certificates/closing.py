# SPDX-License-Identifier: EUPL-1.2
"""What closes a gap of people: whose chain it is, and which of its parts somebody can change."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rueckhalt_routing.certificates import domain
from rueckhalt_routing.certificates.domain import Gap, key_of
from rueckhalt_routing.duty.entries import Absence
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.proving.ways import BOTH, HEAD, NO_CONFLICT, SUPERVISOR, beside

_OF_PEOPLE = {
    domain.TIME: "gap_in_time",
    domain.SINGLE: "single_person",
    domain.CONFLICT: "gap_in_time",
}


@dataclass(frozen=True)
class Closing:
    """The parts of the plan that decide whom a chain tells, and the absences in the way."""

    chain: str
    roles: tuple[str, ...]
    rotas: tuple[str, ...]
    absences: tuple[Absence, ...]


def closings(gaps: Iterable[Gap], plan: Plan, absences: Iterable[Absence]) -> dict[str, Closing]:
    """By the id of each gap that people can close, what would."""
    wanted: dict[str, list[Gap]] = {}
    for gap in gaps:
        wanted.setdefault(gap.hole.key, []).append(gap)
    found: dict[str, Closing] = {}
    away, keys = tuple(absences), _keys(plan)
    while wanted and (known := next(keys, None)) is not None:
        for gap in wanted.pop(known[0], ()):
            found[gap.id] = _closing(gap, known[1], plan, away)
    return found


def _keys(plan: Plan) -> Iterator[tuple[str, str]]:
    """A hole keeps only its key: so every key a chain of this plan can have is made again."""
    alone = (NO_CONFLICT, SUPERVISOR, HEAD, BOTH)
    accused = [beside(each, unit) for unit in plan.units for each in alone]
    for conflict in (None, *alone[1:], *accused):
        for chain in plan.chains:
            for urgency in plan.times:
                for kind, code in _OF_PEOPLE.items():
                    kinds = {kind, domain.CONFLICT} if conflict is not None else {kind}
                    for each in kinds:
                        yield key_of(each, code, chain, urgency, conflict), chain


def _closing(gap: Gap, chain: str, plan: Plan, away: tuple[Absence, ...]) -> Closing:
    targets = [target for step in plan.chains[chain].steps for target in step.targets]
    roles = list(dict.fromkeys(t.key for t in targets if t.kind in ("role", "stand_in")))
    held = [role.rota for role in map(plan.roles.get, roles) if role and role.rota]
    rotas = list(dict.fromkeys([*(t.key for t in targets if t.kind == "rota"), *held]))
    people = {t.key for t in targets if t.kind == "person"}
    people |= {plan.catch_all.person, plan.catch_all.stand_in}
    for role in filter(None, map(plan.roles.get, roles)):
        people.update(role.holders, *role.units.values())
    for rota in rotas:
        people.update(plan.rotas[rota].people)
    start, end = gap.begins_at(), gap.hole.until_at
    meets = (
        each
        for each in away
        if each.person in people and each.end_at > start and (end is None or each.start_at < end)
    )
    return Closing(chain, tuple(roles), tuple(rotas), tuple(meets))
