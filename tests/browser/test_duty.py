# SPDX-License-Identifier: EUPL-1.2
"""Duty in a browser: an absence moves a role, and no page has a barrier, in any language."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import EACH
from tests.flows.demo import running_demo

BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
PEOPLE = {"light": "eva.engel", "without script": "greta.gross"}
FROM = f"{datetime.now(BERLIN):%d.%m.%Y}"
UNTIL = f"{datetime.now(BERLIN) + timedelta(days=9):%d.%m.%Y}"
PAGES = [
    *("", "/card", "/rotas", "/absences", "/absences/import", "/swaps", "/swaps/set"),
    *("/people", "/people/eva.engel/leave", "/crisis", "/crisis/end", "/calendar"),
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A town of its own: who is absent here is asked by nobody."""
    with running_demo(tmp_path_factory.mktemp("duty") / "data") as demo:
        yield demo


def fill(visitor, path, button, **fields):
    """Fill in a form of a page and send it."""
    visitor.open(f"/routing/duty{path}")
    form = visitor.page.locator("main form.rk-form", has=visitor.page.get_by_text(button))
    for name, value in fields.items():
        field = form.locator(f"[name={name.rstrip('_')}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    with visitor.page.expect_navigation():
        form.get_by_role("button", name=button, exact=True).click()


def text(visitor):
    return " ".join(visitor.page.locator("main").inner_text().split())


@pytest.mark.parametrize("way", EACH)
def test_no_page_of_duty_has_a_barrier(looking, way):
    visitor = looking(way)
    visitor.sign_in("plan")
    fill(visitor, "/absences", "Eintragen", person=PEOPLE[way], from_=FROM, until=UNTIL)

    faults = visitor.faults(*(f"/routing/duty{path}" for path in PAGES))

    assert faults == {}


@pytest.mark.parametrize("language", ["en", "einfach"])
def test_duty_has_no_barrier_in_other_languages(visitor, language):
    visitor.sign_in("plan")

    faults = visitor.faults(*(f"/routing/duty{path}?lang={language}" for path in PAGES))

    assert faults == {}


def test_an_absence_moves_the_role_and_leaves_no_reason(no_script):
    no_script.sign_in("plan")

    fill(no_script, "/absences", "Eintragen", person="jonas.jung", from_=FROM, until=UNTIL)

    assert "Die Abwesenheit ist eingetragen" in text(no_script)
    no_script.open("/routing/duty")
    assert "David Dorn vertritt; Jonas Jung abwesend" in text(no_script)


def test_the_pages_of_duty_are_walked_by_keyboard(visitor):
    visitor.sign_in("plan")
    visitor.open("/routing/duty/swaps")

    assert any("Anfragen" in each for each in visitor.walk())
