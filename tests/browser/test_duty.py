# SPDX-License-Identifier: EUPL-1.2
"""Duty in a browser: an absence moves a role, and the pages are walked by keyboard."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.flows.demo import running_demo

BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
FROM = f"{datetime.now(BERLIN):%d.%m.%Y}"
UNTIL = f"{datetime.now(BERLIN) + timedelta(days=9):%d.%m.%Y}"


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
