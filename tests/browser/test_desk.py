# SPDX-License-Identifier: EUPL-1.2
"""The desk in a browser: whoever is responsible finds, opens and closes their incident."""

import pytest

from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]
TEXT = "Er kam wieder und drohte: <b>Ich weiß, wo Sie wohnen.</b>"
WAYS = ["light", "dark", "forced colours", "narrow", "at 200 %", "without script"]


def sign_in(visitor, demo, user="zustaendig"):
    (account,) = [each for each in demo.ready["accounts"] if each["user"] == user]
    visitor.open("/account/sign-in")
    visitor.page.fill("input[name=name]", user)
    visitor.page.fill("input[name=password]", account["password"])
    with visitor.page.expect_navigation():
        visitor.page.click("main form button[type=submit]")


@pytest.fixture(scope="module")
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


@pytest.mark.parametrize("way", WAYS)
def test_the_desk_has_no_barrier(looking, demo, incident, pictures, way):
    visitor = looking(way)
    sign_in(visitor, demo)
    address = f"/intake/desk/{incident}"
    visitor.open("/intake/desk")
    eventually(lambda: visitor.page.reload() and incident in visitor.page.content())

    complaints = {}
    for path in ("/intake/desk", "/intake/desk?lang=einfach", address, f"{address}/close?lang=de"):
        visitor.open(path)
        complaints[path] = visitor.is_wide() if way == "without script" else visitor.complaints()
    visitor.open(f"{address}?lang=de")
    with visitor.page.expect_navigation():
        visitor.page.click("main form button")
    pictures(visitor, "opened")

    assert {path: found for path, found in complaints.items() if found} == {}
    assert TEXT in visitor.page.inner_text("main")
    assert "Zora Zeuge" in visitor.page.inner_text("main")
    assert not visitor.is_wide()


def test_the_whole_way_goes_by_keyboard(looking, demo, incident):
    visitor = looking("light")
    sign_in(visitor, demo)
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
