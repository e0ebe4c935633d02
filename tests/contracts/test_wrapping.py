# SPDX-License-Identifier: EUPL-1.2
"""Strict when we speak, patient when we listen."""

import logging
from dataclasses import replace
from datetime import datetime

import pytest

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import InvalidEvent, Recipient, UnknownType, Unreadable
from tests.contracts.examples import ANNA, EXAMPLES, NOON, POLICE, envelope_of

REPORTED = EXAMPLES[0]
ASSIGNED = next(e for e in EXAMPLES if isinstance(e, contracts.ResponsibilityAssigned))


def said(event, service="intake", **kwargs):
    return contracts.wrap(event, service=service, id="event-1", time=NOON, **kwargs)


def heard(event, **changed):
    envelope = envelope_of(event)
    return contracts.unwrap(replace(envelope, data=envelope.data | changed))


def test_an_event_can_not_be_made_with_a_field_that_is_not_in_its_contract():
    with pytest.raises(TypeError, match="narrative"):
        contracts.IncidentClosed(
            subject="x", municipality="160770999999", closed_at=NOON, narrative="words"
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("forms", ("hate",)),
        ("forms", "threat"),
        ("forms", None),
        ("channel", "fax"),
        ("channel", None),
        ("mode", "unknown"),
        ("severity", 4),
        ("severity", True),
        ("registered_at", datetime(2026, 11, 22)),  # noqa: DTZ001 – that is the point
        ("registered_at", "2026-11-22T12:00:00Z"),
        ("registered_at", None),
        ("occurred_on", NOON),
        ("excluded", ("anna.aydin",)),
        ("unit", "Bürgeramt"),
        ("unit", ""),
        ("sender", "two words"),
        ("sender", "a@b.example"),
        ("imported", 1),
        ("municipality", "16077099"),
        ("municipality", "Musterstadt"),
        ("subject", "two words"),
        ("subject", None),
    ],
)
def test_a_producer_that_breaks_the_contract_is_stopped(field, value):
    with pytest.raises(InvalidEvent, match=field):
        said(replace(REPORTED, **{field: value}))


def test_the_complaint_does_not_repeat_what_somebody_wrote():
    with pytest.raises(InvalidEvent) as stopped:
        said(replace(REPORTED, unit="a very private sentence"))

    assert "private" not in str(stopped.value)


@pytest.mark.parametrize(
    "recipient",
    [
        Recipient(part="lead"),
        Recipient(person=ANNA, partner=POLICE, part="lead"),
        Recipient(person="anna.aydin", part="lead"),
        Recipient(person=ANNA, part="unknown"),
        {"person": ANNA, "part": "lead"},
    ],
)
def test_a_recipient_is_one_person_or_one_partner_with_a_part(recipient):
    with pytest.raises(InvalidEvent, match="recipients"):
        said(replace(ASSIGNED, recipients=(recipient,)), "routing")


def test_a_service_may_not_say_what_another_service_knows():
    with pytest.raises(InvalidEvent, match="notify may not say"):
        said(REPORTED, "notify")


def test_what_everybody_may_say_anybody_says():
    resend = EXAMPLES[-1]

    assert [said(resend, service).service for service in contracts.topology.SERVICES] == [
        "intake",
        "routing",
        "notify",
        "reporting",
    ]


def test_an_event_without_a_version_gets_the_one_of_the_outbox():
    unnumbered = replace(REPORTED, version=0)

    assert said(unnumbered, version=7).version == 7
    with pytest.raises(InvalidEvent, match="version"):
        said(unnumbered)


def test_a_field_nobody_knows_yet_is_ignored():
    assert heard(REPORTED, invented_later={"deep": [1]}) == heard(REPORTED)


def test_an_unknown_code_becomes_unknown_and_leaves_a_warning(caplog):
    with caplog.at_level(logging.WARNING, "rueckhalt.contracts"):
        event = heard(REPORTED, channel="fax", forms=["new_form", "threat", "newer_form"])

    assert event.channel == "unknown"
    assert event.forms == ("unknown", "threat")
    assert {record.list for record in caplog.records} == {"channels", "forms"}
    assert "fax" not in caplog.text


