# SPDX-License-Identifier: EUPL-1.2
"""Who leads by the default matrix, who signs, is asked, is told, and who never hears of it."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from rueckhalt_routing.assignments.cases import (
    Case,
    as_document,
    bias_of,
    from_document,
    urgency_of,
    wish_of,
)
from rueckhalt_routing.assignments.deciding import Decision, decide
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.calendar import time_class
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_routing.plan.domain import Calendar
from rueckhalt_routing.plan.vocabulary import BIAS, FORMS, GROUPS, RELATIONS, UNKNOWN, WISHES
from rueckhalt_shared.contracts import codes
from tests.routing.town import ARS, partner, person
from tests.support import NOON


def case(**changes: Any) -> Case:
    """An insult at the counter, or what the test makes of it."""
    given: dict[str, Any] = {"forms": ("insult",), "affected_groups": ("staff_front",)}
    return Case(
        municipality=ARS,
        registered_at=NOON,
        **given | {"unit": "buergeramt", "severity": 1} | changes,
    )


def told(decision: Decision, part: str) -> list[str]:
    """The keys of those who play a part."""
    return [p.told.member.key for p in decision.parts if p.part == part]


MATRIX = [
    ({"severity": 3, "forms": ("weapon",)}, "sofort", "clara.conrad", {"greta.gross"}),
    ({"danger_level": "acute"}, "sofort", "clara.conrad", {"greta.gross"}),
    ({"severity": 2, "forms": ("threat",)}, "stufe_2", "anna.aydin", {"greta.gross"}),
    ({"severity": 2, "forms": ("doxxing",)}, "stufe_2", "anna.aydin", {"greta.gross"}),
    ({"forms": ("hatepost",)}, "hass_im_netz", "anna.aydin", {"eva.engel"}),
    ({}, "verbal", "bernd.brandt", set()),
    ({"severity": 0, "forms": ("discrimination",)}, "verbal", "bernd.brandt", set()),
    ({"bias": "set"}, "motiv", "anna.aydin", {"eva.engel"}),
    ({"affected_groups": ("elected_honorary",)}, "mandat", "karla.kern", {"greta.gross"}),
    ({"affected_groups": ("candidate",)}, "mandat", "karla.kern", {"greta.gross"}),
    (
        {"forms": ("symbol",), "affected_groups": ("institution",)},
        "gebaeude",
        "farid.fischer",
        {"greta.gross"},
    ),
    ({"relation": "colleague"}, "intern", "ines.iwanow", {"david.dorn"}),
    ({"relation": "supervisor"}, "intern", "ines.iwanow", {"david.dorn"}),
    ({"forms": ("sexual",), "severity": 2}, "sexuell", "ines.iwanow", {"david.dorn"}),
    ({"affected_groups": ("elected_fulltime",)}, "hvb_betroffen", "hasan.hoff", {"eva.engel"}),
    ({"forms": ("trespass",)}, "auffang", "anna.aydin", set()),
    ({"forms": ("property",)}, "auffang", "anna.aydin", set()),
    ({"forms": (), "severity": None}, "stufe_2", "anna.aydin", {"greta.gross"}),
]


@pytest.mark.parametrize(("changes", "rule", "lead", "signs"), MATRIX)
def test_the_default_matrix_decides_as_written(
    musterstadt: CompiledPlan, changes: dict[str, Any], rule: str, lead: str, signs: set[str]
) -> None:
    decision = decide(case(**changes), musterstadt)

    assert decision.verdict.leading.code == rule
    assert told(decision, "lead") == [lead]
    assert set(told(decision, "signs")) == signs


def test_exceptions_go_before_ordinary_cases_in_their_order(musterstadt: CompiledPlan) -> None:
    everything = case(
        affected_groups=("elected_fulltime",), relation="colleague", forms=("sexual",), severity=2
    )

    decision = decide(everything, musterstadt)

    assert decision.verdict.matched == (
        "hvb_betroffen",
        "intern",
        "sexuell",
        "stufe_2",
        "auffang",
    )


def test_the_weak_share_of_the_default_matrix_is_the_documented_one(
    musterstadt: CompiledPlan,
) -> None:
    dimensions = [d for d in musterstadt.dimensions if d.name not in ("wish", "unit", "time_class")]
    cells = list(product(*(range(d.size) for d in dimensions)))
    weak = sum(
        musterstadt.rules[musterstadt.table.decide((*cell, 0, 0, 0)) or 0].tier == 3
        for cell in cells
    )

    assert round(100 * weak / len(cells), 1) == 6.2


def test_several_forms_are_led_by_the_strongest_rule_and_the_other_leads_are_asked(
    musterstadt: CompiledPlan,
) -> None:
    decision = decide(case(forms=("insult", "hatepost", "sexual")), musterstadt)

    assert decision.verdict.winner.code == "sexuell"
    assert told(decision, "lead") == ["ines.iwanow"]
    assert {"anna.aydin", "bernd.brandt"} <= set(told(decision, "asked"))


def test_an_immediate_rule_adds_and_takes_nothing_away(musterstadt: CompiledPlan) -> None:
    decision = decide(case(forms=("symbol",), affected_groups=("institution",), severity=3),
                      musterstadt)  # fmt: skip

    assert told(decision, "lead") == ["clara.conrad"]
    assert "farid.fischer" in told(decision, "asked")
    heard = {part.told.member.key for part in decision.parts}
    assert {"anna.aydin", "bernd.brandt", "lars.lind"} <= heard
    assert decision.response_steps[0] == "emergency_call"


def test_partners_outside_are_suggested_and_not_told_without_consent(
    musterstadt: CompiledPlan,
) -> None:
    decision = decide(case(severity=2, forms=("threat",), bias="set"), musterstadt)

    assert all(part.told.member.kind == "person" for part in decision.parts)
    assert {t.member.id for t in decision.suggested} == {
        partner("antidiskriminierung.stadt"),
        partner("beratung.thueringen"),
        partner("polizei.musterstadt"),
    }


def test_the_operators_own_rule_may_tell_a_partner() -> None:
    own = "\nrules:\n  - code: sofort\n    tier: 0\n    when: {urgency: [u3]}\n    then: "
    own += "{chain: bereitschaft, asked: [allianz_polizei], without_consent: [allianz_polizei]}\n"
    plan, _ = read_plan(sample_plan() + own)

    decision = decide(case(severity=3), compile_plan(plan, id="p", version=1))

    assert "polizei.musterstadt" in told(decision, "asked")


def test_everybody_is_told_once_and_in_their_strongest_part(musterstadt: CompiledPlan) -> None:
    decision = decide(
        case(forms=FORMS, affected_groups=GROUPS, severity=3, bias="set"), musterstadt
    )

    keys = [part.told.member.key for part in decision.parts]
    assert len(keys) == len(set(keys))
    assert decision.verdict.cells == len(FORMS) * len(GROUPS)


def test_an_excluded_holder_is_replaced_by_the_stand_in(musterstadt: CompiledPlan) -> None:
    decision = decide(case(forms=("hatepost",), excluded=frozenset({person("anna.aydin")})),
                      musterstadt)  # fmt: skip

    assert told(decision, "lead") == ["lars.lind"]


def test_a_ticked_out_supervisor_hears_nothing_and_the_role_is_passed_over(
    musterstadt: CompiledPlan,
) -> None:
    decision = decide(case(exclude_supervisor=True), musterstadt)

    assert told(decision, "lead") == ["anna.aydin"]
    assert decision.step == 2
    assert "bernd.brandt" not in [p.told.member.key for p in decision.parts]
    assert "david.dorn" not in [p.told.member.key for p in decision.parts]


def test_the_supervisor_of_the_unit_is_meant_and_of_all_units_while_it_is_unknown() -> None:
    scoped = "fuehrungskraft: {holder: bernd.brandt, stand_ins: [david.dorn], units: "
    scoped += "{bauamt: {holder: hasan.hoff, stand_ins: [david.dorn]}}}"
    text = sample_plan().replace(
        "fuehrungskraft: {holder: bernd.brandt, stand_ins: [david.dorn]}", scoped
    )
    compiled = compile_plan(read_plan(text)[0], id="p", version=1)

    at_the_counter = decide(case(), compiled)
    in_the_bauamt = decide(case(unit="bauamt"), compiled)
    somewhere = decide(case(unit=UNKNOWN, exclude_supervisor=True), compiled)

    assert told(at_the_counter, "lead") == ["bernd.brandt"]
    assert told(in_the_bauamt, "lead") == ["hasan.hoff"]
    assert set(somewhere.conflict.excluded) == {person("bernd.brandt"), person("hasan.hoff")}


def test_the_head_of_the_house_hears_nothing_of_elected_sources(musterstadt: CompiledPlan) -> None:
    decision = decide(case(relation="elected", severity=3), musterstadt)

    assert "greta.gross" not in [p.told.member.key for p in decision.parts]


def test_if_chain_and_catch_all_are_in_conflict_any_holder_leads_marked_red(
    musterstadt: CompiledPlan,
) -> None:
    chain = {"bernd.brandt", "david.dorn", "eva.engel", "anna.aydin", "lars.lind", "ines.iwanow"}

    decision = decide(case(excluded=frozenset(map(person, chain))), musterstadt)

    assert decision.lead is not None
    assert decision.lead.because == "last_resort"
    assert decision.red == "nobody_left"


def some(values: Iterable[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of these codes, and one nobody knows."""
    return st.sets(st.sampled_from([*values, "from_the_future"])).map(tuple)


