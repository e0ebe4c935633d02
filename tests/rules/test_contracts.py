# SPDX-License-Identifier: EUPL-1.2
"""The published language is frozen, and it has no words for a person's own matters."""

import json
from collections.abc import Iterator
from typing import Any

import marshmallow
import pytest

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event, event, fields
from tests.rules.house import ROOT, SERVICES

GOLDEN = ROOT / "tests" / "contracts" / "golden"
PERSONS = {"person", "partner", "owner", "excluded"}

# What a field may hold: ids, codes, names of rules and units, times, numbers. Whoever adds a kind
# here opens the bus for something new: say in the pull request why nobody can be recognised by it.
PLAIN = {"Id", "PersonId", "Name", "UnitName", "Period", "Coded", "Mode", "Level", "Hexadecimal"}
MEASURED = {"Instant", "Day", "Count", "Number", "Seconds", "Flag", "Minutes", "MinutesByCode"}
COMPOSED = {"Several", "Addressee", "Addressees", "CountsField", "StatementsField"}
PERSONAL = {
    *("name", "first_name", "last_name", "email", "mail", "phone", "address", "street", "ip"),
    *("narrative", "text", "comment", "description", "subject_line", "body", "birthday", "gender"),
    *("reporter", "accused", "victim", "contact", "title", "note", "url", "exact_place"),
}
SENTENCES = [
    "Anna Aydin",
    "Er hat gedroht, wiederzukommen.",
    "anna.aydin musterstadt",
    "Straße 5\n",
]


def open_fields(name: str, schema: marshmallow.Schema) -> Iterator[str]:
    """List fields of an event that could carry something personal."""
    for field_name, field in schema.fields.items():
        where = f"{name}.{field_name}"
        if field_name in PERSONAL or (field.data_key or "") in PERSONAL:
            yield f"{where}: the name of something personal"
        yield from open_kinds(where, field)
        member = getattr(field, "member", field)
        if field_name in PERSONS and not isinstance(member, fields.PersonId):
            yield f"{where}: a person is a UUID"


def open_kinds(where: str, field: Any) -> Iterator[str]:
    """List kinds that nobody has allowed, inside lists, too."""
    kind = type(field).__name__
    if kind not in PLAIN | MEASURED | COMPOSED:
        yield f"{where}: {kind} is no allowed kind of field"
    if hasattr(field, "member"):
        yield from open_kinds(where, field.member)


def types() -> list[type[Event]]:
    """List every event there is."""
    return list(contracts.TYPES.values())


@pytest.mark.parametrize("event_class", types(), ids=lambda c: c.__name__)
def test_no_event_can_carry_anything_personal(event_class: type[Event]) -> None:
    assert list(open_fields(event_class.__name__, event_class.schema)) == []


def test_a_personal_field_is_caught() -> None:
    class Payload(event.PayloadSchema):
        narrative = fields.Id()
        remark = marshmallow.fields.String()
        remarks = marshmallow.fields.List(marshmallow.fields.String())
        owner = fields.Name()

    assert len(list(open_fields("Planted", Payload()))) == 4


@pytest.mark.parametrize("kind", sorted(PLAIN - {"Coded", "Mode", "Level", "Hexadecimal"}))
@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_kind_of_field_takes_a_name_or_a_sentence(kind: str, sentence: str) -> None:
    field = getattr(fields, kind)()

    with pytest.raises(ValueError, match="needed"):
        field.spell(sentence)


@pytest.mark.parametrize("event_class", types(), ids=lambda c: c.__name__)
def test_every_type_has_a_golden_file(event_class: type[Event]) -> None:
    golden = {path for path in GOLDEN.glob("*.json") if event_class.type in path.read_text("utf-8")}

    said = [json.loads(path.read_text("utf-8")) for path in golden]
    assert any(event_class.type == envelope.get("type") for envelope in said)


@pytest.mark.parametrize("event_class", types(), ids=lambda c: c.__name__)
def test_every_type_is_spelled_and_produced_as_agreed(event_class: type[Event]) -> None:
    prefix, country, *words = event_class.type.split(".")

    assert (prefix, country, len(words)) == ("de", "rueckhalt", 3)
    assert contracts.routing_key(event_class) == ".".join(words)
    assert event_class.producers
    assert event_class.producers <= set(SERVICES)
    assert event_class.__dataclass_params__.frozen  # type: ignore[attr-defined]
