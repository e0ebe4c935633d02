# SPDX-License-Identifier: EUPL-1.2
"""A plan made ready for deciding: rules as bitmasks, people with ids; built once a version."""

from dataclasses import dataclass
from functools import cached_property

from rueckhalt_routing.duty.roster import Roster
from rueckhalt_routing.plan.days import Days
from rueckhalt_routing.plan.domain import Plan, Role, Rule
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.proof.table import Dimension, Table
from rueckhalt_shared.contracts import ids


@dataclass(frozen=True)
class Member:
    """A person or a partner of the plan, under the id that events carry."""

    id: str
    key: str
    kind: str  # person | partner
    name: str
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class CompiledPlan:
    """One immutable version of a plan."""

    id: str
    version: int
    plan: Plan
    dimensions: tuple[Dimension, ...]
    rules: tuple[Rule, ...]
    table: Table
    immediate: tuple[Rule, ...]
    immediate_table: Table
    members: dict[str, Member]
    by_id: dict[str, Member]
    holders: dict[tuple[str, str], tuple[Member, ...]]
    """By role and unit; the empty unit stands for the house. Of a rota: everybody in it."""

    @cached_property
    def days(self) -> Days:
        """The plan's calendar over the time line."""
        return Days(self.plan.calendar)

    @cached_property
    def roster(self) -> Roster:
        """The people of the plan while nothing else is known of the day."""
        return Roster(self.plan, self.days)

    def holders_of(self, role: str, unit: str) -> tuple[Member, ...]:
        """Holder and stand-ins of a role for a unit; nobody for a role the plan does not fill."""
        found = self.holders.get((role, unit))
        return self.holders.get((role, ""), ()) if found is None else found

    def roles_of(self, key: str) -> tuple[str, ...]:
        """The roles somebody holds, then those they stand in for."""
        roles = self.plan.roles.values()
        holding = [role.code for role in roles if self._holds(role, key)]
        standing_in = [role.code for role in roles if key in role.holders]
        return tuple(dict.fromkeys(holding + standing_in))

    def role_of(self, member_id: str) -> str | None:
        """The first role of a person of this plan."""
        member = self.by_id.get(member_id)
        roles = self.roles_of(member.key) if member is not None else ()
        return roles[0] if roles else None

    def _holds(self, role: Role, key: str) -> bool:
        in_turn = self.plan.on_rota(role)
        first = in_turn if role.rota else role.holders[:1]
        return key in first or any(people[:1] == (key,) for people in role.units.values())


def compile_plan(plan: Plan, *, id: str, version: int) -> CompiledPlan:
    """The plan with its tables and the ids of its people."""
    space = dimensions(plan.units)
    sizes = [dimension.size for dimension in space]
    members = {member.key: member for member in _members(plan)}
    return CompiledPlan(
        id=id,
        version=version,
        plan=plan,
        dimensions=space,
        rules=plan.ordered_rules,
        table=Table(sizes, [_masks(space, rule) for rule in plan.ordered_rules]),
        immediate=plan.immediate_rules,
        immediate_table=Table(sizes, [_masks(space, rule) for rule in plan.immediate_rules]),
        members=members,
        by_id={member.id: member for member in members.values()},
        holders={
            (role.code, unit): tuple(members[key] for key in keys)
            for role in plan.roles.values()
            for unit, keys in {"": (*plan.on_rota(role), *role.holders), **role.units}.items()
        },
    )


def _masks(space: tuple[Dimension, ...], rule: Rule) -> tuple[int, ...]:
    return tuple(dimension.mask(rule.when.get(dimension.name, ())) for dimension in space)


def _members(plan: Plan) -> list[Member]:
    persons = [
        Member(ids.person_id(plan.municipality, p.key), p.key, "person", p.name, p.unit)
        for p in plan.persons
    ]
    partners = [
        Member(ids.partner_id(plan.municipality, p.key), p.key, "partner", p.name)
        for p in plan.partners
    ]
    return persons + partners