@pytest.mark.parametrize("severity", [4, -1, "unknown", "high"])
def test_a_step_that_is_off_the_scale_is_unknown(severity):
    assert heard(REPORTED, severity=severity).severity is None


def test_an_unknown_mode_is_neither_live_nor_silent():
    assert heard(REPORTED, mode="rehearsal").mode == "unknown"


def test_an_unknown_part_is_still_a_recipient():
    event = heard(ASSIGNED, recipients=[{"person": ANNA, "part": "cheers"}, {"person": ANNA}])

    assert event.recipients == (Recipient(person=ANNA, part="unknown"),) * 2


def test_not_asked_and_nothing_applies_stay_apart():
    assert heard(REPORTED, danger=None).danger is None
    assert heard(REPORTED, danger=[]).danger == ()


@pytest.mark.parametrize("type_", ["de.rueckhalt.incident.registered.v2", "org.example.x.v1"])
def test_an_unknown_type_or_major_version_says_so(type_):
    with pytest.raises(UnknownType) as refused:
        contracts.unwrap(replace(envelope_of(REPORTED), type=type_))

    assert type_ in refused.value.cause


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registered_at", None),
        ("registered_at", 5),
        ("registered_at", "yesterday"),
        ("forms", "threat"),
        ("forms", [["threat"]]),
        ("forms", [{}]),
        ("channel", 3),
        ("severity", 1.5),
        ("severity", []),
        ("excluded", ["anna.aydin"]),
        ("imported", "yes"),
        ("unit", {}),
    ],
)
def test_data_that_breaks_its_contract_is_unreadable(field, value):
    with pytest.raises(Unreadable, match=field):
        heard(REPORTED, **{field: value})


def test_an_event_knows_its_envelope_once_it_is_heard():
    event = heard(REPORTED)

    assert (event.event_id, event.at, event.version) == ("event-1", NOON, 1)
    assert (event.subject, event.municipality) == (REPORTED.subject, "160770999999")


def test_an_event_with_an_instant_of_its_own_keeps_it():
    lapsed = next(e for e in EXAMPLES if isinstance(e, contracts.ResponsibilityLapsed))
    envelope = replace(envelope_of(lapsed), time=NOON.replace(year=2027))

    assert contracts.unwrap(envelope).at == NOON


def test_doubles_in_a_list_of_codes_count_once():
    event = said(replace(REPORTED, forms=("threat",) * 10_000))

    assert event.data["forms"] == ["threat"]


def test_a_failed_notice_spells_its_class_as_class():
    failed = next(e for e in EXAMPLES if isinstance(e, contracts.NoticeFailed))

    assert envelope_of(failed).data["class"] == failed.failure == "contact_dead"


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_cleaning_an_event_of_ours_changes_nothing(event):
    envelope = envelope_of(event)

    assert contracts.cleaned(envelope) == envelope


def test_what_no_contract_knows_is_not_kept():
    (registered,) = [e for e in EXAMPLES if isinstance(e, contracts.IncidentRegistered)]
    envelope = envelope_of(registered)
    (assigned,) = [e for e in EXAMPLES if type(e) is contracts.ResponsibilityAssigned]
    asked = envelope_of(assigned)
    recipients = [each | {"name": "Kanarina"} for each in asked.data["recipients"]]

    dirty = envelope.data | {
        "narrative": "Kanarina",
        "place": "bei Kanarina",
        "forms": ["Kanarina"],
    }
    cleaned = contracts.cleaned(replace(envelope, data=dirty))
    told = contracts.cleaned(replace(asked, data=asked.data | {"recipients": recipients}))

    assert "Kanarina" not in cleaned.to_json() + told.to_json()
    assert contracts.unwrap(cleaned).place == "unknown"
    assert told == asked
