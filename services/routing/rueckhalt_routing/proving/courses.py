# SPDX-License-Identifier: EUPL-1.2
"""The chains of a plan laid over the time line: each target as the people it means, and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rueckhalt_routing.assignments.deciding import wait_after
from rueckhalt_routing.duty.roster import HOLDER, Duty, Shift
from rueckhalt_routing.plan.domain import CATCH_ALL, Plan, Target
from rueckhalt_routing.proof.certificate import digest
from rueckhalt_routing.proof.reaching import Course, Way
from rueckhalt_routing.proof.spans import Spans, intersect, union
from rueckhalt_routing.proving.people import Reach
from rueckhalt_routing.proving.ways import Situation

Lanes = tuple[tuple[str, Spans], ...]


@dataclass
class Courses:
    """The courses of one plan, each lane and each way of it laid out once."""

    reach: Reach
    _lanes: dict[tuple[Target, str], Lanes] = field(default_factory=dict)
    _ways: dict[tuple[object, ...], Way] = field(default_factory=dict)
    _courses: dict[tuple[tuple[Way, ...], ...], Course] = field(default_factory=dict)
    _hashes: dict[Way, str] = field(default_factory=dict)

    def of(self, where: Situation) -> Course:
        """The course of a chain for one kind of case; equal ones are one."""
        steps = self.reach.plan.chains[where.chain].steps_at(where.urgency)
        ways = tuple(tuple(self._way(each, where) for each in step.targets) for step in steps)
        return self._courses.setdefault(ways, Course(ways))

    def waits(self, where: Situation) -> tuple[int, ...]:
        """How many seconds each step waits."""
        plan = self.reach.plan
        steps = plan.chains[where.chain].steps_at(where.urgency)
        waits = (wait_after(steps, plan.times[where.urgency], n) for n in range(len(steps)))
        return tuple(int(wait.total_seconds()) for wait in waits)

    def hash_of(self, course: Course, waits: tuple[int, ...]) -> str:
        """What tells the people and times of two courses apart."""
        return digest([list(waits), [[self._hash(way) for way in s] for s in course.stages]])

    def _hash(self, way: Way) -> str:
        if way not in self._hashes:
            self._hashes[way] = digest([list(lane) for lane in way.lanes])
        return self._hashes[way]

    def _way(self, target: Target, where: Situation) -> Way:
        if target.kind in ("role", "stand_in") and target.key in where.barred:
            return self._kept((), Way(()))
        lanes = self._laid(target, where.unit)
        out = where.out & {person for person, _ in lanes}
        found = tuple(lane for lane in lanes if lane[0] not in out)
        return self._kept((target, where.unit, out), Way(found, target.kind in ONLY_NEW))

    def _kept(self, key: tuple[object, ...], way: Way) -> Way:
        return self._ways.setdefault(key, way)

    def _laid(self, target: Target, unit: str) -> Lanes:
        key = (target, unit if target.kind in ("role", "stand_in") else "")
        if key not in self._lanes:
            self._lanes[key] = self._lay(target, unit)
        return self._lanes[key]

    def _lay(self, target: Target, unit: str) -> Lanes:
        reach = self.reach
        if target.kind == CATCH_ALL:
            named = reach.plan.catch_all
            return self._plain((named.person, named.stand_in))
        if target.kind in ("person", "partner"):
            return self._plain((target.key,))
        if target.kind == "rota":
            return self._in_turn(reach.shifts(target.key), 0)
        shifts = reach.roster.holder_shifts(target.key, unit, reach.seen)
        return self._in_turn(shifts, 1 if target.kind == "stand_in" else 0)

    def _plain(self, keys: Iterable[str]) -> Lanes:
        return tuple((key, self.reach.there(Duty(key, HOLDER))) for key in keys)

    def _in_turn(self, shifts: tuple[Shift, ...], first: int) -> Lanes:
        """Each place in the order of telling, and whoever stands there, as a lane of its own."""
        if len(shifts) == 1 and shifts[0].end - shifts[0].start >= self._length:
            return tuple((each.person, self.reach.there(each)) for each in shifts[0].duties[first:])
        lanes: dict[tuple[int, Duty], list[tuple[int, int]]] = {}
        for shift in shifts:
            for place, duty in enumerate(shift.duties[first:]):
                lanes.setdefault((place, duty), []).append((shift.start, shift.end))
        ordered = sorted(lanes.items(), key=lambda lane: lane[0][0])
        return tuple(
            (duty.person, intersect(union(spans), self.reach.there(duty)))
            for (_, duty), spans in ordered
        )

    @property
    def _length(self) -> int:
        return self.reach.seen[1] - self.reach.seen[0]


ONLY_NEW = frozenset({"stand_in", CATCH_ALL})
"""The targets that tell the first who does not know yet."""


def people_of(
    plan: Plan, where: Situation, changed: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Everybody who may be told in a situation; `changed` adds those of each rota's changes."""
    found: set[str] = {plan.catch_all.person, plan.catch_all.stand_in}
    for step in plan.chains[where.chain].steps_at(where.urgency):
        for target in step.targets:
            found |= _meant(plan, target, where.unit, changed)
    return frozenset(found - where.out)


def rotas_of(plan: Plan, where: Situation) -> frozenset[str]:
    """The rotas that decide whom a situation tells."""
    found: set[str] = set()
    for step in plan.chains[where.chain].steps_at(where.urgency):
        for target in step.targets:
            role = plan.roles.get(target.key) if target.kind in ("role", "stand_in") else None
            if target.kind == "rota":
                found.add(target.key)
            elif role is not None and role.rota is not None and role.is_rotating(where.unit):
                found.add(role.rota)
    return frozenset(found)


def _meant(
    plan: Plan, target: Target, unit: str, changed: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    if target.kind == "rota":
        return frozenset(plan.rotas[target.key].people) | changed.get(target.key, frozenset())
    if target.kind not in ("role", "stand_in"):
        return frozenset({target.key} - {""})
    role = plan.roles.get(target.key)
    if role is None:
        return frozenset()
    if not role.is_rotating(unit):
        return frozenset(role.units.get(unit, role.holders))
    in_turn = changed.get(role.rota or "", frozenset())
    return frozenset((*plan.on_rota(role), *role.holders)) | in_turn
