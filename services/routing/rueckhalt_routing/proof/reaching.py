# SPDX-License-Identifier: EUPL-1.2
"""Is somebody of a chain reachable at every instant (B), also without any one person (C), and how
long does it take at worst until a human knows (D)?

A chain tells its people one after another at fixed distances while nobody takes over; whoever is
away then hears of it when they are back. So the k-th human knows at the k-th smallest of "next
time reachable after being told", and being told again in a later round never makes that earlier.
"""

from bisect import insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rueckhalt_routing.proof.spans import (
    Span,
    Spans,
    contains,
    intersect,
    next_inside,
    subtract,
    union,
)


@dataclass(frozen=True)
class Telling:
    """A person of a chain, and how many seconds after its start they are told."""

    person: str
    after: int


@dataclass(frozen=True)
class Worst:
    """The longest wait and the first start that waits so long; no seconds: nobody ever knows.

    `late_at` is the first start whose wait is longer than promised.
    """

    seconds: int | None
    at: int
    late_at: int | None = None


def gaps(need: Spans, tellings: Sequence[Telling], reach: Mapping[str, Spans]) -> Spans:
    """When nobody of the chain is reachable although it may be needed (B)."""
    people = {telling.person for telling in tellings}
    return subtract(need, union(span for person in people for span in reach[person]))


def alone(
    need: Spans, tellings: Sequence[Telling], reach: Mapping[str, Spans]
) -> Iterator[tuple[Span, str]]:
    """When the chain hangs on a single person, and on whom (C), in the order of time."""
    people = {telling.person for telling in tellings}
    if sum(_is_always(reach[person], need) for person in people) > 1:
        return
    marks = sorted(
        (instant, opens, person)
        for person in people
        for span in reach[person]
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


def _is_always(spans: Spans, need: Spans, *, after: int = 0) -> bool:
    """Is somebody who is told so much later reachable whatever the start?"""
    if not need:
        return True
    first, last = need[0][0] + after, need[-1][1] + after
    return any(start <= first and last <= end for start, end in spans)


def heard_after(
    tellings: Sequence[Telling], reach: Mapping[str, Spans], start: int, *, count: int
) -> int | None:
    """Seconds until so many people know, if the chain starts then and nobody answers.

    `tellings` stand in the order in which people are told.
    """
    heard: list[int] = []
    for telling in tellings:
        if len(heard) >= count and start + telling.after >= heard[count - 1]:
            break  # whoever is told this late cannot be among the first any more
        instant = next_inside(reach[telling.person], start + telling.after)
        if instant is not None:
            insort(heard, instant)
    return heard[count - 1] - start if len(heard) >= count else None


def worst(
    need: Spans,
    tellings: Sequence[Telling],
    reach: Mapping[str, Spans],
    *,
    count: int,
    promise: int,
) -> Worst | None:
    """The longest of these waits over all starts in need (D); none if nothing is ever needed.

    Between two ends of somebody's reachability the wait is constant or shrinks, and stretches are
    half-open, so it is longest exactly where a need begins or where somebody, told then, has just
    become unreachable. No sampling.
    """
    tellings = _that_matter(need, tellings, reach, count=count)
    starts = {start for start, _ in need}
    for telling in tellings:
        starts.update(end - telling.after for _, end in reach[telling.person])
    longest, at, late_at = -1, 0, None
    for start in sorted(starts):
        if not contains(need, start):
            continue
        seconds = heard_after(tellings, reach, start, count=count)
        if late_at is None and (seconds is None or seconds > promise):
            late_at = start
        if seconds is None:
            return Worst(None, start, late_at)
        if seconds > longest:
            longest, at = seconds, start
    return Worst(longest, at, late_at) if longest >= 0 else None


def _that_matter(
    need: Spans, tellings: Sequence[Telling], reach: Mapping[str, Spans], *, count: int
) -> Sequence[Telling]:
    """Without those who are told after enough others know for certain."""
    certain = sorted(
        telling.after
        for telling in tellings
        if _is_always(reach[telling.person], need, after=telling.after)
    )
    if len(certain) < count:
        return tellings
    return [telling for telling in tellings if telling.after <= certain[count - 1]]
