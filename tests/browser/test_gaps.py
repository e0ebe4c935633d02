# SPDX-License-Identifier: EUPL-1.2
"""A gap because people are away is closed by the pages alone, without a script."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.browser.conftest import Visitor
from tests.flows.demo import Demo, running_demo
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]
GAPS = "/routing/plan/gaps"
TODAY = datetime.now(ZoneInfo("Europe/Berlin"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A town of its own: who is absent here is asked by nobody."""
    with running_demo(tmp_path_factory.mktemp("gaps") / "data") as demo:
        yield demo


def enter_absence(visitor: Visitor, person: str) -> None:
    """Somebody is away from tomorrow on, by the page."""
    visitor.open("/routing/duty/absences")
    form = visitor.page.locator("main form.rk-form")
    form.locator("[name=person]").select_option(person)
    form.locator("[name=from]").fill(f"{TODAY + timedelta(days=1):%d.%m.%Y}")
    form.locator("[name=until]").fill(f"{TODAY + timedelta(days=9):%d.%m.%Y}")
    form.get_by_role("button", name="Eintragen", exact=True).click()


def gaps_say(visitor: Visitor, text: str) -> None:
    """Wait until the proof has run and the page says so."""

    def is_told() -> bool:
        visitor.open(GAPS)
        return text in visitor.page.inner_text("main")

    eventually(is_told, within=60, step=0.5, what=text)


def test_a_gap_because_people_are_away_is_closed_by_pages(no_script: Visitor) -> None:
    page = no_script.page
    no_script.sign_in("plan")
    for person in ("ines.iwanow", "anna.aydin", "lars.lind"):
        enter_absence(no_script, person)
    gaps_say(no_script, "Niemand erreichbar")
    assert page.locator("text=Abwesenheit entfernen").count() >= 3

    page.locator("button", has_text="und prüfen").first.click()
    assert "Der Entwurf hat die Vertretung und ist geprüft" in page.inner_text("body")
    assert "Geprüft:" in page.inner_text("main")

    no_script.open(GAPS)
    page.locator("button", has_text=re.compile(r"^\s*Vertretung ergänzen")).first.click()
    page.locator("select[name=stand_ins]").last.select_option("clara.conrad")
    page.click("button[value=save]")
    assert "Clara Conrad" in page.inner_text("main")

    for name in ("Lars Lind", "Anna Aydin"):
        gaps_say(no_script, f"Abwesenheit entfernen: {name}")
        page.locator("a", has_text=f"Abwesenheit entfernen: {name}").first.click()
        page.click("main form button[type=submit]")
    gaps_say(no_script, "Keine Lücke")
