# SPDX-License-Identifier: EUPL-1.2
"""Whoever must mind a deadline gets a mail: neutral, at most with reference and day."""

from datetime import timedelta

from rueckhalt_shared.contracts import ResponsibilityReminded
from tests.notify.town import ANNA, TOWN
from tests.support import NOON

INCIDENT = "0198a000-0000-7000-8000-0000000000bb"


def reminded(version: int) -> ResponsibilityReminded:
    return ResponsibilityReminded(
        subject=INCIDENT,
        municipality=TOWN,
        version=version,
        assignment="a-1",
        role="rechtsamt",
        person=ANNA,
        reminder="deadline",
        due_at=NOON + timedelta(days=7),
    )


def test_the_legal_office_gets_one_mail_a_reminder_without_a_word_of_the_case(tell, send, mailer):
    tell(reminded(2), id="first")
    tell(reminded(2), id="first")
    tell(reminded(3), id="second")

    send()

    assert mailer.addresses() == ["anna.aydin", "anna.aydin"]
    content = mailer.letters[0].content.decode()
    assert "eine Frist kommt" in content
    for word in ("Strafantrag", "Drohung", INCIDENT):
        assert word not in content
