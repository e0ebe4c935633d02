# SPDX-License-Identifier: EUPL-1.2
"""The envelope is CloudEvents 1.0, as PyPI's own cloudevents library understands it."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_shared.contracts import Envelope, Unreadable
from tests.contracts.examples import EXAMPLES, NOON, envelope_of

GOOD = json.loads(envelope_of(EXAMPLES[0]).to_json())


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_the_cloudevents_library_reads_what_we_write(event):
    envelope = envelope_of(event)

    read = JSONFormat().read(CloudEvent, envelope.to_json())

    assert read.get_id() == envelope.id
    assert read.get_type() == envelope.type
    assert read.get_source() == envelope.source
    assert read.get_subject() == envelope.subject
    assert read.get_time() == envelope.time
    assert read.get_specversion() == "1.0"
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("version") == envelope.version
    assert read.get_data() == envelope.data


def test_we_read_what_the_cloudevents_library_writes():
    envelope = envelope_of(EXAMPLES[0])
    attributes = without("data") | {"time": envelope.time}

    written = JSONFormat().write(CloudEvent(attributes, envelope.data))

    assert Envelope.from_json(written) == envelope


def test_an_envelope_survives_its_own_json():
    envelope = envelope_of(EXAMPLES[0])

    assert Envelope.from_json(envelope.to_json()) == envelope
    assert Envelope.from_json(envelope.to_json().encode()) == envelope


def test_service_and_municipality_are_read_from_the_source():
    envelope = envelope_of(EXAMPLES[0])

    assert (envelope.service, envelope.municipality) == ("intake", "160770999999")
    assert envelope.routing_key == "incident.registered.v1"


def test_times_are_utc_with_milliseconds_and_z():
    berlin = timezone(timedelta(hours=1))
    envelope = Envelope.from_json(json.dumps(GOOD | {"time": "2026-11-22T15:03:07+01:00"}))

    assert json.loads(envelope.to_json())["time"] == "2026-11-22T14:03:07.000Z"
    assert envelope.time == datetime(2026, 11, 22, 15, 3, 7, tzinfo=berlin)
    assert envelope.time.tzinfo is UTC


@pytest.mark.parametrize("name", [name for name in GOOD if name != "datacontenttype"])
def test_an_envelope_without_one_of_its_attributes_is_unreadable(name):
    with pytest.raises(Unreadable, match=name):
        Envelope.from_json(json.dumps(without(name)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("specversion", "0.3"),
        ("datacontenttype", "text/plain"),
        ("id", "two words"),
        ("id", 7),
        ("source", "/intake"),
        ("source", "/intake/16077099999"),
        ("source", "/intake/１６０７７０９９９９９９"),
        ("source", "intake/160770999999"),
        ("subject", "Anna Aydin <anna@example.org>"),
        ("subject", "x" * 65),
        ("time", "2026-11-22"),
        ("time", "2026-11-22T14:03:07"),
        ("time", "2026-13-22T14:03:07Z"),
        ("time", "0001-01-01T00:00:00+23:59"),
        ("version", 0),
        ("version", True),
        ("version", "1"),
        ("version", 2**63),
        ("data", [1]),
        ("data", "text"),
    ],
)
def test_a_malformed_attribute_is_unreadable(name, value):
    with pytest.raises(Unreadable, match=name):
        Envelope.from_json(json.dumps(GOOD | {name: value}))


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"null", b"[]", b'"text"', b"{", "{'a': 1}", "[" * 100_000, '{"a": NaN}'],
)
def test_a_body_that_is_no_json_object_is_unreadable(body):
    with pytest.raises(Unreadable):
        Envelope.from_json(body)


@given(st.one_of(st.binary(max_size=80), st.text(max_size=80)))
def test_no_body_does_more_than_be_unreadable(body):
    with pytest.raises(Unreadable):
        Envelope.from_json(body)


def test_the_cause_tells_nothing_of_the_content():
    with pytest.raises(Unreadable) as refused:
        Envelope.from_json(json.dumps(GOOD | {"subject": "secret words"}))

    assert "secret" not in refused.value.cause


def test_foreign_characters_travel_as_ascii():
    body = Envelope.from_json(json.dumps(GOOD | {"data": {"later": "ü\ud800"}})).to_json()

    assert body.isascii()
    assert json.loads(body)["data"] == {"later": "ü\ud800"}


def test_what_is_finer_than_a_millisecond_is_cut_off():
    envelope = envelope_of(EXAMPLES[0])
    assert NOON.microsecond == 412_000

    finer = Envelope(
        **{n: getattr(envelope, n) for n in envelope.__slots__}
        | {"time": NOON.replace(microsecond=412_999)}
    )

    assert Envelope.from_json(finer.to_json()).time == NOON
