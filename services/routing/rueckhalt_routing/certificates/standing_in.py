# SPDX-License-Identifier: EUPL-1.2
"""Who could close a hole in time as one more stand-in: somebody who is there all that time.

What is offered closes the hole by the roster the proof asks, too; the draft that takes the offer
is proved at once, so nobody has to believe it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rueckhalt_routing.certificates.grouping import Together
from rueckhalt_routing.duty.roster import STAND_IN, Duty
from rueckhalt_routing.plan.domain import HEAD_ROLE, SUPERVISOR_ROLE, Plan, Role
from rueckhalt_routing.proof.spans import subtract
from rueckhalt_routing.proving.people import Reach
from rueckhalt_routing.proving.tables import Laid
from rueckhalt_routing.proving.ways import routes_of

MOST_OFFERED = 3
_BARRED = frozenset({SUPERVISOR_ROLE, HEAD_ROLE})
"""Who stands in these is in conflict by that very role."""


@dataclass(frozen=True)
class StandIn:
    """One more stand-in of a role, and how many of the holes that would close."""

    role: str
    person: str
    name: str
    closes: int


def stand_ins(group: Together, reach: Reach) -> list[StandIn]:
    """Those who would close most, with the fewest roles of their own first; none if nobody can."""
    plan = reach.plan
    out, busy = _in_conflict(group, plan), _roles_held(plan)
    free = [
        person
        for person in plan.persons
        if person.key not in out
        and not subtract(group.spans, reach.there(Duty(person.key, STAND_IN)))
    ]
    found = [
        StandIn(role, person.key, person.name, closes)
        for role, closes in _roles(group, plan)
        for person in free
        if person.key not in _people(plan, plan.roles[role])
    ]
    found.sort(key=lambda each: (-each.closes, busy.get(each.person, 0)))
    return found[:MOST_OFFERED]


def _roles(group: Together, plan: Plan) -> Iterator[tuple[str, int]]:
    """The roles the chains tell that hold for every unit, each with how many holes it is in."""
    for code, role in plan.roles.items():
        if code in _BARRED or role.units:
            continue
        count = sum(code in _told(plan, str(each["chain"])) for each in group.findings)
        if count:
            yield code, count


def _told(plan: Plan, chain: str) -> set[str]:
    targets = (target for step in plan.chains[chain].steps for target in step.targets)
    return {target.key for target in targets if target.kind == "role"}


def _people(plan: Plan, role: Role) -> frozenset[str]:
    return frozenset((*role.holders, *plan.on_rota(role)))


def _roles_held(plan: Plan) -> dict[str, int]:
    found: dict[str, int] = {}
    for role in plan.roles.values():
        for key in _people(plan, role):
            found[key] = found.get(key, 0) + 1
    return found


def _in_conflict(group: Together, plan: Plan) -> frozenset[str]:
    """Everybody whom one of the holes leaves out because they are in conflict."""
    wanted = {(each["chain"], each["urgency"], each["conflict"]) for each in group.findings}
    if all(conflict is None for _, _, conflict in wanted):
        return frozenset()
    situations = (route.situation for route in routes_of(Laid(plan)))
    return frozenset().union(
        *(s.out for s in situations if (s.chain, s.urgency, s.conflict or None) in wanted)
    )
