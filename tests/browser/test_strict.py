# SPDX-License-Identifier: EUPL-1.2
"""The pages of role keys in a real browser: no barrier, a small window, the keyboard alone."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Visitor
from tests.flows.demo import Demo, running_demo
from tests.intake.town import ANNA
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
PAGES = ("keys", "keys/160770999999/renew", "keys/160770999999/passphrase")
SENTENCE = "fünf Wörter sind kein Passwort"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Musterstadt with a rule for strict reports."""
    folder = tmp_path_factory.mktemp("strict") / "data"
    folder.mkdir(mode=0o700)
    (folder / "strict.yaml").write_text("strict:\n  - accused: [person]\n")
    with running_demo(folder) as demo:
        yield demo


def sign_in(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.open("/intake/strict/keys?lang=de")


def make(visitor: Visitor) -> None:
    """Make the role key, by keyboard."""
    visitor.page.click("text=Rollenschlüssel anlegen")
    visitor.page.fill("input[name=passphrase]", SENTENCE)
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.type(SENTENCE)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("h1:has-text('Notfallschlüssel')")


def is_listed(visitor: Visitor) -> int:
    """Does the page name a report that may be opened?"""
    visitor.open("/intake/strict/keys?lang=de")
    return visitor.page.locator("main table a").count()


@pytest.mark.walks("/intake/strict/incidents/<uuid:incident_id>")
@pytest.mark.walks("/intake/strict/incidents/<uuid:incident_id>/files")
@pytest.mark.walks("/intake/strict/keys/<string:ars>/<string:step>")
def test_a_responsible_person_makes_the_key_and_opens_a_report(
    looking: Callable[[str], Visitor], demo: Demo
) -> None:
    visitor = looking("light")
    sign_in(visitor)
    complaints = {"none": visitor.complaints()}
    make(visitor)
    complaints["paper"] = visitor.barriers()
    demo.api(
        "POST",
        "intake",
        "/v1/incidents",
        json={
            "municipality": demo.ready["municipality"],
            "forms": ["threat"],
            "accused": {"persons": [ANNA]},
            "narrative": "Erfunden: Er hat gedroht.",
        },
    )
    eventually(lambda: is_listed(visitor), what="routing has assigned it")
    complaints["keys"] = visitor.complaints()
    visitor.page.click("main table a")
    address = visitor.page.url
    files = address.partition("?")[0] + "/files?lang=de"
    complaints["shut"] = visitor.complaints()
    visitor.page.fill("input[name=passphrase]", SENTENCE)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("pre")
    assert "Er hat gedroht." in visitor.page.inner_text("main")
    complaints["open"] = visitor.barriers()
    assert SENTENCE not in visitor.page.url

    plain = looking("without script")
    plain.sign_in()
    pages = [*(f"/intake/strict/{path}?lang=de" for path in PAGES), address, files]
    for each in (visitor, plain):
        complaints |= each.faults(*pages)
    assert visitor.walk()

    assert {page: found for page, found in complaints.items() if found} == {}
