# SPDX-License-Identifier: EUPL-1.2
"""A plan owner who has never seen this closes a gap by the pages alone, in a real browser."""

import pytest

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
PLAN = "/routing/plan"


def begin_draft(visitor: Visitor, name: str) -> str:
    """A draft of the plan that counts; answers its address."""
    visitor.open(f"{PLAN}/drafts")
    visitor.page.fill("#f-name", name)
    visitor.page.click("main form button[type=submit]")
    return visitor.page.url.split("#")[0]


def test_a_gap_is_found_closed_and_published_without_scripts(no_script: Visitor) -> None:
    page = no_script.page
    no_script.sign_in("plan")
    no_script.open("/")
    page.click("text=Zuständigkeitsplan")
    page.click("text=Entwürfe")
    draft = begin_draft(no_script, "Eine Regel weniger")
    page.click("main >> text=Regeln")
    page.click("text=Beleidigung und Abwertung, Stufe 0 bis 1")
    page.click("button[value=remove]")
    assert "aus dem Entwurf gelöscht" in page.inner_text("main")

    no_script.open(f"{draft}/matrix")
    weak = page.locator("td.rk-cell--weak")
    assert weak.count() == 6
    weak.first.locator("a").click()
    told = page.inner_text("main")
    assert "Für 30 % der Fälle in dieser Zelle gilt nur die Auffangregel" in told
    assert "Beleidigung, Beschäftigte mit Publikumskontakt, u0 – kann warten, Bürger:in" in told
    page.click("text=Regel „verbal“ zurückholen")
    assert "wieder da" in page.inner_text("main")
    assert "bewusst der Auffangregel überlassen" in page.inner_text("main")
    page.click("text=Entwurf prüfen")
    assert "Der Plan gilt lückenlos" in page.inner_text("main")

    no_script.open(f"{draft}/publish")
    assert page.locator("button[value=publish]").count() == 0
    assert "jemand, der nicht daran gearbeitet hat" in page.inner_text("main")
    no_script.sign_in("plan2")
    no_script.open(f"{draft}/publish")
    page.click("button[value=publish]")
    assert "Fassung 2 gilt ab jetzt" in page.inner_text("main")
    assert "veröffentlicht von Eva Engel" in page.inner_text("main")


def test_a_hole_is_signed_by_keyboard(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("plan")
    draft = begin_draft(visitor, "Bewusst so")
    visitor.open(f"{draft}/rules/verbal")
    page.click("button[value=remove]")
    visitor.open(draft)

    walked = visitor.walk()
    page.focus("summary:has-text('Bewusst so lassen')")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Das sieht die Ansprechstelle zuerst.")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert any("zurückholen" in each for each in walked)
    assert "Unterschrieben: bewusst so." in page.inner_text("main")
    assert "David Dorn (plan)" in page.inner_text("#signed + ul")
