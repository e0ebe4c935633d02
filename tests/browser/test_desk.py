# SPDX-License-Identifier: EUPL-1.2
"""The desk in a browser: whoever is responsible finds, opens and closes their incident."""

import pytest

from tests.browser.conftest import EACH
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
TEXT = "Er kam wieder und drohte: <b>Ich weiß, wo Sie wohnen.</b>"


@pytest.fixture
def incident(demo):
    """An incident that concerns the contact point, who signs in as `zustaendig`."""
    body = {
        "municipality": demo.ready["municipality"],
        "forms": ["threat"],
        "motives": ["rassistisch"],
        "narrative": TEXT,
        "reporter": {"name": "Zora Zeuge", "email": "zora@beispiel.example"},
    }
    number = demo.api("POST", "intake", "/v1/incidents", json=body).json()["id"]
    eventually(
        lambda: demo.api("GET", "intake", f"/v1/incidents/{number}").json()["status"] == "assigned",
        what="routing has assigned it",
    )
    return number


@pytest.mark.parametrize("way", EACH)
def test_the_desk_has_no_barrier(looking, incident, way):
    visitor = looking(way)
    visitor.sign_in()
    address = f"/intake/desk/{incident}"
    visitor.open("/intake/desk")
    eventually(lambda: visitor.page.reload() and incident in visitor.page.content())

    faults = visitor.faults("/intake/desk?lang=einfach", f"{address}/close?lang=en")
    visitor.open(f"{address}?lang=de")
    with visitor.page.expect_navigation():
        visitor.page.click("main form button")

    assert faults == {}
    assert TEXT in visitor.page.inner_text("main")
    assert "Zora Zeuge" in visitor.page.inner_text("main")
    assert visitor.barriers() == []


def test_the_whole_way_goes_by_keyboard(visitor, incident):
    visitor.sign_in()
    visitor.page.click("nav >> text=Meine Vorfälle")
    eventually(lambda: visitor.page.reload() and incident in visitor.page.content())
    visitor.page.focus(f"main a[href$='{incident}']")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    assert visitor.walk()
    visitor.page.focus("main form button")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")

    assert TEXT in visitor.page.inner_text("main")
    assert TEXT not in visitor.page.title()
    assert "Zora" not in visitor.page.url
