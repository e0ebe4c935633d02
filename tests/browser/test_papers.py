# SPDX-License-Identifier: EUPL-1.2
"""Papers and deadlines in a browser: without barrier, and a Strafantrag that leaves it as PDF."""

import pytest

from tests.browser.conftest import EACH
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]


@pytest.fixture
def incident(demo):
    """An incident of the contact point, who signs in as `zustaendig`."""
    body = {
        "municipality": demo.ready["municipality"],
        "forms": ["threat", "insult"],
        "motives": ["rassistisch"],
        "narrative": "Er stand vor der Tür und schrie.",
        "reporter": {"name": "Zora Zeuge"},
    }
    number = demo.api("POST", "intake", "/v1/incidents", json=body).json()["id"]
    eventually(
        lambda: demo.api("GET", "intake", f"/v1/incidents/{number}").json()["status"] == "assigned",
        what="routing has assigned it",
    )
    return number


@pytest.mark.parametrize("way", EACH)
def test_papers_and_deadlines_have_no_barrier(looking, incident, way):
    visitor = looking(way)
    visitor.sign_in()
    desk = f"/intake/desk/{incident}"
    visitor.open("/intake/desk")
    eventually(lambda: visitor.page.reload() and incident in visitor.page.content())

    faults = visitor.faults(
        "/intake/papers?lang=de",
        "/intake/papers/strafanzeige",
        f"{desk}/papers",
        f"{desk}/papers/strafanzeige",
        f"{desk}/deadlines",
        f"{desk}/deadlines/strafantrag/affected/1",
    )

    assert faults == {}


def test_a_strafantrag_is_filled_in_looked_at_and_downloaded(visitor):
    visitor.open("/intake/papers/strafanzeige?lang=de")
    visitor.page.fill("[name=name]", "Erika Mustermann")
    visitor.page.fill("[name=narrative]", "Er schrie: Ich weiß, wo du wohnst.")
    with visitor.page.expect_navigation():
        visitor.page.click("button[value=preview]")
    assert "Er schrie" in visitor.page.inner_text("section[aria-labelledby=sheet]")
    assert visitor.page.input_value("[name=name]") == "Erika Mustermann"
    assert visitor.complaints() == []

    with visitor.page.expect_download() as waiting:
        visitor.page.click("button[value=pdf]")

    assert waiting.value.suggested_filename == "blatt.pdf"
    with open(waiting.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