people_ids = st.sampled_from([person(p.key) for p in read_plan(sample_plan())[0].persons])
cases = st.builds(
    Case,
    municipality=st.just(ARS),
    registered_at=st.datetimes(timezones=st.just(NOON.tzinfo)),
    forms=some(FORMS),
    affected_groups=some(GROUPS),
    relation=st.sampled_from([*RELATIONS, "from_the_future"]),
    bias=st.sampled_from([*BIAS, "from_the_future"]),
    severity=st.sampled_from([None, 0, 1, 2, 3]),
    danger_level=st.sampled_from(codes.DANGER_LEVELS.codes),
    wishes=some(WISHES),
    unit=st.sampled_from(["buergeramt", "unknown", "nowhere"]),
    excluded=st.frozensets(people_ids),
    exclude_supervisor=st.booleans(),
)


@given(cases)
@hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_happened_somebody_leads_who_is_not_in_conflict(
    musterstadt: CompiledPlan, some_case: Case
) -> None:
    decision = decide(some_case, musterstadt)

    reached = {part.told.member.id for part in decision.parts}
    assert not reached & set(decision.conflict.excluded)
    everybody = {m.id for m in musterstadt.members.values() if m.kind == "person"}
    holders_left = decision.lead is not None
    assert holders_left or everybody <= set(decision.conflict.excluded)
    assert [part.part for part in decision.parts].count("lead") == holders_left


