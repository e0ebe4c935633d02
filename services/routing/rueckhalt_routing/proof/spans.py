# SPDX-License-Identifier: EUPL-1.2
"""Stretches of time: half-open, in whole UTC seconds, sorted, disjoint, never touching."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Span = tuple[int, int]
Spans = tuple[Span, ...]


def union(spans: Iterable[Span]) -> Spans:
    """All of them together; empty ones vanish, touching ones become one."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def intersect(first: Spans, second: Spans) -> Spans:
    """What lies in both."""
    found: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if start < end:
            found.append((start, end))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def subtract(first: Spans, second: Spans) -> Spans:
    """What of the first lies outside the second."""
    found: list[Span] = []
    j = 0
    for start, end in first:
        at = start
        while j < len(second) and second[j][1] <= at:
            j += 1
        k = j
        while k < len(second) and second[k][0] < end:
            if at < second[k][0]:
                found.append((at, second[k][0]))
            at = max(at, second[k][1])
            k += 1
        if at < end:
            found.append((at, end))
    return tuple(found)


def next_inside(spans: Sequence[Span], instant: int) -> int | None:
    """The instant itself if it lies inside, else the next start; none after the last end."""
    place = bisect_right(spans, (instant, 1 << 62)) - 1
    if place >= 0 and instant < spans[place][1]:
        return instant
    return spans[place + 1][0] if place + 1 < len(spans) else None


def contains(spans: Sequence[Span], instant: int) -> bool:
    """Does the instant lie inside?"""
    return next_inside(spans, instant) == instant
