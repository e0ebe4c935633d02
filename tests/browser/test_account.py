# SPDX-License-Identifier: EUPL-1.2
"""The pages about signing in, in a real browser: the way in, and what axe thinks of each page."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from rueckhalt_shared.identity.accounts import second_factor
from tests.browser.conftest import EACH, Visitor
from tests.flows.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
PASSWORD = "ein langer Satz zum Merken"


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


def press(visitor: Visitor) -> None:
    """Send the form of the page."""
    with visitor.page.expect_navigation():
        visitor.page.click("main form button[type=submit] >> nth=0")


@pytest.mark.walks("/account/first/<token>", "/account/code")
@pytest.mark.parametrize("way", EACH)
def test_somebody_new_comes_in_with_two_factors_and_meets_no_barrier(
    looking: Callable[[str], Visitor], way: str
) -> None:
    visitor, newcomer, found = looking(way), looking(way), {}
    name = f"neu.{way.replace(' ', '-')}"
    visitor.sign_in("verwaltung")
    visitor.open("/account/people")
    visitor.page.fill("[name=name]", name)
    visitor.page.check("[name=role] >> nth=0")
    press(visitor)
    found["link"] = visitor.complaints()

    newcomer.open(visitor.page.inner_text("main pre code").strip())
    found["first"] = newcomer.complaints()
    secret = newcomer.page.locator("main p code").last.inner_text().replace(" ", "")
    newcomer.page.fill("[name=password]", PASSWORD)
    newcomer.page.fill("[name=again]", "etwas anderes")
    press(newcomer)
    found["not the same"] = newcomer.complaints()
    newcomer.page.fill("[name=password]", PASSWORD)
    newcomer.page.fill("[name=again]", PASSWORD)
    newcomer.page.fill("[name=code]", second_factor.code_at(secret, datetime.now(UTC)))
    press(newcomer)
    found["recovery codes"] = newcomer.complaints()
    newcomer.page.context.clear_cookies()
    newcomer.open("/account/sign-in?lang=de")
    newcomer.page.fill("[name=name]", name)
    newcomer.page.fill("[name=password]", PASSWORD)
    press(newcomer)
    found["code"] = newcomer.complaints()

    assert {page: told for page, told in found.items() if told} == {}
    assert newcomer.page.url.partition("?")[0].endswith("/account/code")


def test_a_wrong_password_is_told_and_the_focus_is_there(visitor: Visitor) -> None:
    visitor.open("/account/sign-in?lang=de")
    visitor.page.fill("input[name=name]", "nobody")
    visitor.page.fill("input[name=password]", "wrong")
    visitor.page.click("main button[type=submit]")

    assert "Name oder Passwort stimmt nicht." in visitor.page.inner_text("main")
    assert visitor.complaints() == []
