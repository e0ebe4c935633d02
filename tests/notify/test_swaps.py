# SPDX-License-Identifier: EUPL-1.2
"""Mails about swaps: to whom they concern, what happened, and nothing about which duty it is."""

from datetime import timedelta
from typing import Any

import pytest

from rueckhalt_notify.notices.domain import SWAPS
from rueckhalt_shared.contracts import SwapChanged
from tests.notify.town import ANNA, GRETA, TOWN, told
from tests.support import NOON

SWAP = "0198a000-0000-7000-8000-0000000000bb"


def swap(version: int, state: str, *people: str) -> SwapChanged:
    given: dict[str, Any] = {"from_at": NOON, "until_at": NOON + timedelta(hours=8)}
    recipients = tuple(told(each) for each in people)
    return SwapChanged(
        subject=SWAP,
        municipality=TOWN,
        version=version,
        state=state,
        recipients=recipients,
        **given,
    )


@pytest.mark.parametrize("state", SWAPS)
def test_each_state_is_a_mail_that_names_no_duty(tell, send, mailer, state):
    tell(swap(1, state, ANNA))

    send()

    assert mailer.addresses() == ["anna.aydin"]
    content = mailer.letters[0].content.decode()
    assert SWAP not in content
    assert "2026-11" not in content


def test_a_repeated_event_is_one_mail_and_a_reminder_another(tell, send, mailer):
    tell(swap(1, "asked", ANNA), id="first")
    tell(swap(1, "asked", ANNA), id="first")
    tell(swap(2, "reminded", ANNA), id="second")

    send()

    assert mailer.addresses() == ["anna.aydin", "anna.aydin"]


def test_nobody_is_asked_for_what_was_settled_before_the_mail_went_out(tell, send, mailer):
    tell(swap(1, "asked", ANNA), id="first")
    tell(swap(2, "withdrawn", GRETA), id="second")

    send()

    assert mailer.addresses() == ["greta.gross"]


def test_a_state_nobody_knows_yet_is_no_mail(tell, notices):
    tell(swap(1, "unknown", ANNA))

    assert notices() == []
