# SPDX-License-Identifier: EUPL-1.2
"""Looking through a wave of reports in a real browser: by keyboard, narrow, without scripts."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import Visitor
from tests.flows.demo import Demo, running_demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
REPORT_MANY = """async ([address, body]) => {
  for (let n = 0; n < 13; n++) {
    const answer = await fetch(address, {method: "POST", body: JSON.stringify(body),
                                         headers: {"Content-Type": "application/json"}});
    if (answer.status !== 201) return answer.status;
  }
  return 201;
}"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A town of its own, where nobody has reported anything, with its limits as they come."""
    with running_demo(tmp_path_factory.mktemp("waves") / "data") as demo:
        yield demo


def unlooked(visitor: Visitor) -> list[str]:
    """What is wrong but for the boxes' outline, which a wrong field draws otherwise."""
    return [each for each in visitor.complaints() if "incidents cannot be seen" not in each]


def sign_in(visitor: Visitor) -> None:
    """Come in as the person who takes over, and open the list."""
    visitor.sign_in()
    visitor.open("/intake/set-aside?lang=de")


def answers_without_scripts(no_script: Visitor) -> None:
    sign_in(no_script)
    faults = no_script.faults("/intake/set-aside?all=1&lang=de")
    waiting = no_script.page.locator("input[name=incidents]:checked").count()

    no_script.page.click("button[value=released]")

    assert faults == {}
    assert waiting == 2
    assert "einzelne Meldungen eingeordnet: 2" in no_script.page.inner_text("body")
    assert no_script.page.locator("input[name=incidents]").count() == 0


def test_a_wave_is_looked_through_by_keyboard_and_without_scripts(
    looking: Callable[[str], Visitor],
    no_script: Visitor,
    demo: Demo,
) -> None:
    visitor = looking("light")
    sign_in(visitor)
    assert "Es liegt nichts zur Durchsicht vor." in visitor.page.inner_text("main")
    assert visitor.complaints() == []
    body = {"municipality": demo.ready["municipality"], "forms": ["insult"]}
    sent = visitor.page.evaluate(REPORT_MANY, ["/intake/v1/incidents", body])
    visitor.open("/intake/set-aside?lang=de")

    boxes = visitor.page.locator("input[name=incidents]").count()
    # `walk` asks by keyboard where the focus is; set by a script it is not marked here.
    complaints = unlooked(visitor)
    walked = visitor.walk()
    visitor.page.focus("#f-incidents")
    visitor.page.keyboard.press("Space")
    visitor.page.focus("button[value=wave]")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")

    assert (sent, boxes, complaints) == (201, 3, [])
    assert sum("incidents" in each for each in walked) == 3
    assert "Als Welle eingeordnet: 1" in visitor.page.inner_text("body")
    assert visitor.page.locator("input[name=incidents]").count() == 2

    visitor.page.click("button[value=wave]")
    assert visitor.page.locator("[role=alert]").count() == 1
    assert unlooked(visitor) == []

    for language in ("en", "einfach"):
        visitor.open(f"/intake/set-aside?all=1&lang={language}")
        assert visitor.complaints() == [], language

    answers_without_scripts(no_script)
