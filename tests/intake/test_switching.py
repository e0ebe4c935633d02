# SPDX-License-Identifier: EUPL-1.2
"""Another language on a page that answers a form: it leads somewhere, and keeps what was typed."""

import re
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from rueckhalt_intake.incidents.store import incidents
from rueckhalt_intake.mailbox import store
from rueckhalt_shared.database import Database
from tests.html_check import Page
from tests.intake.visitor import HTML, Visitor
from tests.support import FakeClock

TEXT = "Er stand wieder vor der Tür."
_LINK = re.compile(r'<a href="([^"]+)" lang="en"')
_BUTTON = re.compile(r'form="sent" formaction="([^"]+)" name="language_only" value="en"')


def rows(database: Database, table: Any) -> int:
    return len(database.read(lambda tx: tx.execute(select(table)).all()))


def english(visitor: Visitor, answer: TestResponse) -> TestResponse:
    """Follow the link to the English page."""
    found = _LINK.search(answer.text)
    assert found is not None, answer.text
    address = found[1].replace("&amp;", "&")
    path = answer.request.path if address.startswith("?") else ""
    return visitor.client.get(path + address, headers=HTML, follow_redirects=True)


def switched(visitor: Visitor, answer: TestResponse, **typed: str) -> TestResponse:
    """Press the button of the English page, with what stands in the form."""
    assert 'id="sent"' in answer.text
    found = _BUTTON.search(answer.text)
    assert found is not None, answer.text
    path = answer.request.path if found[1].startswith("?") else ""
    token = re.findall(r'name="csrf_token" value="([^"]+)"', answer.text)[0]
    given = {"csrf_token": token, "language_only": "en"} | typed
    return visitor.client.post(path + found[1], data=given, headers=HTML)


def test_a_message_that_came_late_is_kept_in_the_other_language(
    visitor: Visitor, clock: FakeClock, database: Database
) -> None:
    code = visitor.report()
    visitor.token("/case")
    clock.pass_(minutes=31)
    late = visitor.send("/case", "/case/message", text=TEXT)

    page = switched(visitor, late, text=TEXT, words=code)

    assert late.status_code == 409
    assert Page(late.text).faults() == []
    assert "Your seven words" in page.text
    assert TEXT in page.text
    assert rows(database, store.messages) == 0


def test_what_was_typed_wrong_at_a_question_is_kept_in_the_other_language(visitor: Visitor) -> None:
    visitor.answer("danger")
    wrong = visitor.send("/report/contact", name="Zora", email="kein Punkt")

    page = switched(visitor, wrong, name="Zora Zeuge", email="kein Punkt")

    assert wrong.status_code == page.status_code == 422
    assert 'value="Zora Zeuge"' in page.text
    assert "e-mail address" in page.text
    assert Page(page.text).faults() == []


def test_a_right_form_that_is_sent_for_its_language_only_does_nothing(
    visitor: Visitor, database: Database
) -> None:
    visitor.fill()
    stale = visitor.client.post("/report/send", data={"csrf_token": "old"}, headers=HTML)

    page = switched(visitor, stale)

    assert stale.status_code == 409
    assert page.status_code == 422
    assert "Change" in page.text
    assert rows(database, incidents) == 0


def test_the_switch_of_a_refused_form_leads_to_the_page_it_came_from(visitor: Visitor) -> None:
    visitor.fill()
    visitor.send("/report/review", "/report/send")
    refused = visitor.client.post("/case/sharing", data={"csrf_token": "old"}, headers=HTML)

    page = english(visitor, refused)

    assert refused.status_code == 403
    assert page.status_code == 200
    assert page.request.path == "/case"
    assert "My incident" in page.text


def test_an_address_for_forms_only_leads_on_from_its_error_page(visitor: Visitor) -> None:
    refused = visitor.get("/case/message")

    page = english(visitor, refused)

    assert refused.status_code == 405
    assert page.status_code == 200
    assert page.request.path == "/case/words"
