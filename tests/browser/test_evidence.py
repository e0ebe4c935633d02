# SPDX-License-Identifier: EUPL-1.2
"""Evidence in a browser: brought by whoever reported, looked at by whoever is responsible."""

import pytest

from tests.browser.conftest import EACH
from tests.browser.test_report import fill, onward
from tests.intake import filing, pdfs
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]


def upload(visitor, *files):
    given = [{"name": name, "mimeType": kind, "buffer": told} for name, kind, told in files]
    visitor.page.set_input_files("input[name=files]", given)
    with visitor.page.expect_navigation():
        visitor.page.click("main form:has(input[name=files]) button")


@pytest.mark.parametrize("way", EACH)
def test_files_brought_after_a_report_have_no_barrier(looking, way):
    visitor = looking(way)
    fill(visitor)
    onward(visitor)
    onward(visitor, "main a[href$='/case/evidence']")
    found = {"empty": visitor.complaints()}

    onward(visitor, "main form:has(input[name=files]) button")
    found["nothing chosen"] = visitor.complaints()
    upload(visitor, ("wand.jpg", "image/jpeg", filing.photo()), ("x.exe", "", b"MZ\x90\0"))
    found["there"] = visitor.complaints()

    assert {name: told for name, told in found.items() if told} == {}
    assert "wand.jpg" in visitor.page.inner_text("main")
    assert "Nicht geprüft" in visitor.page.inner_text("main")


@pytest.mark.sandbox
@pytest.mark.pdf
@pytest.mark.parametrize("way", EACH)
def test_the_desk_sees_the_pages_of_a_pdf(looking, demo, way):
    body = {"municipality": demo.ready["municipality"], "forms": ["threat"]}
    number = demo.api("POST", "intake", "/v1/incidents", json=body).json()["id"]
    visitor, found = looking(way), {}
    visitor.sign_in()

    def there():
        visitor.open(f"/intake/desk/{number}/evidence?lang=de")
        return visitor.page.query_selector("input[name=files]") is not None

    eventually(there, what="it is assigned")
    upload(visitor, ("brief.pdf", "application/pdf", pdfs.letter(8)))
    onward(visitor, "main form:has-text('Namen und Prüfsummen öffnen') button")
    onward(visitor, "article button:has-text('Ansehen')")
    found["blurred"] = visitor.complaints()
    onward(visitor, "main button:has-text('deutlich')")
    found["clear"] = visitor.complaints()
    onward(visitor, "main button:has-text('Seiten ab 7')")
    found["rest"] = visitor.complaints()

    assert {name: told for name, told in found.items() if told} == {}
    assert visitor.page.locator("img.rk-picture").count() == 2
    assert "Seite 7 bis 8 von 8" in visitor.page.inner_text("main")


@pytest.mark.parametrize("way", EACH)
def test_the_desk_sees_a_blurred_picture_first(looking, demo, way):
    body = {"municipality": demo.ready["municipality"], "forms": ["threat"]}
    number = demo.api("POST", "intake", "/v1/incidents", json=body).json()["id"]
    visitor, found = looking(way), {}
    visitor.sign_in()
    here = f"/intake/desk/{number}/evidence"

    def look(name):
        found[name] = visitor.complaints()

    def there():
        visitor.open(f"{here}?lang=de")
        return visitor.page.query_selector("input[name=files]") is not None

    eventually(there, what="it is assigned")
    files = ("wand.jpg", "image/jpeg", filing.photo(1200)), ("hass.eml", "", filing.MAIL)
    upload(visitor, *files)
    look("shut")
    onward(visitor, "main form:has-text('Namen und Prüfsummen öffnen') button")
    look("open")
    onward(visitor, "article:has-text('wand.jpg') button:has-text('Ansehen')")
    look("blurred")
    onward(visitor, "main button:has-text('deutlich')")
    look("clear")

    assert {name: told for name, told in found.items() if told} == {}
    assert visitor.page.eval_on_selector("img.rk-picture", "it => it.naturalWidth") == 1200
