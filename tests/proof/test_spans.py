# SPDX-License-Identifier: EUPL-1.2
"""Stretches of time against sets of ticks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_routing.proof.spans import Spans, contains, intersect, next_inside, subtract, union

END = 30
pairs = st.tuples(st.integers(0, END), st.integers(0, END))
spans = st.lists(pairs, max_size=5).map(union)


def ticks(given_spans: Spans) -> set[int]:
    return {tick for start, end in given_spans for tick in range(start, end)}


@given(st.lists(pairs, max_size=6))
def test_a_union_is_sorted_and_disjoint_and_holds_what_its_parts_hold(
    parts: list[tuple[int, int]],
) -> None:
    found = union(parts)

    assert ticks(found) == {tick for a, b in parts for tick in range(a, b)}
    assert all(a < b for a, b in found)
    assert all(first[1] < second[0] for first, second in pairwise(found))


@given(spans, spans)
def test_intersecting_and_subtracting_agree_with_sets(first: Spans, second: Spans) -> None:
    assert ticks(intersect(first, second)) == ticks(first) & ticks(second)
    assert ticks(subtract(first, second)) == ticks(first) - ticks(second)


@given(spans, st.integers(-1, END + 1))
def test_the_next_instant_inside_is_found(given_spans: Spans, instant: int) -> None:
    expected = min((t for t in ticks(given_spans) if t >= instant), default=None)

    assert next_inside(given_spans, instant) == expected
    assert contains(given_spans, instant) == (instant in ticks(given_spans))
