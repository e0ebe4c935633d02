# SPDX-License-Identifier: EUPL-1.2
"""The code lists: complete, append-only, with labels for everybody."""

import json
from pathlib import Path

import pytest

from rueckhalt_shared.contracts import codes

FROZEN = json.loads((Path(__file__).parent / "golden_codes.json").read_text("utf-8"))
ONLY_OURS = {"parts", "tiers", "verbs", "modes", "services"}
every_list = pytest.mark.parametrize("of_list", codes.LISTS.values(), ids=lambda one: one.name)


@every_list
def test_a_list_only_ever_grows_at_its_end(of_list):
    known = FROZEN[of_list.name]
    without_unknown = [code for code in of_list if code != "unknown"]

    assert without_unknown[: len(known)] == known


def test_no_list_is_ever_taken_away():
    assert set(FROZEN) <= set(codes.LISTS)


@every_list
def test_every_list_knows_unknown_unless_only_we_write_it(of_list):
    assert ("unknown" in of_list) is (of_list.name not in ONLY_OURS)


@every_list
@pytest.mark.parametrize("lang", codes.LANGUAGES)
def test_every_code_has_a_label_of_its_own(of_list, lang):
    labels = [of_list.label(code, lang) for code in of_list]

    assert all(labels)
    assert len(set(labels)) == len(labels)


@every_list
def test_every_code_says_where_it_comes_from_and_whether_that_was_checked(of_list):
    for code in of_list:
        assert of_list[code].source
        assert of_list[code].checked in {"as published", "own", codes.TO_BE_CHECKED}


@every_list
def test_codes_are_lower_case_and_short(of_list):
    assert all(code == code.lower() and len(code) <= 40 and " " not in code for code in of_list)


def test_plain_language_is_plain():
    for of_list in codes.LISTS.values():
        for code in of_list:
            words = of_list.label(code, "einfach").split()

            assert len(words) <= 16
            assert not any("(" in word for word in words)


def test_there_are_sixteen_forms_and_thirteen_groups():
    assert len(codes.FORMS) == 16 + 1
    assert len(codes.AFFECTED_GROUPS) == 13 + 1
    assert len(codes.DANGERS) == 8 + 1
    assert len(codes.ROLES) == 25 + 1


def test_the_pmk_list_of_motives_waits_to_be_checked():
    assert len(codes.BIAS_MOTIVES) == 16
    assert all(codes.MOTIVES[code].to_be_checked for code in codes.BIAS_MOTIVES)
    assert not codes.MOTIVES["keine_erkennbar"].to_be_checked


def test_colleagues_supervisors_and_elected_are_internal():
    assert {"colleague", "supervisor", "elected"} == codes.INTERNAL_RELATIONS


def test_a_form_carries_its_class_its_severity_and_the_words_of_others():
    threat = codes.FORMS["threat"]

    assert (threat.outer, threat.severity) == ("psychisch", 2)
    assert (threat.komo, threat.inge, threat.rias) == ("Bedrohung", "psychisch", "Bedrohung")
    assert codes.FORMS["unknown"].severity is None


def test_every_outer_class_has_a_label():
    assert {codes.FORMS[code].outer for code in codes.FORMS} == set(codes.OUTER_FORMS)


def test_a_code_of_a_newer_version_reads_as_unknown():
    assert codes.CHANNELS.label("hologram", "en") == "unknown"
    assert codes.MODES.label("hologram", "de") == "unbekannt"


def test_a_language_we_do_not_speak_is_refused():
    with pytest.raises(ValueError, match="language"):
        codes.CHANNELS.label("email", "fr")


def test_the_order_of_a_list_is_the_order_of_the_published_table():
    assert codes.FORMS.order("insult") == 0
    assert codes.FORMS.order("threat") < codes.FORMS.order("weapon")
    assert codes.FORMS.order("hologram") == len(codes.FORMS)
