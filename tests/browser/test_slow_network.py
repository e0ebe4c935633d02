# SPDX-License-Identifier: EUPL-1.2
"""The report where the network is slow, gone for a while, or the session is: nothing typed is lost,
pressing twice is one report, and the way back works. The network is throttled by Chromium itself.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession

from tests.browser.conftest import EACH, Visitor
from tests.browser.test_report import TEXT, fill, onward, words
from tests.flows.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(180)]
Looking = Callable[[str], Visitor]
Network = Callable[..., None]
MORE = "Und am nächsten Tag stand er wieder da."


@pytest.fixture
def network(looking: Looking) -> Callable[..., None]:
    """Make a visitor's network slow from now on, or let it be gone."""
    wires: dict[int, CDPSession] = {}

    def change(visitor: Visitor, *, is_there: bool = True) -> None:
        if id(visitor) not in wires:
            wires[id(visitor)] = visitor.page.context.new_cdp_session(visitor.page)
            wires[id(visitor)].send("Network.enable")
        speed = {"latency": 700, "downloadThroughput": 40 * 1024, "uploadThroughput": 10 * 1024}
        told = {"offline": not is_there, **speed}
        wires[id(visitor)].send("Network.emulateNetworkConditions", told)

    return change


def reports(demo: Demo) -> int:
    found = demo.api("GET", "intake", "/v1/incidents?state=open&page_size=500").json()["items"]
    return len(found)


@pytest.mark.parametrize("way", EACH)
def test_pressing_twice_is_one_report_and_back_leads_to_its_words(
    looking: Looking, network: Network, demo: Demo, way: str
) -> None:
    visitor = looking(way)
    fill(visitor)
    before = reports(demo)
    network(visitor)

    send = visitor.page.locator("form[action$=send] button")
    send.scroll_into_view_if_needed()
    box = send.bounding_box()
    assert box is not None
    visitor.page.mouse.dblclick(box["x"] + 10, box["y"] + 10)
    visitor.page.wait_for_url("**/report/receipt")
    told = words(visitor)
    visitor.page.go_back()

    assert reports(demo) - before == 1
    assert words(visitor) == told
    assert "Er schrie" not in visitor.page.content()


@pytest.mark.parametrize("way", EACH)
def test_what_was_answered_is_there_on_the_way_back(
    looking: Looking, network: Network, way: str
) -> None:
    visitor = looking(way)
    fill(visitor)
    network(visitor)

    while "/tell" not in visitor.page.url:
        visitor.page.go_back()
    assert visitor.page.input_value("[name=narrative]") == TEXT
    visitor.page.fill("[name=narrative]", MORE)
    onward(visitor)
    visitor.open("/intake/report/review")

    assert MORE in visitor.page.inner_text("main")


def test_with_scripts_a_form_is_not_sent_into_a_network_that_is_gone(
    looking: Looking, network: Network
) -> None:
    visitor = looking("light")
    fill(visitor)
    visitor.open("/intake/report/tell?lang=de")
    visitor.page.fill("[name=narrative]", MORE)
    network(visitor, is_there=False)

    visitor.page.click("main .kern-btn--primary")
    told = visitor.page.inner_text("main .rk-offline")
    complaints = visitor.complaints()
    network(visitor)
    onward(visitor)
    visitor.open("/intake/report/review")

    assert "keine Verbindung" in told
    assert complaints == []
    assert MORE in visitor.page.inner_text("main")


def test_without_scripts_a_form_that_did_not_arrive_is_sent_again_by_reloading(
    looking: Looking, network: Network
) -> None:
    visitor = looking("without script")
    fill(visitor)
    visitor.open("/intake/report/tell?lang=de")
    visitor.page.fill("[name=narrative]", MORE)
    network(visitor, is_there=False)
    with visitor.page.expect_event("requestfailed"):
        visitor.page.click("main .kern-btn--primary", no_wait_after=True)

    network(visitor)
    visitor.page.reload()
    visitor.open("/intake/report/review")

    assert MORE in visitor.page.inner_text("main")


@pytest.mark.parametrize("way", EACH)
def test_what_was_typed_after_the_session_was_lost_is_kept(
    looking: Looking, network: Network, way: str
) -> None:
    visitor = looking(way)
    fill(visitor)
    visitor.open("/intake/report/tell?lang=de")
    visitor.page.fill("[name=narrative]", MORE)
    network(visitor)
    visitor.page.context.clear_cookies()

    onward(visitor)
    shown = visitor.page.input_value("[name=narrative]")
    onward(visitor)
    visitor.open("/intake/report/review")

    assert shown == MORE
    assert MORE in visitor.page.inner_text("main")
