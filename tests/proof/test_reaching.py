# SPDX-License-Identifier: EUPL-1.2
"""B, C and D on stretches of time against a chain that is walked tick by tick."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rueckhalt_routing.proof.reaching import (
    Course,
    Way,
    alone,
    first_told,
    first_wait,
    gaps,
    second_wait,
)
from rueckhalt_routing.proof.spans import Spans, union

END, FAR = 30, 80
PEOPLE = ("anna", "bernd", "clara", "david")
pairs = st.tuples(st.integers(0, END), st.integers(0, END))
spans = st.lists(pairs, max_size=4).map(union)


@st.composite
def courses(draw: st.DrawFn) -> tuple[Course, tuple[int, ...]]:
    """Up to three steps of up to two targets, then the catch-all pair."""
    steps = []
    for _ in range(draw(st.integers(0, 3))):
        ways = [draw(ways_()) for _ in range(draw(st.integers(1, 2)))]
        steps.append(tuple(ways))
    pair = draw(st.permutations(PEOPLE))[:2]
    last = Way(tuple((person, draw(spans)) for person in pair), only_new=True)
    waits = tuple(draw(st.integers(1, 8)) for _ in range(len(steps) + 1))
    return Course((*steps, (last,))), waits


@st.composite
def ways_(draw: st.DrawFn) -> Way:
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3))
    lanes = tuple((person, draw(spans)) for person in people)
    return Way(lanes, only_new=draw(st.booleans()))


def ticks(given_spans: Spans) -> set[int]:
    return {tick for start, end in given_spans for tick in range(start, end)}


def there(way: Way, at: int) -> list[str]:
    return [person for person, lane in way.lanes if at in ticks(lane)]


def newly(course: Course, place: int, at: int, told: frozenset[str]) -> set[str]:
    """Whom a step tells who does not know yet, target by target."""
    found: set[str] = set()
    for way in course.stages[place]:
        people = [p for p in there(way, at) if not way.only_new or p not in told | found]
        found |= set(people[:1]) - told
    return found


def asleep(course: Course, at: int, told: frozenset[str], since: int) -> set[str]:
    """Who is told while the chain sleeps: anybody new, of the catch-all whoever has come back."""
    for place in range(len(course.stages) - 1):
        if found := newly(course, place, at, told):
            return found
    last = course.stages[-1][0]
    fresh = newly(course, len(course.stages) - 1, at, told)
    gone = any(set(there(last, tick)).isdisjoint(fresh) for tick in range(since, at))
    return fresh if gone else set()


def walk(course: Course, waits: tuple[int, ...], start: int, count: int) -> int | None:
    """Ticks until so many people know, while nobody answers."""
    told: frozenset[str] = frozenset()
    at, place, last = start, -1, len(course.stages) - 1
    while at < FAR:
        order = [*range(place + 1, last + 1), *range(place + 1)]
        step = next((n for n in order if n <= last and newly(course, n, at, told)), None)
        if step is None or place == last:
            break
        told, place = told | newly(course, step, at, told), step
        if len(told) >= count:
            return at - start
        if step == last:
            break
        at += waits[step]
    since = at
    while at < FAR:
        if found := asleep(course, at, told, since):
            told |= found
            if len(told) >= count:
                return at - start
        at += 1
    return None


@given(courses(), spans)
@settings(max_examples=300, deadline=None)
def test_a_gap_is_where_no_step_tells_anybody(
    chain: tuple[Course, tuple[int, ...]], need: Spans
) -> None:
    course, waits = chain

    expected = {tick for tick in ticks(need) if walk(course, waits, tick, 1) != 0}

    assert ticks(gaps(need, course)) == expected


@given(courses(), spans)
@settings(max_examples=300, deadline=None)
def test_the_longest_wait_for_a_first_human_is_that_of_the_walk(
    chain: tuple[Course, tuple[int, ...]], need: Spans
) -> None:
    course, waits = chain

    found = first_wait(need, course)

    walked = {tick: walk(course, waits, tick, 1) for tick in ticks(need)}
    if not walked:
        assert found is None
        return
    assert found is not None
    assert found.seconds == walked[found.at]
    never = None in walked.values()
    assert found.seconds == (None if never else max(w for w in walked.values() if w is not None))


@given(courses(), spans)
@settings(max_examples=500, deadline=None)
def test_the_longest_wait_for_a_second_human_is_that_of_the_walk(
    chain: tuple[Course, tuple[int, ...]], need: Spans
) -> None:
    course, waits = chain

    found = second_wait(list(first_told(need, course)), course, waits)

    covered = ticks(need) - ticks(gaps(need, course))
    walked = {tick: walk(course, waits, tick, 2) for tick in covered}
    if not walked:
        assert found is None
        return
    assert found is not None
    assert found.seconds == walked[found.at]
    never = None in walked.values()
    assert found.seconds == (None if never else max(w for w in walked.values() if w is not None))


@given(courses(), spans)
@settings(max_examples=200, deadline=None)
def test_a_chain_hangs_on_one_person_where_only_that_one_is_there(
    chain: tuple[Course, tuple[int, ...]], need: Spans
) -> None:
    people = chain[0].people

    told = {(tick, who) for span, who in alone(need, people) for tick in ticks((span,))}

    here = {tick: [p for p in people if tick in ticks(people[p])] for tick in ticks(need)}
    assert told == {(tick, who[0]) for tick, who in here.items() if len(who) == 1}
