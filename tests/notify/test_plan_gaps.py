# SPDX-License-Identifier: EUPL-1.2
"""Whoever keeps the plan is told of a gap by mail, without a word about what is missing."""

from typing import Any

from rueckhalt_shared.contracts import PlanGapClosed, PlanGapFound, Recipient
from tests.notify.town import ANNA, GRETA, TOWN, told
from tests.support import NOON

GAP = "0198a000-0000-7000-8000-0000000000aa"


def gap(version: int, *recipients: Recipient) -> PlanGapFound:
    given: dict[str, Any] = {"kind": "time", "from_at": NOON, "owner": ANNA}
    people = recipients or (told(ANNA),)
    return PlanGapFound(subject=GAP, municipality=TOWN, version=version, recipients=people, **given)


def closed(version: int) -> PlanGapClosed:
    return PlanGapClosed(subject=GAP, municipality=TOWN, version=version, kind="time", owner=ANNA)


def test_the_owner_of_a_gap_gets_a_mail_that_names_nothing(tell, send, mailer):
    tell(gap(1))

    send()

    assert mailer.addresses() == ["anna.aydin"]
    content = mailer.letters[0].content.decode()
    assert "Zust=C3=A4ndigkeitsplan" in content
    assert GAP not in content


def test_each_reminder_is_a_mail_of_its_own_and_a_repeated_event_is_none(tell, send, mailer):
    tell(gap(1), id="first")
    tell(gap(1), id="first")
    tell(gap(2, told(ANNA), told(GRETA)), id="second")

    send()

    assert sorted(mailer.addresses()) == ["anna.aydin", "anna.aydin", "greta.gross"]


def test_nobody_hears_of_a_gap_that_was_closed_before_the_mail_went_out(tell, send, mailer):
    tell(gap(1))
    tell(closed(2))

    send()

    assert mailer.addresses() == []


def test_a_gap_without_recipients_tells_nobody(tell, notices):
    tell(PlanGapFound(subject=GAP, municipality=TOWN, version=1, kind="n1", owner=ANNA))

    assert notices() == []
