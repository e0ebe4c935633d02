# SPDX-License-Identifier: EUPL-1.2
"""The door of "Mein Vorfall" in a browser: words leave no trace, and the line has no barrier."""

from collections.abc import Callable, Iterator

import pytest

from rueckhalt_intake.mailbox.words import new_words
from tests.browser.conftest import EACH, Visitor
from tests.browser.test_report import fill, onward, words
from tests.flows.demo import Demo, running_demo

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(180)]
DOOR = "/intake/case/words"
KEPT = """() => [JSON.stringify(history.state), localStorage.length, sessionStorage.length,
                 document.title + location.href]"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A town of its own: after these tests everybody in this network has to wait."""
    with running_demo(tmp_path_factory.mktemp("door") / "data") as demo:
        yield demo


def come_in(visitor: Visitor, typed: str) -> None:
    visitor.page.fill("[name=words]", typed)
    onward(visitor, f"form[action$='{DOOR}'] button >> nth=0")


@pytest.mark.walks("/intake/case/line")
@pytest.mark.parametrize("way", EACH)
def test_a_typing_error_is_mended_on_the_page_and_the_line_has_no_barrier(
    looking: Callable[[str], Visitor], way: str
) -> None:
    visitor, found = looking(way), {}
    fill(visitor)
    onward(visitor)
    code = words(visitor)
    visitor.page.context.clear_cookies()
    visitor.open(f"{DOOR}?lang=de")
    wrong = f"{code[:-1]}q"

    come_in(visitor, wrong)
    found["wrong"] = visitor.complaints()
    assert visitor.page.input_value("[name=words]") == wrong
    for _ in range(30):
        come_in(visitor, new_words())
        if visitor.page.locator("[name=ticket]").count():
            break
    found["waiting"] = visitor.complaints()
    visitor.open("/intake/case/line")
    found["the line"] = visitor.complaints()

    cookies = " ".join(str(each) for each in visitor.page.context.cookies())
    assert {name: told for name, told in found.items() if told} == {}
    assert not any(word in cookies for word in code.split())
    if way == "light":
        state, local, session, shown = visitor.page.evaluate(KEPT)
        assert (state, local, session) == ("null", 0, 0)
        assert not any(word in shown for word in code.split())
