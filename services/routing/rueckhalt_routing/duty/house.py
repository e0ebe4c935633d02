# SPDX-License-Identifier: EUPL-1.2
"""The house a page or command is about: the plan that counts in a town, its people, its clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty import handlers
from rueckhalt_routing.duty.roster import Roster
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.plan.days import Days
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_shared.database import Transaction


class NoPlan(Exception):
    """No plan counts for this municipality."""


class UnknownKey(Exception):
    """The plan names no such person, rota or entry; `field` says which."""

    def __init__(self, field: str, value: str = "") -> None:
        super().__init__(f"{field}: {value!r} is not known")
        self.field, self.value = field, value


@dataclass(frozen=True)
class House:
    """The plan of a town, own or inherited, and the roster of today."""

    town: str
    compiled: CompiledPlan
    roster: Roster

    @property
    def municipality(self) -> str:
        """The region whose plan it is: its people's rows carry this key."""
        return self.plan.municipality

    @property
    def plan(self) -> Plan:
        """The plan as its authors wrote it."""
        return self.compiled.plan

    @cached_property
    def zone(self) -> ZoneInfo:
        """Whose wall clock the plan means."""
        return ZoneInfo(self.plan.calendar.zone)

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Keys of the persons of the house, by name."""
        persons = sorted(self.plan.persons, key=lambda each: (each.name, each.key))
        return tuple(each.key for each in persons)

    def name(self, key: str) -> str:
        """What somebody is called; the key where the plan names them no longer."""
        member = self.compiled.members.get(key)
        return member.name if member is not None else key

    def key_of(self, person_id: str | None) -> str | None:
        """The key of whoever carries this id, if the plan names them."""
        member = self.compiled.by_id.get(person_id or "")
        return member.key if member is not None and member.kind == "person" else None

    def known(self, person: str, field: str = "person") -> str:
        """The key itself. Raises UnknownKey."""
        if person not in self.people:
            raise UnknownKey(field, person)
        return person

    def choices(self) -> list[tuple[str, str]]:
        """Key and name of everybody, to choose from."""
        return [(key, self.name(key)) for key in self.people]

    def rotas(self) -> Iterable[tuple[str, str]]:
        """Code and title of each rota."""
        return [(code, rota.title or code) for code, rota in self.plan.rotas.items()]

    def wall(self, at: datetime) -> datetime:
        """The wall clock of an instant."""
        return at.astimezone(self.zone).replace(tzinfo=None)


def house_in(tx: Transaction, town: str) -> House:
    """The house of a town as it is now. Raises NoPlan."""
    compiled = plans.live_plan(tx, town)
    if compiled is None:
        raise NoPlan(town)
    facts = handlers.facts(tx, town)
    roster = Roster(compiled.plan, Days(compiled.plan.calendar), facts)
    return House(town, compiled, roster)
