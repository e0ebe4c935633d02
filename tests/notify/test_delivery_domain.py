# SPDX-License-Identifier: EUPL-1.2
"""What an answer of a mail server means: every row of NOTICES 7."""

from datetime import timedelta

import pytest

from rueckhalt_notify.delivery.domain import (
    Answer,
    Kind,
    Outcome,
    Stage,
    Standing,
    classify,
    judge,
    retry_delay,
)
from rueckhalt_shared.contracts.codes import FAILURE_CLASSES
from rueckhalt_shared.messages import Catalogue
from tests.support import NOON


def rcpt(code: int, text: str = "") -> Answer:
    return Answer(Stage.RCPT, code=code, text=text)


def end(code: int, text: str = "") -> Answer:
    return Answer(Stage.END, code=code, text=text)


ROWS = [
    (end(250, "2.0.0 ok"), "sent"),
    (end(250), "sent"),
    *(
        (rcpt(550, f"{each} gone"), "contact_dead")
        for each in (
            "5.1.1",
            "5.1.2",
            "5.1.3",
            "5.1.6",
            "5.1.10",
            "5.2.1",
        )
    ),
    (end(550, "5.1.1 checked after DATA"), "contact_dead"),
    (rcpt(550, "No such user here"), "contact_dead"),
    (rcpt(553), "contact_dead"),
    (rcpt(452, "4.2.2 over quota"), "soft"),
    (rcpt(552, "5.2.2 over quota"), "soft"),
    (rcpt(552), "soft"),
    (Answer(Stage.MAIL, code=421, text="4.3.2 shutting down"), "temporary"),
    (rcpt(450, "4.2.0 greylisted"), "temporary"),
    (rcpt(451), "temporary"),
    (rcpt(452), "temporary"),
    (end(451, "4.3.0 try again"), "temporary"),
    (Answer(Stage.MAIL, Kind.TIMEOUT), "temporary"),
    (Answer(Stage.RCPT, Kind.DROPPED), "temporary"),
    (Answer(Stage.END, Kind.TIMEOUT), "temporary"),
    (Answer(Stage.OPEN, code=421), "temporary"),
    (rcpt(550, "5.7.1 blocked by policy"), "ours"),
    (end(550, "5.7.26 DMARC"), "ours"),
    (rcpt(554, "5.7.1 relay access denied"), "ours"),
    (rcpt(550, "Blocked, see spamhaus"), "ours"),
    (rcpt(550, "5.4.1 recipient address rejected"), "ours"),
    (end(554), "ours"),
    (Answer(Stage.OPEN, code=535, text="5.7.8 bad credentials"), "provider"),
    (Answer(Stage.MAIL, code=530, text="5.7.0 authentication required"), "provider"),
    (Answer(Stage.OPEN, Kind.TLS), "provider"),
    (Answer(Stage.OPEN, Kind.DNS), "provider"),
    (Answer(Stage.OPEN, Kind.REFUSED), "provider"),
    (Answer(Stage.OPEN, Kind.TIMEOUT), "provider"),
    (Answer(Stage.OPEN, code=554, text="go away"), "provider"),
    (Answer(Stage.MAIL, code=550, text="sender unknown"), "provider"),
    (end(552, "5.3.4 message too big"), "content"),
    (end(554, "5.6.0 bad content"), "content"),
    (end(552), "content"),
    (Answer(Stage.RCPT, Kind.UNSENDABLE), "content"),
]


@pytest.mark.parametrize(("answer", "outcome"), ROWS)
def test_every_answer_has_its_class(answer: Answer, outcome: str) -> None:
    assert classify(answer) == outcome


def standing(**given) -> Standing:
    values = {
        "failures": 1,
        "soft_bounces": 0,
        "is_urgent": False,
        "is_plain": False,
        "is_revoked": False,
        "deliver_by": NOON + timedelta(hours=2),
        "now": NOON,
    }
    return Standing(**values | given)


PAUSE = timedelta(seconds=15)


@pytest.mark.parametrize(
    ("outcome", "given", "expected"),
    [
        ("sent", {}, ("sent", None, False)),
        ("contact_dead", {}, ("failed", "dead", True)),
        ("soft", {"soft_bounces": 1}, ("waiting", None, False)),
        ("soft", {"soft_bounces": 3}, ("failed", "bounced", True)),
        ("temporary", {}, ("waiting", None, False)),
        ("temporary", {"is_urgent": True}, ("waiting", None, False)),
        ("temporary", {"is_urgent": True, "failures": 2}, ("waiting", None, True)),
        ("temporary", {"deliver_by": NOON}, ("failed", None, True)),
        ("ours", {}, ("failed", None, True)),
        ("provider", {}, ("waiting", None, False)),
        ("provider", {"is_urgent": True, "failures": 9}, ("waiting", None, False)),
        ("provider", {"deliver_by": NOON}, ("failed", None, False)),
        ("content", {}, ("waiting", None, False)),
        ("content", {"is_plain": True}, ("failed", None, True)),
        ("local", {}, ("failed", None, True)),
        ("temporary", {"is_revoked": True}, ("cancelled", None, False)),
        ("contact_dead", {"is_revoked": True}, ("cancelled", "dead", False)),
    ],
)
def test_every_class_has_its_effect(outcome: str, given: dict, expected: tuple) -> None:
    verdict = judge(Outcome(outcome), standing(**given), PAUSE)

    assert (verdict.status, verdict.contact, verdict.next_contact) == expected


def test_a_refusal_of_ours_rings_the_operator() -> None:
    assert judge(Outcome.OURS, standing(), PAUSE).alarm


def test_a_refused_form_is_sent_once_more_as_plain_text_at_once() -> None:
    verdict = judge(Outcome.CONTENT, standing(), PAUSE)

    assert (verdict.plain, verdict.due_at) == (True, NOON)


def test_retries_follow_the_table_and_stay_at_a_quarter_of_an_hour() -> None:
    seconds = [retry_delay(n, random=lambda: 0.5).total_seconds() for n in range(1, 8)]

    assert seconds == [0, 15, 60, 300, 900, 900, 900]


def test_retries_vary_by_a_fifth() -> None:
    spread = [retry_delay(5, random=lambda x=x: x).total_seconds() for x in (0.0, 1.0)]

    assert spread == [720, 1080]


def test_only_a_missing_answer_after_the_final_dot_is_doubtful() -> None:
    assert Answer(Stage.END, Kind.TIMEOUT).is_doubtful
    assert not Answer(Stage.DATA, Kind.DROPPED).is_doubtful
    assert not end(451).is_doubtful


def test_what_is_kept_of_an_answer_holds_no_address() -> None:
    answer = rcpt(550, "5.1.1 <anna.aydin@musterstadt.example>: unknown")

    assert answer.reason == "550 5.1.1 at rcpt"


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_failure_class_has_a_sentence(language: str) -> None:
    catalogue = Catalogue.of_package("rueckhalt_notify")
    told = {code: catalogue.text(f"failure.{code}", language) for code in FAILURE_CLASSES}

    assert all(len(sentence) > 20 for sentence in told.values())
    assert set(Outcome) - {"sent"} <= set(told)


def test_no_language_lacks_a_text() -> None:
    assert not any(Catalogue.of_package("rueckhalt_notify").missing().values())
