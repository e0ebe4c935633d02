# SPDX-License-Identifier: EUPL-1.2
"""An old list comes in by the page, in a real browser: with faults first, then as it should be."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import EACH, Visitor
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
BAD = "Datum;Art;Schwere;Farbe\n2019-02-30;threat;9;rot\n2019-03-01;Quatsch;1;blau\n"
GOOD = "Nr;Datum;Art;Schilderung\n{way} 1;1.3.2019;Bedrohung;Laut\n{way} 2;2.3.2019;threat;\n"


def upload(visitor: Visitor, content: str) -> None:
    """Bring a file, and wait until the page shows what was found; without scripts by its link."""
    visitor.open("/intake/old-lists?lang=de")
    file = {"name": "liste.csv", "mimeType": "text/csv", "buffer": content.encode()}
    visitor.page.set_input_files("input[type=file]", [file])
    with visitor.page.expect_navigation():
        visitor.page.click("main form button[type=submit]")
    wait(visitor)


def wait(visitor: Visitor) -> None:
    """Until the worker is done: the page renews itself, or somebody follows its link."""
    again = visitor.page.locator("#progress a")
    if visitor.way != "without script":
        again.wait_for(state="detached")
        return

    def is_done() -> bool:
        if again.count():
            again.click()
        return not again.count()

    eventually(is_done, what="the list was looked at")


@pytest.mark.walks("/intake/old-lists", "/intake/old-lists/<uuid:list_id>")
@pytest.mark.parametrize("way", EACH)
def test_a_list_is_mended_and_comes_in(looking: Callable[[str], Visitor], way: str) -> None:
    visitor = looking(way)
    visitor.sign_in("plan")
    complaints = visitor.faults("/intake/old-lists?lang=de")

    upload(visitor, BAD)
    faulty = visitor.page.inner_text("main")
    complaints["faults"] = visitor.complaints()
    upload(visitor, GOOD.format(way=way))
    good = visitor.page.inner_text("main")
    complaints["good"] = visitor.complaints()
    with visitor.page.expect_navigation():
        visitor.page.click("main form button.kern-btn--primary")
    wait(visitor)
    brought = visitor.page.inner_text("main")
    complaints["brought"] = visitor.complaints()
    visitor.open("/intake/old-lists?lang=de")
    complaints["list"] = visitor.complaints()

    assert "3 Fehler in 2 Zeilen" in faulty
    assert "„Quatsch“ ist unbekannt" in faulty
    assert "Nicht verwendet: Farbe" in faulty
    assert "2 Zeilen ohne Fehler" in good
    assert "2 Zeilen: 2 neu übernommen, 0 waren schon da" in brought
    assert "Die Liste ist übernommen" in visitor.page.inner_text("main table")
    assert {name: found for name, found in complaints.items() if found} == {}
