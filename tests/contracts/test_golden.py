# SPDX-License-Identifier: EUPL-1.2
"""One golden file per type that never changes: the oldest reader and the newest agree."""

import json
from dataclasses import fields, replace
from typing import Any

import marshmallow
import pytest

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event
from tests.contracts.examples import EXAMPLES, GROWN, NOON, envelope_of, golden_name
from tests.contracts.write_golden import GOLDEN

BASE = {"subject", "municipality", "version", "event_id", "said_by", "at"}


def golden(event: Event) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((GOLDEN / f"{golden_name(event)}.json").read_text("utf-8"))
    return parsed


def as_heard(event: Event) -> Event:
    """What unwrap makes of an example: with the envelope's id and, if it has no own, time."""
    return replace(event, event_id=f"event-{event.version}", at=event.at or NOON)


def name(event: Event) -> str:
    return golden_name(event).replace(event.type, type(event).__name__)


every_example = pytest.mark.parametrize("event", EXAMPLES + GROWN, ids=name)


def test_there_is_one_example_and_one_golden_file_for_each_type():
    assert [event.type for event in EXAMPLES] == list(contracts.TYPES)
    of_types = {path.stem for path in GOLDEN.glob("*.json") if "+" not in path.stem}
    assert of_types == set(contracts.TYPES)


def test_there_is_one_more_golden_file_for_fields_that_came_later():
    later = {path.stem for path in GOLDEN.glob("*.json") if "+" in path.stem}

    assert later == {golden_name(event) for event in GROWN}


@every_example
def test_what_is_said_is_what_the_golden_file_holds(event):
    said = json.loads(envelope_of(event).to_json())

    assert said == golden(event)


@every_example
def test_the_golden_file_is_heard_as_the_event(event):
    heard = contracts.unwrap(contracts.Envelope.from_json(json.dumps(golden(event))))

    assert heard == as_heard(event)


@every_example
def test_marshmallow_spells_the_same_payload(event):
    assert event.schema.dump(event) == golden(event)["data"]


@every_example
def test_marshmallow_reads_the_same_values(event):
    read = event.schema.load(golden(event)["data"])

    assert read == {name: getattr(event, name) for name in event.schema.fields}


@every_example
def test_what_is_left_out_reads_the_same_both_ways(event):
    needed = {
        key: value
        for key, value in golden(event)["data"].items()
        if key in {f.data_key or n for n, f in event.schema.fields.items() if f.required}
    }
    envelope = replace(envelope_of(event), data=needed)

    heard = contracts.unwrap(envelope)

    assert {name: getattr(heard, name) for name in event.schema.fields} == event.schema.load(needed)


@every_example
def test_dataclass_and_schema_have_the_same_fields(event):
    of_class = {field.name for field in fields(event)}
    of_schema = set(event.schema.fields)

    assert of_schema >= of_class - BASE
    assert of_schema <= of_class


@every_example
def test_a_field_with_a_default_has_the_same_default_in_the_schema(event):
    for field in fields(event):
        kind = event.schema.fields.get(field.name)
        if kind is not None and not kind.required and field.name in type(event).__dict__:
            assert kind.load_default == field.default or kind.load_default in ("unknown", ())


@every_example
def test_a_producer_may_not_add_a_field(event):
    with pytest.raises(marshmallow.ValidationError, match="Unknown field"):
        event.schema.load(golden(event)["data"] | {"narrative": "x"})


@every_example
def test_the_type_names_its_subject_and_a_past_participle_in_three_words(event):
    assert event.type.startswith("de.rueckhalt.")
    assert len(contracts.routing_key(type(event)).split(".")) == 3
