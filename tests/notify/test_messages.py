# SPDX-License-Identifier: EUPL-1.2
"""Whoever reported has written: one neutral mail a message, to whom routing names."""

from datetime import timedelta

from rueckhalt_shared.contracts import IncidentClosed, MessageReceived, ResponsibilityReminded
from tests.notify.town import ANNA, INCIDENT, LARS, TOWN, assigned, lead
from tests.support import NOON

ALONE = "notify.announce-incidents"


def reminded(person: str, version: int) -> ResponsibilityReminded:
    return ResponsibilityReminded(
        subject=INCIDENT,
        municipality=TOWN,
        version=version,
        assignment="a-1",
        role="ansprechstelle",
        person=person,
        reminder="message",
        due_at=NOON,
    )


def wrote(direction: str = "from_reporter", minutes: int = 0) -> MessageReceived:
    return MessageReceived(
        subject=INCIDENT,
        municipality=TOWN,
        version=1,
        message="0198a000-0000-7000-8000-0000000000ee",
        direction=direction,
        at=NOON + timedelta(minutes=minutes),
    )


def test_each_message_is_one_mail_without_a_word_of_it(tell, send, mailer):
    tell(reminded(ANNA, 2), id="first")
    tell(reminded(ANNA, 2), id="first")
    tell(reminded(ANNA, 3), id="second")

    send()

    assert mailer.addresses() == ["anna.aydin", "anna.aydin"]
    content = mailer.letters[0].content.decode()
    assert "Subject: Es gibt eine Nachricht" in content
    assert "http" not in content
    assert INCIDENT not in content


def test_a_message_about_a_closed_incident_is_told_as_well(tell, send, mailer):
    closed = IncidentClosed(subject=INCIDENT, municipality=TOWN, version=4, closed_at=NOON)
    tell(closed)

    tell(reminded(ANNA, 5))
    send()

    assert mailer.addresses() == ["anna.aydin"]


def test_nobody_in_conflict_hears_of_a_message(tell, send, mailer):
    tell(assigned(lead(ANNA), excluded=(LARS,)))
    send()
    mailer.letters.clear()

    tell(reminded(LARS, 2))
    send()

    assert mailer.letters == []


def test_without_routing_the_configured_address_hears_of_each_message(tell, send, mailer):
    tell(wrote(), queue=ALONE, id="first")
    tell(wrote(minutes=1), queue=ALONE, id="second")
    tell(wrote("to_reporter", minutes=2), queue=ALONE, id="third")

    send()

    assert mailer.addresses() == ["wache", "wache"]
    assert "Es gibt eine Nachricht" in mailer.letters[0].content.decode()
