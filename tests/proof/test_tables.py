# SPDX-License-Identifier: EUPL-1.2
"""The table of a whole plan: the figures of the default matrix, and every broken rule found."""

import json
from typing import Any

import pytest

from rueckhalt_routing.plan.handlers import draft_of
from rueckhalt_routing.plan.reading import PlanRefused
from rueckhalt_routing.proof.covering import volume, won
from rueckhalt_routing.proof.proposing import widest_gaps
from rueckhalt_routing.proving.counting import counted_wrong
from rueckhalt_routing.proving.tables import Laid, told_of_gaps, told_of_table
from rueckhalt_routing.proving.told import Told
from tests.proof.plans import Document, musterstadt, without

PRECEDENCE_AND_REGULAR = (
    *("hvb_betroffen", "intern", "sexuell", "mandat"),
    *("stufe_2", "motiv", "hass_im_netz", "gebaeude", "verbal"),
)


def findings(laid: Laid) -> list[Told]:
    return [told for told in told_of_table(laid) if not told.is_hint]


def forty_units(document: Document) -> None:
    document["units"] = [f"unit{number}" for number in range(40)]
    for person in document["persons"]:
        person.pop("unit", None)


def test_the_default_matrix_has_the_figures_it_was_designed_with() -> None:
    laid = Laid(musterstadt(forty_units).plan)

    cells = won(laid.boxes, len(laid.rules))

    assert laid.universe == 30_737_700
    assert cells[-1] == 1_908_960  # 6.2 %, held by the catch-all rule alone
    assert all(cells)
    assert len(widest_gaps(laid.without_catch_all())) == 2


def test_the_sample_plan_is_whole_and_its_weak_cells_are_signed() -> None:
    laid = Laid(musterstadt().plan)

    told = list(told_of_table(laid))

    assert findings(laid) == []
    assert [each.code for each in told].count("deliberate") == 2


@pytest.mark.parametrize("code", PRECEDENCE_AND_REGULAR)
def test_every_deleted_rule_is_noticed_with_an_example_and_a_proposal(code: str) -> None:
    found = findings(Laid(without(code).plan))

    assert {each.code for each in found} == {"weak"}
    assert all("Beispiel: " in each.de and "Vorschlag: " in each.de for each in found)


def test_the_counter_example_is_a_sentence_about_a_case() -> None:
    found = findings(Laid(without("gebaeude").plan))

    sentences = [each.de for each in found]
    assert any(
        "Beispiel: Sachbeschädigung an Dienst- oder Privateigentum, Einrichtung" in sentence
        for sentence in sentences
    )


def test_deleting_the_catch_all_rule_refuses_the_plan() -> None:
    with pytest.raises(PlanRefused) as caught:
        without("auffang")

    assert [problem.code for problem in caught.value.problems] == ["one_catch_all"]


def test_a_plan_without_catch_all_leaves_its_weak_cells_to_nobody() -> None:
    with pytest.raises(PlanRefused) as caught:
        without("auffang")

    told = list(told_of_gaps(Laid(caught.value.with_gaps)))

    assert len(told) == 2
    assert told[0].de.startswith(
        "Lücke: Bedrohung gegen Personen, Beschäftigte mit Publikumskontakt, u0 – kann warten, "
        "Bürger:in, ohne Vorurteilsmotiv: niemand. Ohne Regel (5,8 % der Fälle)"
    )


def test_a_plan_that_has_other_faults_as_well_is_not_searched_for_gaps() -> None:
    def two_faults(document: Document) -> None:
        document["rules"] = document["rules"][:-1]
        document["format"] = "9"

    with pytest.raises(PlanRefused) as caught:
        musterstadt(two_faults)

    assert caught.value.with_gaps is None


def test_a_rule_behind_a_wider_one_is_dead() -> None:
    def narrow_behind_wide(document: Document) -> None:
        late = {"code": "zu_spaet", "tier": 1, "when": {"form": ["sexual"], "group": ["family"]}}
        document["rules"].append(late | {"then": {"chain": "ansprechstelle"}})

    found = findings(Laid(musterstadt(narrow_behind_wide).plan))

    assert [each.code for each in found] == ["dead_rule"]
    assert "„zu_spaet“ gilt nie" in found[0].de
    assert "sexuell" in found[0].detail["hidden_by"]


