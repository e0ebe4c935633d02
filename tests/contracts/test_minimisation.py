# SPDX-License-Identifier: EUPL-1.2
"""Events can hold ids, codes, times and numbers; there is no kind of field for anything else."""

import re

import pytest

from rueckhalt_shared.contracts import EVENTS, coded, event, fields, ledger

ALLOWED = {
    fields.Id,
    fields.PersonId,
    fields.Name,
    fields.Hexadecimal,
    fields.UnitName,
    fields.Period,
    fields.Instant,
    fields.Day,
    fields.Count,
    fields.Number,
    fields.Seconds,
    fields.Flag,
    fields.Several,
    fields.Minutes,
    coded.Coded,
    coded.Mode,
    coded.Level,
    coded.MinutesByCode,
    event.Addressees,
    ledger.CountsField,
    ledger.StatementsField,
}
NAMES_FROM_FILES = {"sender", "rule", "chain", "steps", "changed", "scope", "window", "store"}
PERSONAL = re.compile(
    r"narrative|text|subject_line|first|last|surname|mail|phone|address|street|ip\b|body|comment"
)


def kinds():
    for event_class in EVENTS:
        for name, _wire, kind in event_class.spelling:
            yield event_class, name, kind


def member(kind):
    return kind.member if isinstance(kind, fields.Several) else kind


def test_every_field_is_of_a_kind_that_can_not_hold_a_text():
    assert {type(kind) for _event, _name, kind in kinds()} <= ALLOWED
    assert {type(member(kind)) for _event, _name, kind in kinds()} <= ALLOWED


def test_names_are_those_of_files_and_plans_only():
    named = {name for _event, name, kind in kinds() if type(member(kind)) is fields.Name}

    assert named == NAMES_FROM_FILES


def test_persons_and_partners_are_ids_and_nothing_else():
    for _event, name, kind in kinds():
        if name in {"person", "partner", "owner", "excluded"}:
            assert type(member(kind)) is fields.PersonId


@pytest.mark.parametrize("event_class", EVENTS, ids=lambda event_class: event_class.__name__)
def test_no_field_sounds_personal(event_class):
    assert not [name for name, _, _ in event_class.spelling if PERSONAL.search(name)]


@pytest.mark.parametrize(
    "text",
    ["two words", "a@b.example", "", "ü", "x\n", "x" * 81, "Hauptstraße 5", "+49 30 123", 5, None],
)
@pytest.mark.parametrize("kind", [fields.Id(), fields.Name(), fields.PersonId()])
def test_ids_and_names_refuse_whatever_may_be_a_sentence_or_an_address(kind, text):
    with pytest.raises(ValueError, match="needed"):
        kind.spell(text)


def test_every_event_about_an_incident_a_responsibility_or_a_notice_carries_its_mode():
    for event_class in EVENTS:
        word = event_class.type.split(".")[2]
        if word in {"incident", "responsibility", "notice", "message", "deadline"}:
            assert "mode" in event_class.schema.fields
