# SPDX-License-Identifier: EUPL-1.2
"""Who is on duty: the layers, the clock changes, and every instant against a plain count."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty.domain import (
    EMERGENCY,
    OVERRIDE,
    SWAP,
    Away,
    Change,
    Crisis,
    Facts,
    Unreachable,
)
from rueckhalt_routing.duty.roster import Duty, Roster
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.days import Days
from rueckhalt_routing.plan.domain import HOLIDAY, Absence, Calendar, Plan, Rota, Term, Window

BERLIN = ZoneInfo("Europe/Berlin")
PLAN = read_plan(sample_plan())[0]
KEYS = tuple(person.key for person in PLAN.persons)[:5]
ANNA, BERND, CLARA, DAVID, EVA = KEYS
DAY = timedelta(days=1)


def rota(**changes: object) -> Rota:
    """Anna, Bernd and Clara in turn, a day each, from Monday morning on."""
    given: dict[str, object] = {
        "code": "nacht",
        "groups": ((ANNA,), (BERND,), (CLARA,)),
        "every": DAY,
        "starts": wall("2026-11-30 08:00"),
    }
    return Rota(**(given | changes))  # type: ignore[arg-type]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def at(text: str, *, fold: int = 0) -> int:
    """A wall clock in Berlin as an instant."""
    return int(wall(text).replace(tzinfo=BERLIN, fold=fold).timestamp())


def utc(text: str) -> datetime:
    return datetime.fromtimestamp(at(text), UTC)


def roster(
    of: Rota | None = None, facts: Facts | None = None, *, calendar: Calendar | None = None
) -> Roster:
    plan = replace(PLAN, rotas={"nacht": of or rota()}, calendar=calendar or PLAN.calendar)
    return Roster(plan, Days(plan.calendar), facts or Facts())


def change(kind: str, person: str, instead_of: str | None = None) -> Change:
    """Somebody else on the first day from noon to the evening."""
    return Change(
        rota="nacht",
        start=utc("2026-11-30 12:00"),
        end=utc("2026-11-30 18:00"),
        person=person,
        instead_of=instead_of,
        kind=kind,
    )


def people(duties: tuple[Duty, ...]) -> list[str]:
    return [duty.person for duty in duties]


def who(found: Roster, text: str) -> list[str]:
    return people(found.on_duty("nacht", at(text)))


def test_turns_change_at_the_handover_and_not_before() -> None:
    found = roster()

    assert who(found, "2026-11-30 07:59") == []
    assert who(found, "2026-11-30 08:00") == [ANNA]
    assert who(found, "2026-12-01 07:59") == [ANNA]
    assert who(found, "2026-12-01 08:00") == [BERND]
    assert who(found, "2026-12-03 08:00") == [ANNA]


@pytest.mark.parametrize(
    ("kind", "person", "instead", "expected"),
    [
        (SWAP, DAVID, ANNA, [DAVID]),
        (SWAP, DAVID, BERND, [ANNA]),
        (OVERRIDE, DAVID, None, [DAVID]),
        (EMERGENCY, DAVID, None, [DAVID, ANNA]),
        (EMERGENCY, DAVID, ANNA, [DAVID]),
    ],
)
def test_a_change_stands_over_the_rota_while_it_lasts(
    kind: str, person: str, instead: str | None, expected: list[str]
) -> None:
    found = roster(facts=Facts(changes=(change(kind, person, instead),)))

    assert who(found, "2026-11-30 12:00") == expected
    assert who(found, "2026-11-30 11:59") == who(found, "2026-11-30 18:00") == [ANNA]


def test_each_layer_says_what_it_is_and_in_place_of_whom() -> None:
    swapped = roster(facts=Facts(changes=(change(SWAP, DAVID, ANNA),)))

    [duty] = swapped.on_duty("nacht", at("2026-11-30 13:00"))

    assert duty == Duty(DAVID, SWAP, ANNA)


def test_the_emergency_roster_beats_an_override_and_an_absence() -> None:
    away = Away(person=EVA, start=utc("2026-11-01 00:00"), end=utc("2027-01-01 00:00"))
    both = (change(EMERGENCY, EVA), change(OVERRIDE, DAVID))
    found = roster(facts=Facts(changes=both, away=(away, replace(away, person=DAVID))))
    noon = at("2026-11-30 13:00")

    first, second = found.on_duty("nacht", noon)

    assert (first.person, second.person) == (EVA, DAVID)
    assert found.is_there(first, noon)
    assert not found.is_there(second, noon)


def test_the_others_of_a_group_and_the_stand_ins_stand_behind_the_first() -> None:
    found = roster(rota(groups=((ANNA, BERND),), stand_ins=(CLARA, ANNA)))

    assert who(found, "2026-12-01 12:00") == [ANNA, BERND, CLARA]


def test_a_rota_that_has_ended_or_not_begun_or_has_no_duty_says_so() -> None:
    found = roster(
        rota(
            ends=wall("2026-12-31 08:00"),
            windows=(Window(days=tuple(range(7)), start=time(20), end=time(6)),),
        )
    )

    causes = [
        found.no_duty("nacht", at(text))
        for text in ("2026-11-29 22:00", "2026-12-01 12:00", "2026-12-31 22:00")
    ]
    assert [missing and missing.cause for missing in causes] == [
        "rota_to_come",
        "no_duty",
        "rota_ended",
    ]
    assert found.no_duty("nacht", at("2026-12-01 22:00")) is None


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        # 02:30 does not exist in March: the first instant that reads later is 03:00
        ("2027-03-28", at("2027-03-28 01:59"), at("2027-03-28 03:00")),
        # it is there twice in October: the first time counts, and only once
        ("2027-10-31", at("2027-10-31 02:29"), at("2027-10-31 02:30")),
    ],
)
def test_a_handover_at_half_past_two_happens_once_on_both_sundays(
    day: str, before: int, after: int
) -> None:
    start = wall(f"{day} 02:30") - 6 * DAY
    found = roster(rota(every=3 * DAY, starts=start))
    within = (at(f"{day} 00:00"), at(f"{day} 12:00"))

    first, second = found.shifts("nacht", within)

    assert people(found.on_duty("nacht", before)) == [BERND] == people(first.duties)
    assert people(found.on_duty("nacht", after)) == [CLARA] == people(second.duties)
    assert first.end == second.start == after


def test_what_is_handed_over_stays_so_when_the_clock_is_set_back() -> None:
    found = roster(rota(every=3 * DAY, starts=wall("2027-10-25 02:30")))

    again = found.on_duty("nacht", at("2027-10-31 02:15", fold=1))

    assert people(again) == [CLARA]


@pytest.mark.parametrize(
    "text",
    ["2028-02-29 12:00", "2028-03-01 00:00", "2027-04-30 23:59", "2027-12-31 23:59"],
)
def test_days_are_counted_over_leap_days_and_the_ends_of_months(text: str) -> None:
    days = (wall(text) - wall("2026-11-30 08:00")) // DAY

    assert who(roster(), text) == [(ANNA, BERND, CLARA)[days % 3]]


def test_a_window_until_midnight_ends_with_the_day() -> None:
    found = roster(rota(windows=(Window(days=(1,), start=time(20), end=time(0)),)))

    assert who(found, "2026-12-01 23:59") == [BERND]
    assert who(found, "2026-12-02 00:00") == []


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("2027-08-09 12:00", "augsburg", False),  # Monday
        ("2028-08-08 12:00", "augsburg", True),  # the Peace Festival, a Tuesday
        ("2028-08-08 12:00", None, False),
        ("2027-05-01 12:00", None, True),  # a Saturday
        ("2027-12-26 12:00", None, True),  # a Sunday
    ],
)
def test_a_window_for_holidays_is_open_on_them_also_at_weekends(
    text: str, region: str | None, expected: bool
) -> None:
    calendar = Calendar(land="BY", region=region)
    whole_days = (Window(days=(HOLIDAY,), start=time(0), end=time(0)),)

    found = roster(rota(windows=whole_days), calendar=calendar)

    assert bool(who(found, text)) is expected


def test_whoever_is_missing_is_so_for_one_cause_and_until_then() -> None:
    plan = replace(
        PLAN,
        persons=(
            replace(PLAN.persons[0], term=Term(last_day=date(2026, 12, 31))),
            replace(PLAN.persons[1], term=Term(reachable=("office_hours",))),
            *PLAN.persons[2:],
        ),
        absences=(
            Absence(person=CLARA, start=wall("2026-12-01 00:00"), end=wall("2026-12-02 00:00")),
        ),
    )
    facts = Facts(
        unreachable=(Unreachable(person=DAVID, since=utc("2026-12-01 00:00")),),
        left={EVA: utc("2026-12-01 00:00")},
    )
    found = Roster(plan, Days(plan.calendar), facts)

    def cause(person: str, text: str) -> str | None:
        missing = found.missing(Duty(person, "holder"), at(text))
        return missing.cause if missing else None

    assert [cause(ANNA, f"{day} 12:00") for day in ("2026-12-31", "2027-01-01")] == [None, "term"]
    assert [cause(BERND, f"2026-12-01 {hour}") for hour in ("12:00", "22:00")] == [None, "hours"]
    assert found.is_there(Duty(BERND, "rota"), at("2026-12-01 22:00"))
    assert cause(CLARA, "2026-12-01 12:00") == "away"
    missing = found.missing(Duty(CLARA, "holder"), at("2026-12-01 12:00"))
    assert missing is not None
    assert missing.until == at("2026-12-02 00:00")
    assert (cause(DAVID, "2026-12-02 12:00"), cause(EVA, "2026-12-02 12:00")) == (
        "unreachable",
        "left",
    )


def test_a_crisis_lasts_from_its_declaration_to_its_end() -> None:
    found = roster(facts=Facts(crises=(Crisis(start=utc("2026-12-01 10:00")),)))

    assert not found.is_crisis(at("2026-12-01 09:59"))
    assert found.is_crisis(at("2027-12-01 09:59"))


# ------------------------------------------------------------- against a plain count of minutes

EPOCH = wall("2026-10-24 00:00")  # the clock is set back on the next day
hours = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))
windows = st.builds(
    Window,
    days=st.lists(st.integers(0, 7), min_size=1, max_size=3, unique=True).map(tuple),
    start=hours,
    end=hours,
)
rotas = st.builds(
    rota,
    groups=st.lists(st.sampled_from(KEYS), min_size=1, max_size=3).map(
        lambda keys: tuple((key,) for key in keys)
    ),
    every=st.sampled_from([6, 12, 24, 36, 48]).map(lambda n: timedelta(hours=n)),
    starts=st.integers(-40, 60).map(lambda n: EPOCH + timedelta(minutes=90 * n)),
    ends=st.none() | st.integers(80, 200).map(lambda n: EPOCH + timedelta(minutes=90 * n)),
    windows=st.lists(windows, max_size=2).map(tuple),
)
instants = st.integers(0, 5 * 48).map(lambda n: at("2026-10-24 00:00") + 1800 * n)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    start = draw(instants)
    return Change(
        rota="nacht",
        start=datetime.fromtimestamp(start, UTC),
        end=datetime.fromtimestamp(start + 1800 * draw(st.integers(1, 40)), UTC),
        person=draw(st.sampled_from(KEYS)),
        instead_of=draw(st.none() | st.sampled_from(KEYS)),
        kind=draw(st.sampled_from([SWAP, OVERRIDE, EMERGENCY])),
    )


def plainly(of: Rota, plan: Plan, instant: int) -> str | None:
    """Whose turn it is, counted by what the clock on the wall has shown so far."""

    def has_read(mark: datetime) -> bool:
        """Has the clock shown at least this time, now or before?"""
        shown = (datetime.fromtimestamp(instant - ago, BERLIN) for ago in (0, 3600))
        return any(each.replace(tzinfo=None) >= mark for each in shown)

    if not has_read(of.starts) or (of.ends is not None and has_read(of.ends)):
        return None
    closed = Days(plan.calendar).is_closed
    today = datetime.fromtimestamp(instant, BERLIN).date()
    is_open = not of.windows
    for day in (today - DAY, today):
        for window in of.windows:
            if day.weekday() in window.days or (HOLIDAY in window.days and closed(day)):
                last = day + DAY if window.end <= window.start else day
                begun = has_read(datetime.combine(day, window.start))
                is_open |= begun and not has_read(datetime.combine(last, window.end))
    if not is_open:
        return None
    number = 0
    while has_read(of.starts + (number + 1) * of.every):
        number += 1
    return of.groups[number % len(of.groups)][0]


@given(rotas, st.lists(instants, min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_whose_turn_it_is_agrees_with_a_plain_count(of: Rota, asked: list[int]) -> None:
    found = roster(of)

    for instant in asked:
        turn = plainly(of, found.plan, instant)
        assert people(found.on_duty("nacht", instant)) == ([turn] if turn else [])


@given(rotas, st.lists(changes(), max_size=4), st.lists(instants, min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_an_instant_and_a_stretch_of_time_say_the_same(
    of: Rota, changed: list[Change], asked: list[int]
) -> None:
    found = roster(of, Facts(changes=tuple(changed)))
    within = (at("2026-10-20 00:00"), at("2026-11-20 00:00"))

    shifts = found.shifts("nacht", within)

    for instant in asked:
        inside = [shift.duties for shift in shifts if shift.start <= instant < shift.end]
        assert (inside[0] if inside else ()) == found.on_duty("nacht", instant)
    assert all(a.end <= b.start for a, b in pairwise(shifts))
