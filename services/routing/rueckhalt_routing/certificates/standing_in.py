# SPDX-License-Identifier: EUPL-1.2
"""Who could close a hole in time as one more stand-in: somebody who is there all that time.

What is offered closes the hole by the roster the proof asks, too; the draft that takes the offer
is proved at once, so nobody has to believe it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rueckhalt_routing.certificates.grouping import Together
from rueckhalt_routing.duty.roster import STAND_IN, Duty
from rueckhalt_routing.plan.domain import HEAD_ROLE, SUPERVISOR_ROLE, Plan, Role
from rueckhalt_routing.proof.spans import Spans, subtract
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
    holes, busy = _holes(group, plan), _roles_held(plan)
    found = []
    for person in plan.persons:
        there = reach.there(Duty(person.key, STAND_IN))
        mine = [h for h in holes if person.key not in h.out and not subtract(h.spans, there)]
        for code, role in plan.roles.items():
            if code in _BARRED or role.units or person.key in _people(plan, role):
                continue
            if closes := sum(code in hole.roles for hole in mine):
                found.append(StandIn(code, person.key, person.name, closes))
    found.sort(key=lambda each: (-each.closes, busy.get(each.person, 0)))
    return found[:MOST_OFFERED]


@dataclass(frozen=True)
class _Hole:
    """One of the holes: when, which roles its chain tells, and who is in conflict there."""

    spans: Spans
    roles: frozenset[str]
    out: frozenset[str]


def _holes(group: Together, plan: Plan) -> list[_Hole]:
    out = _in_conflict(group, plan)
    return [
        _Hole(
            tuple((span[0], span[1]) for span in each["spans"]),
            _told(plan, str(each["chain"])),
            out.get(_where(each), frozenset()),
        )
        for each in group.findings
    ]


def _told(plan: Plan, chain: str) -> frozenset[str]:
    targets = (target for step in plan.chains[chain].steps for target in step.targets)
    return frozenset(target.key for target in targets if target.kind == "role")


def _people(plan: Plan, role: Role) -> frozenset[str]:
    return frozenset((*role.holders, *plan.on_rota(role)))


def _roles_held(plan: Plan) -> dict[str, int]:
    found: dict[str, int] = {}
    for role in plan.roles.values():
        for key in _people(plan, role):
            found[key] = found.get(key, 0) + 1
    return found


_Where = tuple[str, str, str | None]


def _where(finding: Mapping[str, Any]) -> _Where:
    return finding["chain"], finding["urgency"], finding["conflict"]


def _in_conflict(group: Together, plan: Plan) -> dict[_Where, frozenset[str]]:
    """By what a hole is about, everybody it leaves out because they are in conflict."""
    wanted = {_where(each) for each in group.findings if each["conflict"] is not None}
    found: dict[_Where, frozenset[str]] = {}
    for route in routes_of(Laid(plan)) if wanted else ():
        each = route.situation
        where = (each.chain, each.urgency, each.conflict or None)
        if where in wanted:
            found[where] = found.get(where, frozenset()) | each.out
    return found
