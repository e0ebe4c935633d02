# SPDX-License-Identifier: EUPL-1.2
"""Who could close a hole in time as one more stand-in: somebody who is there all that time.

Asked of the proof's own courses, each way in which somebody may be in conflict taken in; the draft
that takes the offer is proved at once, so nobody has to believe it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rueckhalt_routing.certificates.grouping import Together
from rueckhalt_routing.duty.roster import STAND_IN, Duty
from rueckhalt_routing.plan.domain import HEAD_ROLE, SUPERVISOR_ROLE, Plan, Role
from rueckhalt_routing.proof.spans import Spans, intersect, subtract
from rueckhalt_routing.proving.courses import Courses
from rueckhalt_routing.proving.cover import Cover, covers_of
from rueckhalt_routing.proving.people import Reach
from rueckhalt_routing.proving.tables import Laid
from rueckhalt_routing.proving.ways import routes_of

MOST_OFFERED = 3
_BARRED = frozenset({SUPERVISOR_ROLE, HEAD_ROLE})
"""Who stands in these is in conflict by that very role."""


@dataclass(frozen=True)
class StandIn:
    """One more stand-in of a role: how many of the ways that lack somebody that would close."""

    role: str
    person: str
    name: str
    closes: int
    total: int


@dataclass(frozen=True)
class Lack:
    """One way in which nobody is there: when, which roles are told, and who is in conflict."""

    spans: Spans
    roles: frozenset[str]
    out: frozenset[str]


def lacks_of(reach: Reach) -> list[Lack]:
    """Every way of the plan in which at some time nobody is there, each once."""
    covers = covers_of(routes_of(Laid(reach.plan)), Courses(reach))
    return list(dict.fromkeys(_lack(cover, reach.plan) for cover in covers if cover.gaps))


def stand_ins(group: Together, lacks: Iterable[Lack], reach: Reach) -> list[StandIn]:
    """Those who would close most, with the fewest roles of their own first; none if nobody can."""
    open_ = [each for each in lacks if intersect(each.spans, group.spans)]
    busy = _roles_held(reach.plan)
    found = list(_candidates(open_, reach))
    found.sort(key=lambda each: (-each.closes, busy.get(each.person, 0)))
    return found[:MOST_OFFERED]


def _candidates(open_: list[Lack], reach: Reach) -> Iterator[StandIn]:
    plan = reach.plan
    for person in plan.persons:
        there = reach.there(Duty(person.key, STAND_IN))
        mine = [h for h in open_ if person.key not in h.out and not subtract(h.spans, there)]
        for code, role in plan.roles.items():
            if code in _BARRED or role.units or person.key in _people(plan, role):
                continue
            if closes := sum(code in lack.roles for lack in mine):
                yield StandIn(code, person.key, person.name, closes, len(open_))


def _lack(cover: Cover, plan: Plan) -> Lack:
    where = cover.route.situation
    targets = (target for step in plan.chains[where.chain].steps for target in step.targets)
    told = frozenset(target.key for target in targets if target.kind == "role")
    return Lack(cover.gaps, told - where.barred, where.out)


def _people(plan: Plan, role: Role) -> frozenset[str]:
    return frozenset((*role.holders, *plan.on_rota(role)))


def _roles_held(plan: Plan) -> dict[str, int]:
    found: dict[str, int] = {}
    for role in plan.roles.values():
        for key in _people(plan, role):
            found[key] = found.get(key, 0) + 1
    return found
