# SPDX-License-Identifier: EUPL-1.2
"""The pages about signing in, in a real browser: the way in, and what axe thinks of each page."""

import pytest

from tests.browser.conftest import Visitor
from tests.flows.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]
PAGES = ("", "/password", "/confirm", "/people", "/keys")


def test_an_administrator_signs_in_and_meets_no_barrier(visitor: Visitor, demo: Demo) -> None:
    (account,) = [each for each in demo.ready["accounts"] if each["user"] == "verwaltung"]
    visitor.open("/account/people?lang=de")
    assert "/account/sign-in?next=" in visitor.page.url
    assert visitor.complaints() == []

    visitor.page.fill("input[name=name]", account["user"])
    visitor.page.fill("input[name=password]", account["password"])
    visitor.page.click("main button[type=submit]")

    assert visitor.page.url.endswith("/account/people?lang=de")
    for page in PAGES:
        visitor.open(f"/account{page}")
        assert visitor.complaints() == [], page


def test_a_wrong_password_is_told_and_the_focus_is_there(visitor: Visitor) -> None:
    visitor.open("/account/sign-in?lang=de")
    visitor.page.fill("input[name=name]", "nobody")
    visitor.page.fill("input[name=password]", "wrong")
    visitor.page.click("main button[type=submit]")

    assert "Name oder Passwort stimmt nicht." in visitor.page.inner_text("main")
    assert visitor.complaints() == []
