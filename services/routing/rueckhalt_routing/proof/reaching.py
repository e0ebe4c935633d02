# SPDX-License-Identifier: EUPL-1.2
"""Is somebody of a chain there at every instant (B), also without any one person (C), and how long
does it take at worst until a first and a second human know (D)?

A step tells, of each of its targets, the first who is there at that instant; a step with nobody
there gives way to the next one at once. While nobody answers the next step follows after its wait;
where everybody who is there knows, the chain sleeps until somebody else is there. All of it is
worked out on stretches of time, so nothing is sampled.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rueckhalt_routing.proof.spans import Span, Spans, intersect, next_inside, subtract, union

Nobody: frozenset[str] = frozenset()
_FIRST, _LAST = -(1 << 50), 1 << 50


@dataclass(eq=False)
class Way:
    """One target of a step: whom it means in which order, each with when they are there."""

    lanes: tuple[tuple[str, Spans], ...]
    only_new: bool = False
    """Does it tell the first who does not know yet? Otherwise the first, known or not."""
    _told: dict[frozenset[str], tuple[tuple[str, Spans], ...]] = field(
        default_factory=dict, repr=False
    )

    def tells(self, told: frozenset[str]) -> tuple[tuple[str, Spans], ...]:
        """Whom it tells when; the stretches do not overlap."""
        known = told & {person for person, _ in self.lanes} if self.only_new else Nobody
        if known not in self._told:
            self._told[known] = tuple(self._first_of(known))
        return self._told[known]

    def _first_of(self, known: frozenset[str]) -> Iterator[tuple[str, Spans]]:
        taken: Spans = ()
        for person, spans in self.lanes:
            mine = subtract(spans, taken) if taken else spans
            if person in known or not mine:
                continue
            yield person, mine
            taken = union((*taken, *mine)) if taken else mine


@dataclass(eq=False)
class Course:
    """The targets of each step of a chain for one kind of case; the last one is the catch-all."""

    stages: tuple[tuple[Way, ...], ...]
    _new: dict[tuple[frozenset[str], bool], Spans] = field(default_factory=dict, repr=False)

    @cached_property
    def people(self) -> Mapping[str, Spans]:
        """Everybody who may be told, with when they are there."""
        found: dict[str, list[Spans]] = {}
        for way in {way for stage in self.stages for way in stage}:
            for person, spans in way.lanes:
                found.setdefault(person, []).append(spans)
        return {person: _all(lanes) for person, lanes in found.items()}

    def tells_new(self, told: frozenset[str], *, with_last: bool = True) -> Spans:
        """When some step would tell somebody who does not know yet."""
        known = told.intersection(self.people)
        key = (known, with_last)
        if key not in self._new:
            stages = self.stages if with_last else self.stages[:-1]
            if not known and with_last:
                self._new[key] = _all(list(self.people.values()))
            else:
                ways = {way for stage in stages for way in stage}
                lanes = [s for way in ways for p, s in way.tells(known) if p not in known]
                self._new[key] = _all(lanes)
        return self._new[key]


@dataclass(frozen=True)
class Worst:
    """The longest wait, and the first start that waits so long; no seconds: nobody ever knows."""

    seconds: int | None
    at: int


def gaps(need: Spans, course: Course) -> Spans:
    """When nobody of the chain is there although it may be needed (B)."""
    return subtract(need, course.tells_new(Nobody))


def alone(need: Spans, people: Mapping[str, Spans]) -> Iterator[tuple[Span, str]]:
    """When the chain hangs on a single person, and on whom (C), in the order of time."""
    if not need or sum(_is_always(spans, need) for spans in people.values()) > 1:
        return
    marks = sorted(
        (instant, opens, person)
        for person, spans in people.items()
        for span in spans
        for instant, opens in ((span[0], 1), (span[1], 0))  # who goes at an instant goes first
    )
    there: set[str] = set()
    since = 0
    for instant, opens, person in marks:
        if len(there) == 1 and since < instant:
            (only,) = there
            yield from ((span, only) for span in intersect(((since, instant),), need))
        (there.add if opens else there.remove)(person)
        since = instant


def first_wait(need: Spans, course: Course) -> Worst | None:
    """The longest wait until one human knows (D, k = 1); none if nothing is ever needed."""
    if not need:
        return None
    return _longest(Worst(0, need[0][0]), need, course.tells_new(Nobody), after=0)


def second_wait(
    first: Iterable[tuple[int, Spans, frozenset[str]]], course: Course, waits: Sequence[int]
) -> Worst | None:
    """The longest wait until a second human knows, if the first does not react (D, k = 2).

    `first` says who is told first (`first_told`), `waits` how long each step waits; where nobody
    is there is a gap, which is told for itself.
    """
    found: Worst | None = None
    for place, region, told in first:
        for piece, new, after in _after(course, place, region, told=told, wait=waits[place]):
            start = Worst(after, piece[0][0])
            if found is None or (found.seconds is not None and after > found.seconds):
                found = start
            found = _longest(found, piece, new, after=after)
            if found.seconds is None:
                return found
    return found


def first_told(need: Spans, course: Course) -> Iterator[tuple[int, Spans, frozenset[str]]]:
    """Which step tells first when, and whom: the stretches do not overlap and leave out gaps."""
    rest = need
    for place, stage in enumerate(course.stages):
        if not rest:
            return
        empty: list[Span] = []
        for region, told in _in_stage(stage, rest):
            if told:
                yield place, region, told
            else:
                empty.extend(region)
        rest = union(empty)


def _in_stage(stage: tuple[Way, ...], region: Spans) -> list[tuple[Spans, frozenset[str]]]:
    parts: list[tuple[Spans, frozenset[str]]] = [(region, Nobody)]
    for way in stage:
        after: list[tuple[Spans, frozenset[str]]] = []
        for part, told in parts:
            rest = part
            for person, spans in way.tells(told):
                if piece := intersect(rest, spans):
                    after.append((piece, told | {person}))
                    rest = subtract(rest, spans)
            if rest:
                after.append((rest, told))
        parts = after
    return parts


def _after(
    course: Course, place: int, region: Spans, *, told: frozenset[str], wait: int
) -> Iterator[tuple[Spans, Spans, int]]:
    """For starts in a region: when somebody new is told, not before so many seconds."""
    if len(told) > 1:
        yield region, ((_FIRST, _LAST),), 0
    elif place < len(course.stages) - 1:
        yield region, course.tells_new(told), wait
    else:
        yield from _asleep(course, region, told)


def _asleep(
    course: Course, region: Spans, told: frozenset[str]
) -> Iterator[tuple[Spans, Spans, int]]:
    """The catch-all has been told and nobody else is there; a stand-in who is hears when back."""
    others = course.tells_new(told, with_last=False)
    last = [s for way in course.stages[-1] for p, s in way.tells(told) if p not in told]
    for span in _all(last):
        if piece := intersect(region, (span,)):
            again = (back for back in _all(last) if back != span)
            yield piece, union((*others, *again)), 0
    if rest := subtract(region, _all(last)):
        yield rest, course.tells_new(told), 0


def _longest(found: Worst, starts: Spans, new: Spans, *, after: int) -> Worst:
    """A start whose wait is over while nobody new is there waits until somebody is."""
    if found.seconds is None or not starts:
        return found
    bounds = ((starts[0][0] + after, starts[-1][1] + after),)
    if intersect(new, bounds) == bounds:
        return found
    late = tuple((a - after, b - after) for a, b in subtract(((_FIRST, _LAST),), new))
    for start, _ in intersect(starts, late):
        instant = next_inside(new, start + after)
        if instant is None or instant >= _LAST:
            return Worst(None, start)
        if instant - start > found.seconds:
            found = Worst(instant - start, start)
    return found


def _all(lanes: Sequence[Spans]) -> Spans:
    """All of them together, with a short way where one of them holds all the others."""
    lanes = [spans for spans in lanes if spans]
    if not lanes:
        return ()
    first, last = min(s[0][0] for s in lanes), max(s[-1][1] for s in lanes)
    for spans in lanes:
        if spans == ((first, last),):
            return spans
    return lanes[0] if len(lanes) == 1 else union(span for spans in lanes for span in spans)


def _is_always(spans: Spans, need: Spans) -> bool:
    first, last = need[0][0], need[-1][1]
    return any(start <= first and last <= end for start, end in spans)