def overlapping(then: dict[str, Any], hits: str) -> list[Told]:
    def add(document: Document) -> None:
        twin = next(rule for rule in document["rules"] if rule["code"] == "verbal")
        twin = {**twin, "code": "noch_einmal", "then": then or twin["then"]}
        twin["when"] = {"form": ["insult", "trespass"], "urgency": ["u0"]}
        keep = ("auffang", "verbal")
        document["rules"] = [r for r in document["rules"] if r["code"] in keep]
        document["rules"].append(twin)
        document["hits"] = hits

    told = told_of_table(Laid(musterstadt(add).plan))
    return [each for each in told if each.code == "overlap"]


def test_two_rules_on_one_case_contradict_only_in_a_plan_that_forbids_it() -> None:
    other = {"chain": "gebaeude"}

    [ordered], [unique] = overlapping(other, "ordered"), overlapping(other, "unique")

    assert ordered.is_hint
    assert "gilt „verbal“" in ordered.de
    assert not unique.is_hint
    assert "Widerspruch: „verbal“ und „noch_einmal“" in unique.de


def test_two_rules_that_say_the_same_are_only_redundant() -> None:
    [told] = overlapping({}, "unique")

    assert told.is_hint
    assert "sagen dasselbe" in told.de


def test_a_signature_that_covers_nothing_is_told() -> None:
    def sign(document: Document) -> None:
        document["deliberate"].append({"when": {"urgency": ["u3"]}, "signed_by": "Greta Groß"})

    assert [f.code for f in findings(Laid(musterstadt(sign).plan))] == ["deliberate_idle"]


def test_a_proposed_widening_closes_the_hole() -> None:
    def split(document: Document) -> None:
        for rule in document["rules"]:
            if rule["code"] == "hass_im_netz":
                rule["when"]["form"].remove("doxxing")

    [found] = findings(Laid(musterstadt(split).plan))

    assert "Regel „hass_im_netz“ erweitern um Form: Private Daten veröffentlicht" in found.de


def test_counting_every_case_agrees_with_the_boxes() -> None:
    def few_values(document: Document) -> None:
        document["units"] = []
        for person in document["persons"]:
            person.pop("unit", None)

    assert list(counted_wrong(Laid(musterstadt(few_values).plan))) == []


def test_boxes_hold_as_many_cells_as_there_are() -> None:
    laid = Laid(musterstadt().plan)

    assert sum(box.volume for box in laid.boxes) == laid.universe
    assert volume(laid.boxes[0].masks) == laid.boxes[0].volume


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("absences", "- {person: nobody, from: 2026-12-24, until: 2026-12-25}", "unknown_code"),
        ("absences", "- {person: a.b, from: 2026-12-24, until: 2026-12-23}", "ends_before"),
        ("absences", "- {person: a.b, from: Christmas, until: 2026-12-23}", "bad_form"),
        ("absences", "- {person: a.b, until: 2026-12-23}", "missing"),
        ("deliberate", "- {when: {form: [shouting]}, signed_by: x}", "unknown_code"),
        ("deliberate", "- {when: {form: [threat]}}", "missing"),
        ("hits", "sometimes", "unknown_code"),
    ],
)
def test_what_a_plan_says_for_its_proof_is_checked_with_its_line(
    field: str, value: str, line: str
) -> None:
    from tests.routing.test_plan_reading import small

    text = small() + f"\n{field}:\n  {value}\n"

    with pytest.raises(PlanRefused) as caught:
        draft_of(text)

    [problem] = caught.value.problems
    assert problem.code == line
    assert problem.line >= len(small().splitlines())


def test_a_plan_without_these_fields_reads_as_before() -> None:
    draft = musterstadt(lambda document: document.pop("deliberate"))

    assert "absences" not in json.loads(draft.document)
    assert draft.plan.absences == ()
    assert draft.plan.is_unique is False
