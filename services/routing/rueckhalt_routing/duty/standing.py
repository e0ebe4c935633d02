# SPDX-License-Identifier: EUPL-1.2
"""Who is it now, until when, who stands behind, who is next: for roles, rotas and chains. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rueckhalt_routing.duty.house import House
from rueckhalt_routing.duty.roster import HOLDER, STAND_IN, Duty, Missing, Roster, Shift, held
from rueckhalt_routing.plan.domain import CATCH_ALL, Target
from rueckhalt_routing.proof.spans import Span

AHEAD = 28 * 86400
"""How far "who is next" looks."""


@dataclass(frozen=True)
class Lead:
    """From start to before end: who is told first, who stands behind, who of them is not there."""

    start: int
    end: int
    first: Duty | None
    behind: tuple[Duty, ...] = ()
    missing: tuple[tuple[Duty, Missing], ...] = ()

    def is_like(self, other: "Lead") -> bool:
        """Are it the same people for the same causes?"""
        mine, theirs = self._causes(), other._causes()
        return (self.first, self.behind, mine) == (other.first, other.behind, theirs)

    def _causes(self) -> tuple[tuple[Duty, str], ...]:
        return tuple((duty, why.cause) for duty, why in self.missing)


@dataclass(frozen=True)
class Standing:
    """A role or a rota at an instant: now, and whoever comes next with the instant."""

    code: str
    unit: str
    now: Lead
    next: Lead | None

    @property
    def until(self) -> int | None:
        """Until when it is who it is now; None: longer than we look."""
        return self.next.start if self.next is not None else None


def standings(house: House, at: int) -> tuple[Standing, ...]:
    """Every role of the plan at an instant, and per unit where units have holders of their own."""
    found = []
    for code, role in house.plan.roles.items():
        for unit in ("", *role.units):
            shifts = house.roster.holder_shifts(code, unit, (at, at + AHEAD))
            found.append(_standing(house.roster, (code, unit), shifts, at))
    return tuple(found)


def rota_standings(house: House, at: int) -> tuple[Standing, ...]:
    """Every rota of the plan at an instant. Outside of its hours nobody has it, as it should be."""
    within = (at, at + AHEAD)
    return tuple(
        _standing(house.roster, (code, ""), house.roster.shifts(code, within), at)
        for code in house.plan.rotas
    )


def _standing(roster: Roster, what: tuple[str, str], shifts: Sequence[Shift], at: int) -> Standing:
    found = tuple(leads(roster, shifts, (at, at + AHEAD)))
    now = found[0] if found and found[0].start <= at else Lead(at, at, None)
    person = now.first.person if now.first else None
    later = (each for each in found if each.start > at)
    following = next((each for each in later if _person(each) != person), None)
    return Standing(*what, now, following)


def _person(lead: Lead) -> str | None:
    return lead.first.person if lead.first is not None else None


def leads(roster: Roster, shifts: Sequence[Shift], within: Span) -> Iterator[Lead]:
    """The shifts cut where somebody goes or comes back; alike neighbours are one."""
    last: Lead | None = None
    for shift in shifts:
        for each in _cut(roster, shift, within):
            if last is not None and last.end == each.start and last.is_like(each):
                last = Lead(last.start, each.end, last.first, last.behind, last.missing)
                continue
            if last is not None:
                yield last
            last = each
    if last is not None:
        yield last


def _cut(roster: Roster, shift: Shift, within: Span) -> Iterator[Lead]:
    marks = {shift.start, shift.end}
    for duty in shift.duties:
        for span in roster.there(duty, within):
            marks |= {mark for mark in span if shift.start < mark < shift.end}
    for start, end in pairwise(sorted(marks)):
        there = [duty for duty in shift.duties if roster.is_there(duty, start)]
        first = there[0] if there else None
        ahead = shift.duties[: shift.duties.index(first)] if first else shift.duties
        missing = ((duty, roster.missing(duty, start)) for duty in ahead)
        yield Lead(
            start,
            end,
            first,
            tuple(there[1:]),
            tuple((duty, why) for duty, why in missing if why is not None),
        )


# ------------------------------------------------------------------------------------ chains
@dataclass(frozen=True)
class Asked:
    """One target of a step, and who is told for it at an instant."""

    target: Target
    duty: Duty | None


def chain_at(house: House, code: str, at: int) -> tuple[tuple[Asked, ...], ...]:
    """Whom each step of a chain tells at an instant, whatever the urgency."""
    steps = (*(step.targets for step in house.plan.chains[code].steps), _LAST)
    return tuple(
        tuple(Asked(target, _of_target(house, target, at)) for target in targets)
        for targets in steps
    )


_LAST = (Target(CATCH_ALL, ""),)


def _of_target(house: House, target: Target, at: int) -> Duty | None:
    roster, plan = house.roster, house.plan
    if target.kind == "role":
        return _first(roster, roster.holders(target.key, "", at), at)
    if target.kind == "stand_in":
        return _first(roster, roster.holders(target.key, "", at)[1:], at)
    if target.kind == "rota":
        return _first(roster, roster.on_duty(target.key, at), at)
    if target.kind == CATCH_ALL:
        return _first(roster, held((plan.catch_all.person, plan.catch_all.stand_in)), at)
    return _first(roster, (Duty(target.key, HOLDER),), at)


def _first(roster: Roster, duties: Sequence[Duty], at: int) -> Duty | None:
    return next((duty for duty in duties if roster.is_there(duty, at)), None)


# ---------------------------------------------------------------------------- one's own duty
@dataclass(frozen=True)
class OwnDuty:
    """A stretch of a rota that somebody has to do; not the first: they stand behind."""

    rota: str
    start: int
    end: int
    because: str
    is_first: bool


def duties_of(house: House, key: str, within: Span) -> tuple[OwnDuty, ...]:
    """What somebody has to do by the rotas, by its begin. Stand-ins are told when it is needed."""
    found = []
    for code in house.plan.rotas:
        for shift in house.roster.shifts(code, within):
            for place, duty in enumerate(shift.duties):
                if duty.person == key and duty.because != STAND_IN:
                    found.append(OwnDuty(code, shift.start, shift.end, duty.because, not place))
    return tuple(sorted(found, key=lambda each: (each.start, each.rota)))


def load_of(house: House, rota: str, within: Span) -> dict[str, int]:
    """Seconds of duty of each person, by key: for the person and for whoever plans, no ranking."""
    found: dict[str, int] = {}
    for shift in house.roster.shifts(rota, within):
        if shift.duties:
            key = shift.duties[0].person
            found[key] = found.get(key, 0) + shift.end - shift.start
    return found
