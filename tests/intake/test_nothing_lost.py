# SPDX-License-Identifier: EUPL-1.2
"""Sessions end, pages grow old, foreign pages send forms: what somebody typed or holds stays."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from rueckhalt_intake.mailbox import store
from rueckhalt_intake.report.store import drafts
from rueckhalt_shared.database import Database
from tests.html_check import Page
from tests.intake.visitor import HTML, Visitor
from tests.support import FakeClock

SECRET = "Er hat wieder vor der Tür gestanden."
FOREIGN = HTML | {"Sec-Fetch-Site": "cross-site"}
Visitors = Callable[[], Visitor]


def count(database: Database, table: Any) -> int:
    return len(database.read(lambda tx: tx.execute(select(table)).all()))


@pytest.fixture
def code(visitor: Visitor) -> str:
    """Somebody has reported; their seven words."""
    return visitor.report(contact={"named": "no", "aftercare": "yes"})


def test_a_message_after_the_visit_has_ended_is_sent_once_the_words_are_right(
    visitor: Visitor, code: str, clock: FakeClock, database: Database
) -> None:
    visitor.token("/case")
    clock.pass_(minutes=31)

    late = visitor.send("/case", "/case/message", text=SECRET)
    wrong = visitor.send(
        "/case/words", words="abend acker adler affe ahorn album algen", text=SECRET
    )
    clock.pass_(minutes=2)
    right = visitor.send("/case/words", words=code, text=SECRET)

    assert (late.status_code, wrong.status_code, right.status_code) == (409, 422, 303)
    assert SECRET in late.text
    assert 'action="/case/words"' in late.text
    assert SECRET in wrong.text
    assert Page(late.text).faults() == []
    assert count(database, store.messages) == 1
    assert SECRET in visitor.get("/case").text


def test_a_message_without_any_cookie_is_shown_again(visitors: Visitors, code: str) -> None:
    bare = visitors().client.post("/case/message", data={"text": SECRET}, headers=HTML)

    assert bare.status_code == 409
    assert SECRET in bare.text


def test_an_answer_to_a_question_is_not_lost_either(
    visitor: Visitor, code: str, clock: FakeClock, database: Database
) -> None:
    clock.pass_(days=20)
    visitor.open_case(code)
    page = visitor.get("/case").text

    late = visitor.client.post(
        "/case/aftercare/d14", data={"csrf_token": "old", "text": SECRET}, headers=HTML
    )
    clock.pass_(minutes=31)
    outside = visitor.send("/case/words", "/case/aftercare/d14", text=SECRET)

    assert Page(page).faults() == []
    assert page.count("/case/aftercare/") == 1
    assert (late.status_code, outside.status_code) == (409, 409)
    assert SECRET in late.text
    assert SECRET in outside.text
    assert count(database, store.messages) == 0


@pytest.mark.parametrize("path", ["/report/discard", "/case/leave"])
def test_a_foreign_page_takes_nothing_out_of_this_browser(
    visitor: Visitor, database: Database, path: str
) -> None:
    visitor.fill()

    forged = visitor.client.post(path, data={"csrf_token": "theirs"}, headers=FOREIGN)

    assert "Clear-Site-Data" not in forged.headers
    assert not forged.headers.getlist("Set-Cookie")
    assert count(database, drafts) == 1
    assert "Ich weiß, wo du wohnst." in visitor.get("/report/tell").text


def test_going_back_after_sending_keeps_the_words(
    visitor: Visitor, code: str, database: Database
) -> None:
    back = visitor.send("/report/tell", narrative=SECRET)

    assert back.status_code == 409
    assert SECRET in back.text
    assert "Mein Vorfall" in back.text
    assert Page(back.text).faults() == []
    assert visitor.words("/report/receipt") == code
    assert count(database, drafts) == 1


def test_a_second_report_begins_on_its_writers_word(
    visitor: Visitor, code: str, database: Database
) -> None:
    assert 'action="/report/another"' in visitor.get("/report/receipt").text

    again = visitor.send("/report/receipt", "/report/another")

    assert again.status_code == 303
    assert visitor.report() != code


def test_what_is_told_turns_no_text_around_it(visitor: Visitor) -> None:
    visitor.fill(tell={"narrative": "\u202eabc"})

    assert "<bdi" in visitor.get("/report/review").text


@pytest.mark.parametrize("path", ["/case/deadlines", "/case/papers", "/case/papers/strafanzeige"])
def test_every_page_of_a_case_has_the_emergency_numbers_and_its_doors(
    visitor: Visitor, code: str, path: str
) -> None:
    page = visitor.get(path)

    assert 'href="tel:110"' in page.text
    assert "/account/sign-in" not in page.text
    assert Page(page.text).faults() == []


def test_discarding_a_report_leaves_the_private_log_alone(visitor: Visitor) -> None:
    visitor.send("/log", text="Erster Anruf")
    visitor.fill()

    visitor.send("/report/review", "/report/discard")

    assert "Erster Anruf" in visitor.get("/log").text
    assert visitor.get("/report/tell").status_code == 303


def test_a_log_is_added_to_a_report_that_was_begun(visitor: Visitor) -> None:
    visitor.fill(tell={"narrative": "Schon erzählt."})
    visitor.send("/log", text="Erster Anruf")

    visitor.send("/log", "/log/report")

    told = visitor.get("/report/tell").text
    assert "Schon erzählt." in told
    assert "Erster Anruf" in told


def test_a_question_answered_in_another_window_is_still_a_message(
    visitor: Visitor, code: str, clock: FakeClock, database: Database
) -> None:
    clock.pass_(days=4)
    visitor.open_case(code)

    for text in ("Besser.", "Doch nicht."):
        visitor.send("/case", "/case/aftercare/d3", text=text)

    page = visitor.get("/case").text
    assert "Besser." in page
    assert "Doch nicht." in page
