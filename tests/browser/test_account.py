# SPDX-License-Identifier: EUPL-1.2
"""The pages about signing in, in a real browser: the way in, and what axe thinks of each page."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import EACH, Visitor
from tests.flows.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
PAGES = ("", "/password", "/confirm", "/people", "/keys")


@pytest.mark.parametrize("way", EACH)
def test_an_administrator_signs_in_and_meets_no_barrier(
    looking: Callable[[str], Visitor], demo: Demo, way: str
) -> None:
    visitor = looking(way)
    (account,) = [each for each in demo.ready["accounts"] if each["user"] == "verwaltung"]
    visitor.open("/account/people?lang=de")
    assert "/account/sign-in?next=" in visitor.page.url
    assert visitor.complaints() == []

    visitor.page.fill("input[name=name]", account["user"])
    visitor.page.fill("input[name=password]", account["password"])
    visitor.page.click("main button[type=submit]")

    assert visitor.page.url.endswith("/account/people?lang=de")
    visitor.page.click("main table a >> nth=0")
    assert visitor.complaints() == []
    assert visitor.faults(*(f"/account{page}" for page in PAGES)) == {}


def test_a_wrong_password_is_told_and_the_focus_is_there(visitor: Visitor) -> None:
    visitor.open("/account/sign-in?lang=de")
    visitor.page.fill("input[name=name]", "nobody")
    visitor.page.fill("input[name=password]", "wrong")
    visitor.page.click("main button[type=submit]")

    assert "Name oder Passwort stimmt nicht." in visitor.page.inner_text("main")
    assert visitor.complaints() == []
