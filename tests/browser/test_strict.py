# SPDX-License-Identifier: EUPL-1.2
"""The pages of role keys in a real browser: no barrier, a small window, the keyboard alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Visitor
from tests.flows.demo import Demo, running_demo
from tests.intake.town import ANNA
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]
SENTENCE = "fünf Wörter sind kein Passwort"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Musterstadt with a rule for strict reports."""
    folder = tmp_path_factory.mktemp("strict") / "data"
    folder.mkdir(mode=0o700)
    (folder / "strict.yaml").write_text("strict:\n  - accused: [person]\n")
    with running_demo(folder) as demo:
        yield demo


def sign_in(visitor: Visitor, demo: Demo) -> None:
    (account,) = [each for each in demo.ready["accounts"] if each["user"] == "zustaendig"]
    visitor.open("/account/sign-in?lang=de&next=/intake/strict/keys")
    visitor.page.fill("input[name=name]", account["user"])
    visitor.page.fill("input[name=password]", account["password"])
    visitor.page.click("main button[type=submit]")
    assert "/strict/keys" in visitor.page.url


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


def test_a_responsible_person_makes_the_key_and_opens_a_report(
    looking: Callable[[str], Visitor],
    demo: Demo,
    pictures: Callable[[Visitor, str], Path],
) -> None:
    visitor = looking("light")
    sign_in(visitor, demo)
    complaints = {"none": visitor.complaints()}
    make(visitor)
    complaints["paper"] = visitor.barriers()
    pictures(visitor, "paper")
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
    pictures(visitor, "keys")
    visitor.page.click("main table a")
    address = visitor.page.url
    complaints["shut"] = visitor.complaints()
    pictures(visitor, "shut")
    visitor.page.fill("input[name=passphrase]", SENTENCE)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("pre")
    assert "Er hat gedroht." in visitor.page.inner_text("main")
    complaints["open"] = visitor.barriers()
    pictures(visitor, "open")
    assert SENTENCE not in visitor.page.url

    small = looking("narrow")
    sign_in(small, demo)
    for path in ("keys", "keys/160770999999/renew", "keys/160770999999/passphrase"):
        small.open(f"/intake/strict/{path}?lang=de")
        complaints[f"narrow {path}"] = small.complaints()
    small.open(address)
    complaints["narrow shut"] = small.complaints()
    assert small.walk()

    assert {page: found for page, found in complaints.items() if found} == {}
