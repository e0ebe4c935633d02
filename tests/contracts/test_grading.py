# SPDX-License-Identifier: EUPL-1.2
"""Severity and danger follow from what was ticked, and rules only raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_shared.contracts import codes, danger_level, derived_severity, leading_form

LEVELS = ["unknown", "normal", "high", "acute"]
forms = st.lists(st.sampled_from(codes.FORMS.codes), max_size=5)
dangers = st.lists(st.sampled_from(codes.DANGERS.codes), max_size=4)
places = st.sampled_from(codes.PLACES.codes)


@pytest.mark.parametrize(
    ("given_forms", "severity"),
    [
        ((), None),
        (("unknown",), None),
        (("insult",), 1),
        (("unknown", "insult"), 1),
        (("symbol",), 1),
        (("trespass",), 1),
        (("threat", "insult"), 2),
        (("sexual",), 2),
        (("doxxing",), 2),
        (("insult", "weapon", "threat"), 3),
        (("a_newer_form",), None),
    ],
)
def test_severity_is_the_highest_of_the_forms(given_forms, severity):
    assert derived_severity(given_forms) == severity


def test_without_a_target_a_mass_mailing_is_level_zero():
    assert derived_severity(("massmail", "discrimination"), targeted=False) == 0
    assert derived_severity(("massmail", "insult"), targeted=False) == 1
    assert derived_severity(("massmail",)) == 1


def test_a_municipality_may_have_its_own_profile():
    assert derived_severity(("property",), profile={"property": 2}) == 2
    assert leading_form(("insult", "property"), profile={"property": 2}) == "property"


@pytest.mark.parametrize(
    ("given_forms", "leading"),
    [
        ((), "unknown"),
        (("unknown", "insult"), "insult"),
        (("property", "insult"), "insult"),
        (("stalking", "threat"), "threat"),
        (("insult", "threat", "weapon"), "weapon"),
    ],
)
def test_the_leading_form_is_the_most_severe_then_the_first_of_the_list(given_forms, leading):
    assert leading_form(given_forms) == leading


@given(forms)
def test_the_leading_form_is_one_of_the_forms_and_has_their_severity(given_forms):
    leading = leading_form(given_forms)

    assert leading in (given_forms or ["unknown"])
    assert derived_severity((leading,)) == derived_severity(given_forms)


@given(forms.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_in_which_forms_are_named_does_not_matter(both):
    assert leading_form(both[0]) == leading_form(both[1])


@pytest.mark.parametrize(
    ("danger", "level"),
    [
        (None, "unknown"),
        ((), "normal"),
        (("unknown",), "unknown"),
        (("escalating", "campaign", "has_access"), "normal"),
        (("unknown", "escalating"), "unknown"),
        (("concrete_threat",), "high"),
        (("private_life_known",), "high"),
        (("unsafe_at_home",), "high"),
        (("still_present",), "acute"),
        (("unsafe_at_home", "weapon_shown"), "acute"),
    ],
)
def test_the_level_of_danger_follows_the_answers(danger, level):
    assert danger_level(danger) == level


@pytest.mark.parametrize("place", ["home", "way"])
@pytest.mark.parametrize("danger", [None, (), ("escalating",)])
def test_at_home_and_on_the_way_the_danger_is_at_least_high(danger, place):
    assert danger_level(danger, place=place) == "high"


def test_home_does_not_lower_an_acute_danger():
    assert danger_level(("weapon_shown",), place="home") == "acute"


@given(dangers, st.sampled_from(codes.DANGERS.codes[:-1]), places)
def test_one_more_yes_never_lowers_the_danger(some, more, place):
    before = danger_level(some, place=place)

    assert LEVELS.index(danger_level([*some, more], place=place)) >= LEVELS.index(before)