@given(cases)
@hypothesis(deadline=None)
def test_a_kept_case_reads_back_the_same(some_case: Case) -> None:
    assert from_document(as_document(some_case)) == some_case


@pytest.mark.parametrize(
    ("severity", "danger", "urgency"),
    [
        (3, "normal", "u3"), (0, "acute", "u3"), (None, "acute", "u3"), (2, "unknown", "u2"),
        (1, "high", "u2"), (None, "high", "u2"), (1, "normal", "u1"), (0, "unknown", "u0"),
        (None, "normal", "unknown"), (None, "unknown", "unknown"),
    ],
)  # fmt: skip
def test_urgency_is_what_happened_or_what_may_come(
    severity: int | None, danger: str, urgency: str
) -> None:
    assert urgency_of(severity, danger) == urgency


def test_only_whether_a_bias_motive_is_named_is_looked_at() -> None:
    assert bias_of(("rassistisch", "unknown"), codes.BIAS_MOTIVES) == "set"
    assert bias_of(("keine_erkennbar",), codes.BIAS_MOTIVES) == "none"
    assert bias_of((), codes.BIAS_MOTIVES) == "unknown"


def test_the_first_wish_binds() -> None:
    assert wish_of(("contact", "anonymous")) == "anonymous"
    assert wish_of(("exclude_supervisor",)) == "unknown"


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2026-11-20T12:00:00+00:00", "office_hours"), ("2026-11-20T06:30:00+00:00", "fringe"),
        ("2026-11-20T21:00:00+00:00", "night"), ("2026-11-21T12:00:00+00:00", "weekend"),
        ("2026-11-20T23:30:00+00:00", "weekend"), ("2026-12-24T12:00:00+00:00", "holiday"),
    ],
)  # fmt: skip
def test_every_instant_has_one_time_class(instant: str, expected: str) -> None:
    calendar = Calendar(closing_days=frozenset({date(2026, 12, 24)}))

    assert time_class(datetime.fromisoformat(instant), calendar) == expected
