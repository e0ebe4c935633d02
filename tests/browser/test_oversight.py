# SPDX-License-Identifier: EUPL-1.2
"""The pages of those who supervise, in a real browser: walked with the demo's accounts."""

import re

import pytest

from tests.browser.conftest import Visitor
from tests.flows.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
REPORT = {"forms": ["threat"], "narrative": "Er schrieb: Ich weiß, wo du wohnst."}


def fill_days(visitor: Visitor) -> None:
    for name, day in (("since", "01"), ("until", "28")):
        for part, value in (("day", day), ("month", "12"), ("year", "2026")):
            visitor.page.fill(f"input[name='{name}.{part}']", value)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(
            "/account",
            marks=[
                pytest.mark.walks("/account/audit/requests/<uuid:request_id>"),
                pytest.mark.walks("/account/audit/requests/<uuid:request_id>/rows"),
            ],
        ),
        pytest.param(
            "/intake",
            marks=[
                pytest.mark.walks("/intake/audit/requests/<uuid:request_id>"),
                pytest.mark.walks("/intake/audit/requests/<uuid:request_id>/rows"),
            ],
        ),
        pytest.param(
            "/routing",
            marks=[
                pytest.mark.walks("/routing/audit/requests/<uuid:request_id>"),
                pytest.mark.walks("/routing/audit/requests/<uuid:request_id>/rows"),
            ],
        ),
    ],
)
def test_two_persons_read_the_audit_and_meet_no_barrier(visitor: Visitor, place: str) -> None:
    complaints = {}
    visitor.sign_in("datenschutz")
    visitor.open(f"{place}/audit?lang=de")
    fill_days(visitor)
    visitor.page.check("input[name=why][value=audit]")
    visitor.page.click("button[value=ask]")
    request = visitor.page.url
    assert f"{place}/audit/requests/" in request
    complaints["request"] = visitor.complaints()

    visitor.sign_in("personalrat")
    visitor.open(request)
    visitor.page.click("main form button")
    assert "bestätigt" in visitor.page.inner_text("main")
    visitor.page.click("main a.kern-btn")
    complaints["rows"] = visitor.complaints()

    assert "Zeilen des Protokolls" in visitor.page.inner_text("h1")
    assert {name: found for name, found in complaints.items() if found} == {}


@pytest.mark.walks("/intake/erasures/requests/<uuid:erasure_request_id>")
def test_a_report_is_copied_asked_for_and_erased_by_two(visitor: Visitor, demo: Demo) -> None:
    complaints = {}
    visitor.sign_in("meldung")
    body = REPORT | {"municipality": demo.ready["municipality"]}
    accepted = visitor.page.evaluate(
        """async (body) => {
          const answer = await fetch("/intake/v1/incidents", {
            method: "POST", body: JSON.stringify(body),
            headers: {"Content-Type": "application/json"}});
          return await answer.json();
        }""",
        body,
    )
    visitor.open(f"/intake/mine/{accepted['id']}")
    assert "Ich weiß, wo du wohnst." in visitor.page.inner_text("main")
    complaints["copy"] = visitor.complaints()
    visitor.page.check("input[name=scope][value=case]")
    visitor.page.check("input[name=reason][value=request]")
    visitor.page.click("main form button[type=submit]")
    assert "Ihr Antrag ist gestellt" in visitor.page.inner_text("main")

    visitor.sign_in("leitung")
    visitor.open("/intake/erasures?lang=de")
    visitor.page.click("main table a")
    complaints["request"] = visitor.complaints()
    visitor.page.click("button[value=order]")
    assert "Die Löschung ist angeordnet" in visitor.page.inner_text("main")

    visitor.sign_in("meldung")
    visitor.open(f"/intake/mine/{accepted['id']}")
    assert "410" in visitor.page.content() or "gelöscht" in visitor.page.inner_text("main")
    assert {name: found for name, found in complaints.items() if found} == {}


def test_every_control_is_reached_by_keyboard(visitor: Visitor) -> None:
    visitor.sign_in("plan")
    visitor.open("/intake/erasures?lang=de")

    walked = visitor.walk()

    assert any(re.search("Löschung beantragen", each) for each in walked)
    assert any(re.search("Sperre setzen", each) for each in walked)
