# SPDX-License-Identifier: EUPL-1.2
"""Rotas, holidays and absences in a plan file: what is read, and how a faulty one is refused."""

from datetime import date, datetime, time, timedelta

import pytest

from rueckhalt_routing.plan.calendar import LAENDER, holidays_of, is_closed, land_of
from rueckhalt_routing.plan.checking import plan_of, read_plan
from rueckhalt_routing.plan.domain import HOLIDAY, Calendar, Plan
from rueckhalt_routing.plan.matrix import read_document
from rueckhalt_routing.plan.reading import PlanRefused

PLAN = """\
format: 1
municipality: "%(ars)s"
catch_all: {person: anna, stand_in: bernd}
persons:
  - {key: anna, name: Anna}
  - {key: bernd, name: Bernd}
  - {key: clara, name: Clara}
partners:
  - {key: wache, name: Wache}
calendar: {%(calendar)s}
rotas:
  nacht:
    members: %(members)s
    every: %(every)s
    starts: 2026-11-30 08:00
%(more)s
roles:
  leitung_bereitschaft: {holder: %(holder)s, stand_ins: [anna]}
chains:
  alle:
    steps: [{targets: [{rota: %(target)s}]}]
rules:
  - {code: auffang, tier: 3, then: {chain: alle}}
absences: %(absences)s
"""
USUAL = {
    "ars": "160770999999",
    "calendar": "",
    "members": "[anna, [bernd, clara], wache]",
    "every": "7 d",
    "more": "",
    "holder": "{rota: nacht}",
    "target": "nacht",
    "absences": "[]",
}


def plan(**changes: str) -> Plan:
    return read_plan(PLAN % (USUAL | changes))[0]


def refused(**changes: str) -> list[tuple[str, str, str]]:
    """Field, problem and what is allowed of a plan that is refused."""
    with pytest.raises(PlanRefused) as caught:
        plan(**changes)
    assert all(problem.line > 1 for problem in caught.value.problems)
    return [(p.field, p.code, ", ".join(p.allowed)) for p in caught.value.problems]


def test_a_rota_has_groups_a_rhythm_and_a_first_handover() -> None:
    rota = plan(more="    stand_ins: [clara]").rotas["nacht"]

    assert rota.groups == (("anna",), ("bernd", "clara"), ("wache",))
    assert (rota.every, rota.starts) == (
        timedelta(days=7),
        datetime.fromisoformat("2026-11-30T08:00"),
    )
    assert rota.people == ("anna", "bernd", "clara", "wache")


def test_windows_name_days_and_hours_also_over_midnight() -> None:
    more = '    windows: [{days: [fri, holiday], from: "20:00", until: "06:00"}]'

    [window] = plan(more=more).rotas["nacht"].windows

    assert window.days == (4, HOLIDAY)
    assert (window.start, window.end) == (time(20), time(6))


def test_a_rota_may_hold_a_role_and_be_told_by_a_step() -> None:
    read = plan()

    role = read.roles["leitung_bereitschaft"]
    assert (role.rota, role.holders) == ("nacht", ("anna",))
    assert str(read.chains["alle"].steps[0].targets[0]) == "rota:nacht"


