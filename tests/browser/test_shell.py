# SPDX-License-Identifier: EUPL-1.2
"""The shell by hand: keyboard, error summary, quick exit, lists that filter themselves."""

import pytest

from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
BOXES = {"name": "Anna", "text": "Ein Satz.", "day.day": "7", "day.month": "2", "day.year": "2026"}


@pytest.fixture(params=["light", "without script"])
def either(request, looking):
    """With scripts and without."""
    return looking(request.param)


def fill(visitor, **changed):
    visitor.open("/gallery?lang=de")
    for name, value in (BOXES | changed).items():
        visitor.page.fill(f"[name='{name}']", value)
    visitor.page.check("[name=choice][value=yes]")
    visitor.page.check("[name=agreed]")


def send(visitor):
    with visitor.page.expect_navigation():
        visitor.page.click("button:has-text('Absenden')")


@pytest.mark.parametrize("way", ["light", "forced colours", "narrow", "at 200 %"])
def test_the_focus_goes_everywhere_and_is_always_seen(looking, way):
    visitor = looking(way)
    visitor.open("/gallery?lang=de")

    way_of_focus = visitor.walk()

    assert "Zum Inhalt" in way_of_focus[0]
    assert "schnell verlassen" in way_of_focus[1]
    assert len(way_of_focus) > 25


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("document.querySelector('main button').style.outline = 'none'", "the focus on button"),
        (
            "document.querySelector('main p').style.color = '#999'",
            "plain: color-contrast",
        ),
        (
            "document.querySelector('main p').style.width = '700px'",
            "at 200 %: wider than 640",
        ),
        ("document.querySelector('main label').remove()", "forced colours: label"),
    ],
)
def test_a_fault_that_is_planted_is_found(visitor, fault, told):
    visitor.open("/gallery?lang=de")
    visitor.page.evaluate(fault)

    assert any(told in each for each in visitor.barriers())


def test_the_skip_link_jumps_to_the_content(visitor):
    visitor.open("/gallery?lang=de")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")

    inside = visitor.page.evaluate("document.activeElement.closest('main') !== null")
    assert inside


def test_a_right_form_is_taken_and_the_note_is_told(either):
    fill(either)
    send(either)

    assert "Gespeichert wurde nichts" in either.page.inner_text("[role=status]")


def test_the_error_summary_gets_the_focus_and_leads_to_the_field(either):
    fill(either, name="")
    send(either)

    focused = either.page.evaluate("document.activeElement.className")
    either.page.keyboard.press("Tab")
    either.page.keyboard.press("Enter")
    reached = either.page.evaluate("document.activeElement.id")

    assert "rk-summary" in focused
    assert reached == "f-name"
    assert either.page.title().startswith("Fehler: ")


@pytest.mark.parametrize("way", ["light", "forced colours"])
def test_a_form_with_errors_has_no_barrier(looking, way):
    visitor = looking(way)
    fill(visitor, name="", **{"day.month": "13"})
    send(visitor)

    assert visitor.complaints() == []


@pytest.fixture
def away(either):
    """The quick exit ends at the weather; what the browser sends on the way there."""
    sent = []

    def answer(route):
        sent.append(route.request.headers)
        route.fulfill(body="<h1>Wetter</h1>", content_type="text/html")

    either.page.route("**/leave", answer)
    return sent


def test_the_quick_exit_leads_away_and_says_nothing_of_us(either, away):
    either.open("/gallery?lang=de")
    with either.page.expect_navigation(url="**/leave"):
        either.page.click("[data-leave]")

    assert either.page.inner_text("h1") == "Wetter"
    assert "referer" not in away[0]


def test_with_scripts_the_way_back_does_not_show_our_page(visitor):
    visitor.page.route("**/leave", lambda route: route.fulfill(body="Wetter"))
    visitor.page.goto("about:blank")
    visitor.open("/gallery?lang=de")

    with visitor.page.expect_navigation(url="**/leave"):
        visitor.page.click("[data-leave]")
    visitor.page.go_back()

    assert visitor.page.url == "about:blank"


def test_a_list_filters_itself_while_one_types(visitor):
    visitor.open("/gallery?lang=de")
    visitor.page.fill("#f-like", "Beispiel 12")

    eventually(lambda: visitor.page.locator("#rows tbody tr").count() == 1)

    assert visitor.page.url.endswith("/gallery?lang=de")
    assert visitor.refused == []


def test_a_list_filters_by_its_button_without_scripts(no_script):
    no_script.open("/gallery?lang=de")
    no_script.page.fill("#f-like", "Beispiel 12")
    with no_script.page.expect_navigation():
        no_script.page.click("button:has-text('Filtern')")

    assert no_script.page.locator("#rows tbody tr").count() == 1


def test_the_fonts_are_our_own(visitor):
    visitor.open("/gallery?lang=de")
    visitor.page.evaluate("document.fonts.ready")

    fonts = [url for url in visitor.asked if url.partition("?")[0].endswith(".woff2")]
    assert fonts
    assert all(url.startswith(visitor.base) for url in visitor.asked if not url.startswith("data:"))


def test_the_language_switch_stays_on_the_page(visitor):
    visitor.open("/gallery/rows?like=1&lang=de")
    visitor.page.click("text=Einfache Sprache")

    assert visitor.page.url.endswith("/gallery/rows?like=1&lang=einfach")
    visitor.open("/mail")
    assert visitor.page.inner_text("h1") == "Postfach zum Ausprobieren"
