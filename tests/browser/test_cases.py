# SPDX-License-Identifier: EUPL-1.2
"""My responsibilities in a browser: asked, taken over, handed over, and why, without a barrier."""

import pytest

from tests.browser.conftest import EACH
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]


def assignment_of(demo, incident):
    found = demo.api("GET", "routing", "/v1/assignments?state=all").json()["items"]
    return next((each["id"] for each in found if each["incident_id"] == incident), None)


@pytest.fixture
def case(demo):
    """A case that the contact point, who signs in as `zustaendig`, is asked to take over."""
    body = {"municipality": demo.ready["municipality"], "forms": ["threat"], "narrative": "Drohung"}
    number = demo.api("POST", "intake", "/v1/incidents", json=body).json()["id"]
    return eventually(lambda: assignment_of(demo, number), what="routing has assigned it")


@pytest.mark.walks("/routing/assignments/<uuid:id>/offer", "/routing/assignments/<uuid:id>/done")
@pytest.mark.parametrize("way", EACH)
def test_a_case_that_was_taken_over_has_no_barrier(looking, case, way):
    visitor = looking(way)
    visitor.sign_in()
    here = f"/routing/assignments/{case}"

    visitor.open(f"{here}?lang=de")
    visitor.page.click("main button:has-text('Ich übernehme')")

    assert visitor.faults(here, f"{here}/offer", f"{here}/done?lang=en") == {}


def test_take_over_and_hand_over_without_a_script(no_script, case):
    no_script.sign_in()
    no_script.open(f"/routing/assignments/{case}?lang=de")

    no_script.page.click("main button:has-text('Ich übernehme')")
    no_script.page.click("main a:has-text('weitergeben')")
    no_script.page.select_option("select[name=to]", "ines.iwanow")
    no_script.page.click("main button:has-text('Anbieten')")

    assert "von Ihnen zur Weitergabe angeboten" in no_script.page.inner_text("main")
    assert "bleiben Sie zuständig" in no_script.page.inner_text("body")