def test_what_is_kept_reads_back_as_the_same_plan() -> None:
    read, document = read_plan(PLAN % USUAL)

    assert plan_of(read_document(document)) == read


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"members": "[anna, zoe]"}, "rotas.nacht.members[1]", "unknown_code"),
        ({"members": "[]"}, "rotas.nacht.members", "empty"),
        ({"members": "[[anna, anna]]"}, "rotas.nacht.members[0][1]", "twice"),
        ({"every": "90 min"}, "rotas.nacht.every", "bad_form"),
        ({"every": "weekly"}, "rotas.nacht.every", "bad_duration"),
        ({"target": "tag"}, "chains.alle.steps[0].targets[0].rota", "unknown_code"),
        ({"holder": "{rota: tag}"}, "roles.leitung_bereitschaft.holder.rota", "unknown_code"),
        ({"holder": "{role: hvb}"}, "roles.leitung_bereitschaft.holder.rota", "missing"),
        ({"more": "    ends: 2026-11-30 08:00"}, "rotas.nacht.ends", "ends_before"),
        (
            {"members": "[anna]", "more": "    stand_ins: [anna]"},
            "rotas.nacht.stand_ins[0]",
            "same_person",
        ),
        (
            {"more": '    windows: [{days: [someday], from: "08:00", until: "09:00"}]'},
            "rotas.nacht.windows[0].days[0]",
            "unknown_code",
        ),
        (
            {"more": '    windows: [{days: [mon], from: "25:00", until: "09:00"}]'},
            "rotas.nacht.windows[0].from",
            "bad_form",
        ),
        ({"calendar": "land: XX"}, "calendar.land", "unknown_code"),
        ({"calendar": "region: augsburg"}, "calendar.region", "unknown_code"),
        ({"calendar": "catholic: perhaps"}, "calendar.catholic", "unknown_code"),
    ],
)
def test_a_faulty_rota_is_refused_with_its_line_and_what_is_allowed(
    changes: dict[str, str], field: str, problem: str
) -> None:
    assert (field, problem) in [fault[:2] for fault in refused(**changes)]


@pytest.mark.parametrize(
    "windows",
    [
        (("mon", "08:00", "12:00"), ("mon", "11:59", "13:00")),
        (("sun", "20:00", "08:00"), ("mon", "07:00", "09:00")),
        (("tue", "00:00", "24:00"), ("mon", "23:00", "00:01")),
    ],
)
def test_windows_that_overlap_are_refused_also_over_midnight(
    windows: tuple[tuple[str, str, str], ...],
) -> None:
    written = [f'{{days: [{d}], from: "{a}", until: "{b}"}}' for d, a, b in windows]

    faults = refused(more=f"    windows: [{', '.join(written)}]")

    assert [fault[:2] for fault in faults] == [("rotas.nacht.windows[1]", "overlaps")]


def test_windows_that_touch_are_no_fault() -> None:
    morning = '{days: [mon], from: "08:00", until: "12:00"}'
    windows = f'{morning}, {{days: [mon], from: "12:00", until: "08:00"}}'

    assert len(plan(more=f"    windows: [{windows}]").rotas["nacht"].windows) == 2


def test_absences_of_one_person_that_overlap_are_refused() -> None:
    first = "{person: anna, from: 2026-12-01, until: 2026-12-05}"
    second = "{person: anna, from: 2026-12-05 12:00, until: 2026-12-06}"
    other = "{person: bernd, from: 2026-12-01, until: 2026-12-05}"

    faults = refused(absences=f"[{first}, {second}, {other}]")

    assert [fault[:2] for fault in faults] == [("absences[1].from", "overlaps")]
    assert len(plan(absences=f"[{first}, {other}]").absences) == 2


@pytest.mark.parametrize(("number", "land"), list(enumerate(LAENDER, 1)))
def test_the_land_is_that_of_the_regional_key(number: int, land: str) -> None:
    assert land_of(f"{number:02}0770999999") == land
    assert holidays_of(2027, Calendar(land=land))[date(2027, 10, 3)]


def test_a_named_land_goes_before_that_of_the_key() -> None:
    assert plan().calendar.land == "TH"
    assert plan(calendar="land: SN").calendar.land == "SN"


def test_augsburg_celebrates_its_peace() -> None:
    town = plan(ars="097610000000").calendar
    neighbour = plan(ars="097720000000").calendar
    by_hand = plan(ars="097720000000", calendar="region: augsburg").calendar

    assert (town.region, neighbour.region, by_hand.region) == ("augsburg", None, "augsburg")
    day = date(2027, 8, 8)
    assert [is_closed(day, c) for c in (town, neighbour, by_hand)] == [True, False, True]


def test_catholic_communes_keep_more_days() -> None:
    assumption, corpus_christi = date(2027, 8, 15), date(2027, 5, 27)

    bavaria = [plan(ars="097720000000", calendar=f"catholic: {x}").calendar for x in ("no", "yes")]
    thuringia = [plan(calendar=f"catholic: {x}").calendar for x in ("no", "yes")]

    assert [is_closed(assumption, each) for each in bavaria] == [False, True]
    assert [is_closed(corpus_christi, each) for each in thuringia] == [False, True]
