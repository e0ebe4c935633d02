# SPDX-License-Identifier: EUPL-1.2
"""Stretches of time and chains of people against a walk that looks at each tick."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_routing.proof.reaching import Telling, alone, gaps, heard_after, worst
from rueckhalt_routing.proof.spans import Spans, contains, intersect, next_inside, subtract, union

END = 30
pairs = st.tuples(st.integers(0, END), st.integers(0, END))
spans = st.lists(pairs, max_size=5).map(union)
PEOPLE = ("anna", "bernd", "clara")


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


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[Telling], dict[str, Spans]]:
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    reach = {person: draw(spans) for person in people}
    waits = [0, *(draw(st.integers(0, 8)) for _ in people[1:])]
    return [Telling(p, sum(waits[: i + 1])) for i, p in enumerate(people)], reach


@given(chains(), spans)
def test_gaps_are_the_ticks_at_which_nobody_is_reachable(
    chain: tuple[list[Telling], dict[str, Spans]], need: Spans
) -> None:
    tellings, reach = chain

    expected = {t for t in ticks(need) if not any(t in ticks(reach[c.person]) for c in tellings)}
    assert ticks(gaps(need, tellings, reach)) == expected


@given(chains(), spans)
def test_a_chain_hangs_on_one_person_where_only_that_one_is_reachable(
    chain: tuple[list[Telling], dict[str, Spans]], need: Spans
) -> None:
    tellings, reach = chain

    told = {(tick, who) for span, who in alone(need, tellings, reach) for tick in ticks((span,))}

    there = {t: [c.person for c in tellings if t in ticks(reach[c.person])] for t in ticks(need)}
    assert told == {(tick, who[0]) for tick, who in there.items() if len(who) == 1}


@given(chains(), spans, st.integers(1, 3))
def test_the_worst_wait_is_the_longest_of_all_starts(
    chain: tuple[list[Telling], dict[str, Spans]], need: Spans, count: int
) -> None:
    tellings, reach = chain

    found = worst(need, tellings, reach, count=count, promise=4)

    walked = {start: walk(tellings, reach, start, count) for start in ticks(need)}
    if not walked:
        assert found is None
        return
    assert found is not None
    assert found.seconds == walked[found.at]
    known = [seconds for seconds in walked.values() if seconds is not None]
    never = any(seconds is None for seconds in walked.values())
    assert found.seconds == (None if never else max(known))
    late = [start for start, s in walked.items() if s is None or s > 4]
    assert found.late_at == min(late, default=None)


@given(chains(), st.integers(0, END), st.integers(1, 3))
def test_being_told_again_in_later_rounds_makes_nobody_hear_earlier(
    chain: tuple[list[Telling], dict[str, Spans]], start: int, count: int
) -> None:
    tellings, reach = chain
    period = tellings[-1].after + 1
    rounds = [Telling(t.person, t.after + n * period) for n in range(4) for t in tellings]

    assert heard_after(tellings, reach, start, count=count) == walk(rounds, reach, start, count)


def walk(tellings: list[Telling], reach: dict[str, Spans], start: int, count: int) -> int | None:
    """Wait tick by tick until so many people have heard."""
    open_ticks = {person: ticks(spans) for person, spans in reach.items()}
    heard: set[str] = set()
    for now in range(start, END + 1):
        heard |= {
            telling.person
            for telling in tellings
            if start + telling.after <= now and now in open_ticks[telling.person]
        }
        if len(heard) >= count:
            return now - start
    return None
