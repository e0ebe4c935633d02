# SPDX-License-Identifier: EUPL-1.2
"""From roles to people: holder, else stand-in, never somebody in conflict with the case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rueckhalt_routing.assignments.cases import UNKNOWN, Case
from rueckhalt_routing.plan.compiled import CompiledPlan, Member
from rueckhalt_routing.plan.domain import (
    CATCH_ALL,
    HEAD_ROLE,
    SUPERVISOR_ROLE,
    Step,
    Target,
)

NAMED, TICKED_OUT, LINE_OF_SOURCE, HEAD_OF_HOUSE = "named", "ticked_out", "line", "head"
ACCUSED_UNIT = "unit"


@dataclass(frozen=True)
class Told:
    """Somebody a notice goes to, in which role, and whether in place of somebody else."""

    member: Member
    role: str
    because: str  # holder | stand_in | person | partner | catch_all | last_resort


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Who must not hear of the case, by id with the cause, and which roles are ticked out."""

    excluded: Mapping[str, str]
    roles: frozenset[str]


def conflict_of(case: Case, compiled: CompiledPlan) -> Conflict:
    """The people and roles in conflict: named, of the accused unit, ticked out, or in the line."""
    excluded = dict.fromkeys(case.excluded, NAMED)
    roles: set[str] = set()
    if case.excluded_unit is not None and case.excluded_unit != UNKNOWN:
        for id in _of_unit(compiled, case.excluded_unit):
            excluded.setdefault(id, ACCUSED_UNIT)
    if case.exclude_supervisor or case.relation == "supervisor":
        roles.add(SUPERVISOR_ROLE)
        cause = TICKED_OUT if case.exclude_supervisor else LINE_OF_SOURCE
        for id in _leading(compiled, SUPERVISOR_ROLE, case.unit):
            excluded.setdefault(id, cause)
    if case.relation == "elected" and not case.excluded:
        for id in _leading(compiled, HEAD_ROLE, case.unit):
            excluded.setdefault(id, HEAD_OF_HOUSE)
    return Conflict(excluded=excluded, roles=frozenset(roles))


def _of_unit(compiled: CompiledPlan, unit: str) -> list[str]:
    """Who works in a unit, and who leads it."""
    members = [member.id for member in compiled.members.values() if member.unit == unit]
    return [*members, *_leading(compiled, SUPERVISOR_ROLE, unit)]


def _leading(compiled: CompiledPlan, code: str, unit: str) -> list[str]:
    role = compiled.plan.roles.get(code)
    return [compiled.members[key].id for key in role.leading(unit)] if role else []


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """Resolves targets for one case against the people of one plan."""

    compiled: CompiledPlan
    unit: str
    conflict: Conflict
    out: frozenset[str] = field(default_factory=frozenset)
    """Ids of people who have said that they are not responsible for this case."""

    def of_role(self, code: str) -> Told | None:
        """The holder of a role, else the first stand-in who may act."""
        for place, member in enumerate(self._holders(code)):
            if self._may(member):
                return Told(member, code, "stand_in" if place else "holder")
        return None

    def stand_in(self, code: str, told: Iterable[str]) -> Told | None:
        """The first stand-in of a role who may act and has not been told yet."""
        known = set(told)
        for member in self._holders(code)[1:]:
            if self._may(member) and member.id not in known:
                return Told(member, code, "stand_in")
        return None

    def of_step(self, step: Step, told: Iterable[str]) -> tuple[Told, ...]:
        """Everybody this step newly tells; the catch-all step tells even whoever knows already."""
        known = set(told)
        found: dict[str, Told] = {}
        for target in step.targets:
            new = self._of_target(target, known | set(found))
            if new is not None and (new.member.id not in known or target.kind == CATCH_ALL):
                found.setdefault(new.member.id, new)
        return tuple(found.values())

    def catch_all(self, told: Iterable[str]) -> Told | None:
        """The catch-all person or stand-in, whoever was not told yet; else the first of them.

        Whoever declined is asked again only when nobody else is left.
        """
        known = set(told)
        people = [self._person(key) for key in self._catch_all_keys()]
        allowed = [m for m in people if m is not None and m.id not in self.conflict.excluded]
        willing = [member for member in allowed if member.id not in self.out]
        fresh = [member for member in willing if member.id not in known]
        for candidates in (fresh, willing, allowed):
            if candidates:
                return Told(candidates[0], self._first_role(candidates[0]), CATCH_ALL)
        return self._anybody()

    def _catch_all_keys(self) -> tuple[str, str]:
        return self.compiled.plan.catch_all.person, self.compiled.plan.catch_all.stand_in

    def _anybody(self) -> Told | None:
        """Any holder of any role, in the plan's order, before nobody is told at all."""
        for code in self.compiled.plan.roles:
            told = self.of_role(code)
            if told is not None and told.member.kind == "person":
                return Told(told.member, code, "last_resort")
        return None

    def _of_target(self, target: Target, told: set[str]) -> Told | None:
        if target.kind == "role":
            return self.of_role(target.key)
        if target.kind == "stand_in":
            return self.stand_in(target.key, told)
        if target.kind == CATCH_ALL:
            return self.catch_all(told)
        member = self._person(target.key)
        if member is None or not self._may(member):
            return None
        return Told(member, self._first_role(member), target.kind)

    def _holders(self, code: str) -> tuple[Member, ...]:
        if code in self.conflict.roles:
            return ()
        return self.compiled.holders_of(code, self.unit)

    def _person(self, key: str) -> Member | None:
        return self.compiled.members.get(key)

    def _may(self, member: Member) -> bool:
        return member.id not in self.conflict.excluded and member.id not in self.out

    def _first_role(self, member: Member) -> str:
        roles = self.compiled.roles_of(member.key)
        return roles[0] if roles else "unknown"
