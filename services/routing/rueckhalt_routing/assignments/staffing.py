# SPDX-License-Identifier: EUPL-1.2
"""From roles to people: who is there of holder and stand-ins, never somebody in conflict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from rueckhalt_routing.assignments.cases import UNKNOWN, Case
from rueckhalt_routing.duty.roster import HOLDER, NOT_READING, Duty, Roster
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


LAST_RESORT = "last_resort"
_READS_LATER = frozenset({NOT_READING})


@dataclass(frozen=True)
class Told:
    """Somebody a notice goes to, in which role, and by what; in a rota perhaps for another one."""

    member: Member
    role: str
    because: str
    """holder | stand_in | rota | swap | override | emergency | person | partner | catch_all |
    last_resort"""
    instead_of: str | None = None
    """The id of whoever's duty it is by the rota."""


@dataclass(frozen=True)
class PassedOver:
    """Somebody whose turn it was, and why another one is told."""

    member: Member
    cause: str
    until: int | None = None


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
    if role is None:
        return []
    in_turn = compiled.plan.on_rota(role) if role.is_rotating(unit) else ()
    return [compiled.members[key].id for key in (*in_turn, *role.leading(unit))]


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """Resolves targets for one case at one instant against the people of one plan."""

    compiled: CompiledPlan
    unit: str
    conflict: Conflict
    roster: Roster
    at: int
    out: frozenset[str] = field(default_factory=frozenset)
    """Ids of people who have said that they are not responsible for this case."""

    def of_role(self, code: str) -> Told | None:
        """The holder of a role, else the first stand-in who may act and is there."""
        return self._first(self._holders(code), code)

    def hearing(self, code: str) -> Told | None:
        """Who hears of the case in a role beside the lead: at night it is enough to read it later.

        Where everybody is away, whoever is the first of them finds it when back.
        """
        duties = self._holders(code)
        found = self._first(duties, code, enough=_READS_LATER)
        return found or self._first(duties, code, enough=None)

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

        Who is away or has declined is asked only when nobody else is left.
        """
        known = set(told)
        allowed = [m for m in self._catch_all() if m.id not in self.conflict.excluded]
        there = [member for member in allowed if self._is_there(self._duty(member.key))]
        willing = [member for member in there if member.id not in self.out]
        fresh = [member for member in willing if member.id not in known]
        for candidates in (fresh, willing, there):
            if candidates:
                return Told(candidates[0], self._first_role(candidates[0]), CATCH_ALL)
        absent = [member for member in allowed if member.id not in self.out] or allowed
        return self._anybody() or (
            Told(absent[0], self._first_role(absent[0]), LAST_RESORT) if absent else None
        )

    def fresh_catch_all(self, told: Iterable[str], *, since: int | None = None) -> Told | None:
        """The catch-all person or stand-in who is there and not told yet.

        With `since` only if they were not there then: who has come back meanwhile.
        """
        found = self.catch_all(told)
        if found is None or found.because != CATCH_ALL or found.member.id in set(told):
            return None
        duty = self._duty(found.member.key)
        return None if since is not None and self.roster.is_there(duty, since) else found

    def passed_over(self, step: Step) -> tuple[PassedOver, ...]:
        """Whose turn it was in this step and who is not there; nobody who is in conflict."""
        found: dict[str, PassedOver] = {}
        for target in step.targets:
            for duty in self._candidates(target):
                member = self.compiled.members[duty.person]
                if not self._may(member):
                    continue
                missing = self.roster.missing(duty, self.at)
                if missing is None:
                    break
                found.setdefault(member.id, PassedOver(member, missing.cause, missing.until))
        return tuple(found.values())

    def later(self, at: int) -> "Staffing":
        """The same at another instant."""
        return replace(self, at=at)

    def _anybody(self) -> Told | None:
        """Any holder of any role, in the plan's order, before nobody is told at all."""
        for code in self.compiled.plan.roles:
            told = self.of_role(code)
            if told is not None and told.member.kind == "person":
                return Told(told.member, code, LAST_RESORT)
        return None

    def _of_target(self, target: Target, told: set[str]) -> Told | None:
        if target.kind == CATCH_ALL:
            return self.catch_all(told)
        duties = self._candidates(target)
        if target.kind == "stand_in":
            members = self.compiled.members
            duties = tuple(each for each in duties if members[each.person].id not in told)
        return self._first(duties, target.key, kind=target.kind)

    def _candidates(self, target: Target) -> tuple[Duty, ...]:
        """Whom a target means at this instant, there or not, in the order of telling."""
        if target.kind == "role":
            return self._holders(target.key)
        if target.kind == "stand_in":
            return self._holders(target.key)[1:]
        if target.kind == "rota":
            return self.roster.on_duty(target.key, self.at)
        if target.kind == CATCH_ALL:
            return tuple(self._duty(member.key) for member in self._catch_all())
        return (self._duty(target.key),) if target.key in self.compiled.members else ()

    def _first(
        self,
        duties: Iterable[Duty],
        code: str,
        *,
        kind: str = "role",
        enough: frozenset[str] | None = frozenset(),
    ) -> Told | None:
        """The first who may act and is there, whatever the causes in `enough` (none: all)."""
        for duty in duties:
            member = self.compiled.members[duty.person]
            if not self._may(member):
                continue
            missing = self.roster.missing(duty, self.at) if enough is not None else None
            if missing is None or (enough and missing.cause in enough):
                return self._told(member, duty, code, kind)
        return None

    def _told(self, member: Member, duty: Duty, code: str, kind: str) -> Told:
        role = code if kind in ("role", "stand_in") else self._first_role(member)
        because = kind if kind in ("person", "partner") else duty.because
        instead = self.compiled.members[duty.instead_of].id if duty.instead_of else None
        return Told(member, role, because, instead)

    def _holders(self, code: str) -> tuple[Duty, ...]:
        if code in self.conflict.roles:
            return ()
        return self.roster.holders(code, self.unit, self.at)

    def _catch_all(self) -> list[Member]:
        named = self.compiled.plan.catch_all
        members = self.compiled.members
        return [members[key] for key in (named.person, named.stand_in) if key in members]

    def _duty(self, key: str) -> Duty:
        return Duty(key, HOLDER)

    def _is_there(self, duty: Duty) -> bool:
        return self.roster.is_there(duty, self.at)

    def _may(self, member: Member) -> bool:
        return member.id not in self.conflict.excluded and member.id not in self.out

    def _first_role(self, member: Member) -> str:
        roles = self.compiled.roles_of(member.key)
        return roles[0] if roles else "unknown"
