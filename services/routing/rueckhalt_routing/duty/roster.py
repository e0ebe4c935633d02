# SPDX-License-Identifier: EUPL-1.2
"""Who is on duty at an instant and over a stretch of time, and who is there. Pure.

Later layers win: the rota in turn < its stand-ins < swaps and overrides < absences < the emergency
roster. The router and the proof ask the same functions: an instant is looked up in the stretches.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Protocol

from rueckhalt_routing.duty.domain import CHANGES, EMERGENCY, NO_FACTS, Change, Facts
from rueckhalt_routing.plan.domain import Plan, Rota, Term, Window
from rueckhalt_routing.proof.spans import Span, Spans, subtract, union

HOLDER, STAND_IN, ROTA = "holder", "stand_in", "rota"
AWAY, LEFT, UNREACHABLE, NOT_WITH_US, NOT_READING = "away", "left", "unreachable", "term", "hours"
NOBODY_ON_DUTY, ROTA_ENDED, ROTA_TO_COME = "no_duty", "rota_ended", "rota_to_come"
_FAR = 1 << 40
_CHUNK = 28 * 86400


class Timeline(Protocol):
    """What the roster asks of a calendar."""

    def instant(self, wall: datetime) -> int:
        """The first instant whose wall clock reads at least this time."""

    def class_at(self, instant: int) -> str:
        """The time class of an instant, crises apart."""

    def classes(self, within: Span) -> Mapping[str, Spans]:
        """When it is which time class."""

    def windows(self, windows: tuple[Window, ...], within: Span) -> Spans:
        """When one of these windows is open."""


@dataclass(frozen=True)
class Duty:
    """Somebody who is to be told, by what, and in place of whom."""

    person: str
    because: str
    """holder | stand_in | rota | swap | override | emergency"""
    instead_of: str | None = None

    @property
    def is_duty(self) -> bool:
        """Is it a duty by rota? Then notices are read at any hour."""
        return self.because not in (HOLDER, STAND_IN)


@dataclass(frozen=True)
class Shift:
    """From start to before end these are to be told, the first of them who is there."""

    start: int
    end: int
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Missing:
    """Why somebody is not there, and until when (none: for good, or nobody knows)."""

    cause: str
    until: int | None = None


@dataclass
class Roster:
    """The people of one plan with the facts of the day. Remembers what it was asked."""

    plan: Plan
    days: Timeline
    facts: Facts = NO_FACTS
    _shifts: dict[tuple[str, Span], tuple[Shift, ...]] = field(default_factory=dict, repr=False)
    _absent: dict[str, Spans] = field(default_factory=dict, repr=False)
    _terms: dict[str, Span] = field(default_factory=dict, repr=False)

    def on_duty(self, rota: str, at: int) -> tuple[Duty, ...]:
        """Who has the duty of a rota at an instant, in the order in which they are told."""
        chunk = at // _CHUNK * _CHUNK
        shifts = self.shifts(rota, (chunk, chunk + _CHUNK))
        place = bisect_right(shifts, at, key=lambda shift: shift.start) - 1
        return shifts[place].duties if place >= 0 and at < shifts[place].end else ()

    def shifts(self, rota: str, within: Span) -> tuple[Shift, ...]:
        """Who has the duty of a rota, stretch by stretch; where nobody has it, there is none."""
        key = (rota, within)
        if key not in self._shifts:
            changes = [c for c in self.facts.changes if c.rota == rota and c.person in self._people]
            self._shifts[key] = tuple(_layered(self.plan.rotas[rota], self.days, within, changes))
        return self._shifts[key]

    def holders(self, role: str, unit: str, at: int) -> tuple[Duty, ...]:
        """Who holds a role for a unit at an instant: holder or duty first, then the stand-ins."""
        found = self.plan.roles.get(role)
        if found is None:
            return ()
        if not found.is_rotating(unit):
            return held(found.units.get(unit, found.holders))
        return _behind(self.on_duty(found.rota or "", at), found.holders)

    def holder_shifts(self, role: str, unit: str, within: Span) -> tuple[Shift, ...]:
        """The same, stretch by stretch."""
        found = self.plan.roles.get(role)
        if found is None:
            return ()
        if not found.is_rotating(unit):
            return (Shift(*within, held(found.units.get(unit, found.holders))),)
        alone = tuple(Duty(key, STAND_IN) for key in found.holders)
        return tuple(
            Shift(start, end, _behind(duties, found.holders) if duties else alone)
            for start, end, duties in _filled(self.shifts(found.rota or "", within), within)
        )

    def is_there(self, duty: Duty, at: int) -> bool:
        """Can somebody be told at an instant?"""
        return self.missing(duty, at) is None

    def missing(self, duty: Duty, at: int) -> Missing | None:
        """Why somebody cannot be told at an instant; none if they can."""
        key = duty.person
        start, end = self._term_of(key)
        if not start <= at < end:
            return Missing(NOT_WITH_US, start if at < start else None)
        for cause, since in ((LEFT, self._left(key)), (UNREACHABLE, self._unreachable(key))):
            if at >= since:
                return Missing(cause)
        if duty.because != EMERGENCY:
            for span in self._absent_of(key):
                if span[0] <= at < span[1]:
                    return Missing(AWAY, span[1])
        reads = self._reads(key)
        if reads and not duty.is_duty and self.days.class_at(at) not in reads:
            return Missing(NOT_READING)
        return None

    def there(self, duty: Duty, within: Span) -> Spans:
        """When somebody can be told as holder or stand-in, on duty, or by the emergency roster."""
        key = duty.person
        start, end = self._term_of(key)
        end = min(end, self._left(key), self._unreachable(key), within[1])
        found = union([(max(start, within[0]), end)])
        if duty.because != EMERGENCY:
            found = subtract(found, self._absent_of(key))
        reads = self._reads(key)
        if reads and not duty.is_duty:
            classes = self.days.classes(within)
            open_ = union(span for name in reads for span in classes.get(name, ()))
            found = subtract(found, subtract((within,), open_))
        return found

    def no_duty(self, rota: str, at: int) -> Missing | None:
        """Why nobody has the duty of a rota at an instant; none if somebody has."""
        if self.on_duty(rota, at):
            return None
        found = self.plan.rotas[rota]
        if at < (starts := self.days.instant(found.starts)):
            return Missing(ROTA_TO_COME, starts)
        if found.ends is not None and at >= self.days.instant(found.ends):
            return Missing(ROTA_ENDED)
        return Missing(NOBODY_ON_DUTY)

    def changes_between(self, start: int, end: int) -> list[int]:
        """The instants after `start` and before `end` at which somebody may come or go."""
        within = (start, end)
        found: set[int] = set()
        for key, term in self._people.items():
            spans = (*self._absent_of(key), self._term_of(key))
            found.update(mark for span in spans for mark in span)
            found.update((self._left(key), self._unreachable(key)))
            for name in term.reachable:
                found.update(m for s in self.days.classes(within).get(name, ()) for m in s)
        for rota in self.plan.rotas:
            for shift in self.shifts(rota, within):
                found.update((shift.start, shift.end))
        return sorted(mark for mark in found if start < mark < end)

    def differing(self, other: "Roster") -> frozenset[str]:
        """Whose own presence differs between two rosters of one plan, beside the rotas."""
        mine, theirs = self.facts, other.facts
        found = {each.person for each in {*mine.away} ^ {*theirs.away}}
        found |= {each.person for each in {*mine.unreachable} ^ {*theirs.unreachable}}
        found |= {key for key, _ in {*mine.left.items()} ^ {*theirs.left.items()}}
        return frozenset(found)

    def rotas_differing(self, other: "Roster") -> frozenset[str]:
        """The rotas that have other changes in another roster of the same plan."""
        return frozenset(each.rota for each in {*self.facts.changes} ^ {*other.facts.changes})

    def is_crisis(self, at: int) -> bool:
        """Has a crisis been declared?"""
        return any(
            _seconds(each.start) <= at and (each.end is None or at < _seconds(each.end))
            for each in self.facts.crises
        )

    def _left(self, key: str) -> int:
        return _seconds(self.facts.left[key]) if key in self.facts.left else _FAR

    def _unreachable(self, key: str) -> int:
        return self._out_of_reach.get(key, _FAR)

    def _absent_of(self, key: str) -> Spans:
        if key not in self._absent:
            instant = self.days.instant
            planned = [
                (instant(a.start), instant(a.end)) for a in self.plan.absences if a.person == key
            ]
            told = [
                (_seconds(a.start), _seconds(a.end)) for a in self.facts.away if a.person == key
            ]
            self._absent[key] = union(planned + told)
        return self._absent[key]

    def _term_of(self, key: str) -> Span:
        if key not in self._terms:
            self._terms[key] = self._term(self._term_named(key))
        return self._terms[key]

    def _term(self, term: Term) -> Span:
        first, last = term.first_day, term.last_day
        after = datetime.combine(last + timedelta(days=1), time(0)) if last else None
        return (
            self.days.instant(datetime.combine(first, time(0))) if first else -_FAR,
            self.days.instant(after) if after else _FAR,
        )

    def _reads(self, key: str) -> tuple[str, ...]:
        return self._term_named(key).reachable

    def _term_named(self, key: str) -> Term:
        return self._people.get(key, Term())

    def __post_init__(self) -> None:
        self._people = {each.key: each.term for each in self.plan.partners}
        self._people |= {each.key: each.term for each in self.plan.persons}
        self._out_of_reach: dict[str, int] = {}
        for each in self.facts.unreachable:
            known = self._out_of_reach.get(each.person, _FAR)
            self._out_of_reach[each.person] = min(known, _seconds(each.since))


def held(keys: Iterable[str]) -> tuple[Duty, ...]:
    """A holder and the stand-ins, as they stand in the plan."""
    return tuple(Duty(key, STAND_IN if place else HOLDER) for place, key in enumerate(keys))


def _behind(duties: tuple[Duty, ...], stand_ins: Iterable[str]) -> tuple[Duty, ...]:
    known = {duty.person for duty in duties}
    return (*duties, *(Duty(key, STAND_IN) for key in stand_ins if key not in known))


def _layered(rota: Rota, days: Timeline, within: Span, changes: list[Change]) -> Iterator[Shift]:
    turns = list(_turns(rota, days, within))
    if not changes:
        for start, end, group in turns:
            yield Shift(start, end, _duties(rota, group, ()))
        return
    marks = {within[0], within[1], *(mark for turn in turns for mark in turn[:2])}
    spans = [(_seconds(each.start), _seconds(each.end), each) for each in changes]
    marks |= {mark for span in spans for mark in span[:2] if within[0] < mark < within[1]}
    ordered, place = sorted(marks), 0
    for start, end in pairwise(ordered):
        while place < len(turns) and turns[place][1] <= start:
            place += 1
        is_turn = place < len(turns) and turns[place][0] <= start
        active = [each for since, until, each in spans if since <= start < until]
        duties = _duties(rota, turns[place][2] if is_turn else (), active)
        if duties:
            yield Shift(start, end, duties)


def _duties(rota: Rota, group: tuple[str, ...], changes: Iterable[Change]) -> tuple[Duty, ...]:
    duties = [Duty(key, ROTA) for key in group]
    for change in sorted(changes, key=lambda each: (CHANGES.index(each.kind), each.start)):
        duties = _changed(duties, change)
    return _behind(tuple(duties), rota.stand_ins) if duties else ()


def _changed(duties: list[Duty], change: Change) -> list[Duty]:
    """With somebody in place of one of them, or of all; an emergency keeps the others behind."""
    out = change.instead_of
    if out is not None and out not in {duty.person for duty in duties}:
        return duties
    first = duties[0].person if duties else None
    new = Duty(change.person, change.kind, out or first)
    others = [duty for duty in duties if duty.person not in (out, change.person)]
    if change.kind == EMERGENCY:
        return [new, *others]
    if out is None:
        return [new]
    place = [duty.person for duty in duties].index(out)
    ahead = [duty for duty in duties[:place] if duty.person != change.person]
    return [*ahead, new, *(duty for duty in others if duty not in ahead)]


def _turns(rota: Rota, days: Timeline, within: Span) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Whose turn it is while a window is open: the windows cut at each handover."""
    starts = days.instant(rota.starts)
    ends = days.instant(rota.ends) if rota.ends else _FAR
    first, last = max(within[0], starts), min(within[1], ends)
    if first >= last:
        return
    number = _turn_at(rota, days, first)
    handover = days.instant(rota.starts + (number + 1) * rota.every)
    for start, end in days.windows(rota.windows, within):
        at, close = max(start, first), min(end, last)
        while at < close:
            while handover <= at:
                number += 1
                handover = days.instant(rota.starts + (number + 1) * rota.every)
            until = min(close, handover)
            yield at, until, rota.groups[number % len(rota.groups)]
            at = until


def _turn_at(rota: Rota, days: Timeline, at: int) -> int:
    """How many handovers lie behind an instant; clocks that change are at most a day's worth."""
    starts = days.instant(rota.starts)
    number = max(0, (at - starts) // int(rota.every.total_seconds()) - 1 - 86400 // _every(rota))
    while days.instant(rota.starts + (number + 1) * rota.every) <= at:
        number += 1
    return number


def _every(rota: Rota) -> int:
    return int(rota.every.total_seconds())


def _filled(shifts: tuple[Shift, ...], within: Span) -> Iterator[tuple[int, int, tuple[Duty, ...]]]:
    """The shifts, and the stretches between them without a duty."""
    at = within[0]
    for shift in shifts:
        if at < shift.start:
            yield at, shift.start, ()
        yield shift.start, shift.end, shift.duties
        at = shift.end
    if at < within[1]:
        yield at, within[1], ()


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
