# SPDX-License-Identifier: EUPL-1.2
"""What changes between two plans: cases, immediate rules, people, times."""

import pytest

from rueckhalt_routing.proving.differing import OtherTown, differences
from tests.proof.plans import Document, musterstadt, without


def test_a_plan_does_not_differ_from_itself() -> None:
    assert list(differences(musterstadt().plan, musterstadt().plan)) == []


def test_a_deleted_rule_is_told_as_the_cases_that_go_elsewhere() -> None:
    told = list(differences(musterstadt().plan, without("gebaeude").plan))

    assert [each.code for each in told] == ["case"]
    assert "Betroffene: Einrichtung" in told[0].de
    assert "bisher gebaeude → gebaeude, neu auffang → ansprechstelle." in told[0].de


def test_a_rule_of_the_same_outcome_under_another_name_changes_nothing() -> None:
    def rename(document: Document) -> None:
        for rule in document["rules"]:
            rule["code"] = f"anders_{rule['code']}"

    told = list(differences(musterstadt().plan, musterstadt(rename).plan))

    assert {each.code for each in told} == {"immediate_rule"}


def test_a_deleted_immediate_rule_is_told() -> None:
    [told] = differences(musterstadt().plan, without("sofort").plan)

    assert told.de == "Sofortregel sofort: fällt weg."


def test_changed_people_and_times_and_chains_are_told() -> None:
    def change(document: Document) -> None:
        document["roles"]["psych"]["holder"] = "eva.engel"
        document["catch_all"]["stand_in"] = "eva.engel"
        document["times"]["u1"]["repeat"] = "12 h"
        document["chains"]["gebaeude"]["steps"].reverse()
        document["calendar"] = {"office_hours": "07:00-15:00"}

    told = list(differences(musterstadt().plan, musterstadt(change).plan))

    assert {each.code for each in told} == {"case", "role", "catch_all", "times", "calendar"}
    assert all("gebaeude" in each.de for each in told if each.code == "case")


def test_units_of_either_plan_are_cases_of_both() -> None:
    def new_unit(document: Document) -> None:
        document["units"].append("musikschule")
        rule = {"code": "musik", "tier": 1, "when": {"unit": ["musikschule"]}}
        document["rules"].insert(0, rule | {"then": {"chain": "fuehrungskraft"}})

    told = list(differences(musterstadt().plan, musterstadt(new_unit).plan))

    assert {each.detail["new"] for each in told} == {"musik"}
    assert all("Bereich: musikschule" in each.de for each in told)


def test_plans_of_two_towns_are_not_compared() -> None:
    def move(document: Document) -> None:
        document["municipality"] = "010010000000"

    with pytest.raises(OtherTown):
        list(differences(musterstadt().plan, musterstadt(move).plan))
