# SPDX-License-Identifier: EUPL-1.2
"""The whole way of a forwarded hate mail: arrival, incident, responsible person, evidence."""

import pytest

from tests.browser.conftest import EACH
from tests.intake.letters import HATE, forwarded
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
WORDS = "Das kam heute früh an uns alle."


def onward(visitor, button="main form button"):
    with visitor.page.expect_navigation():
        visitor.page.click(button)


def bring(visitor, tmp_path, number):
    """Bring a mail in by hand; its place in the list of those that wait."""
    mail = tmp_path / "mail.eml"
    mail.write_bytes(forwarded(number=number, words=WORDS))
    visitor.open("/intake/inbound/new?lang=de")
    visitor.page.set_input_files("input[type=file]", mail)
    onward(visitor)
    assert "1 neu, 0 waren schon da." in visitor.page.inner_text("main")
    found = visitor.page.locator("main tbody a").last
    return str(found.get_attribute("href"))


@pytest.mark.walks("/intake/inbound/new", "/intake/inbound", "/intake/inbound/<uuid:arrival_id>")
@pytest.mark.parametrize("way", EACH)
def test_a_forwarded_hate_mail_becomes_an_incident_with_its_evidence(looking, demo, tmp_path, way):
    visitor = looking(way)
    visitor.sign_in()
    found = visitor.faults("/intake/inbound/new?lang=de")
    place = bring(visitor, tmp_path, number=1 + EACH.index(way))
    found["list"] = visitor.complaints()
    assert WORDS not in visitor.page.content()
    visitor.page.click(f"a[href='{place}']")
    found["shut"] = visitor.complaints()
    found |= visitor.faults(f"{place}/dismiss?lang=de")
    visitor.open(f"{place}?lang=de")
    onward(visitor)
    found["open"] = visitor.complaints()
    assert WORDS in visitor.page.inner_text("main")
    visitor.page.click("main form details summary")
    for name, value in (("forms", "threat"), ("motives", "rassistisch"), ("named", "yes")):
        visitor.page.check(f"[name={name}][value={value}]")
    onward(visitor, "form[action$=report] button")
    found["done"] = visitor.complaints()
    assert visitor.page.inner_text(".rk-code").count(" ") >= 6

    number = place.rpartition("/")[2]
    eventually(
        lambda: demo.api("GET", "intake", f"/v1/incidents/{number}").json()["status"] == "assigned",
        what="routing has assigned it",
    )
    visitor.open(f"/intake/desk/{number}/evidence?lang=de")
    onward(visitor)
    told = visitor.page.inner_text("main")

    assert {step: faults for step, faults in found.items() if faults} == {}
    assert "Wir kriegen dich.eml" in told
    assert "per E-Mail" in visitor.page.content()
    assert visitor.page.locator("article").count() == len(("the mail", HATE, "its picture"))


@pytest.mark.walks("/intake/inbound/<uuid:arrival_id>/dismiss")
def test_what_is_wrong_keeps_what_was_typed_and_what_is_none_is_dismissed(looking, tmp_path):
    visitor = looking("without script")
    visitor.sign_in()
    place = bring(visitor, tmp_path, number=11)
    visitor.page.click(f"a[href='{place}']")
    onward(visitor)
    visitor.page.fill("[name=narrative]", "Von mir getippt")
    onward(visitor, "form[action$=report] button")
    found = {"wrong": visitor.complaints()}
    assert visitor.page.input_value("[name=narrative]") == "Von mir getippt"
    assert "meldende Person" in visitor.page.inner_text(".rk-summary")

    visitor.open(place + "/dismiss?lang=de")
    found["asked"] = visitor.complaints()
    visitor.page.check("[value=advertising]")
    onward(visitor)
    found["dismissed"] = visitor.complaints()

    assert {step: faults for step, faults in found.items() if faults} == {}
    assert visitor.page.locator(f"main tbody a[href='{place}']").count() == 0
    onward(visitor, f"form[action='{place}/back'] button")
    assert visitor.page.locator(f"a[href='{place}']").count() == 1
