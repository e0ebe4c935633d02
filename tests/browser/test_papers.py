# SPDX-License-Identifier: EUPL-1.2
"""Papers and deadlines in a browser: without barrier, and a Strafantrag that leaves it as PDF."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]


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
