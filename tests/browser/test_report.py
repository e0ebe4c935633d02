# SPDX-License-Identifier: EUPL-1.2
"""A whole report in a real browser, in each way people look at pages, up to the answer."""

import pytest

from tests.browser.conftest import EACH
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
TEXT = "Er schrie: Ich warte heute Abend auf Sie. \u202eمرحبا\u202c"
# What is ticked or typed on each page of the usual way; an empty one is left open.
WAY = (
    ("danger", {"danger": "concrete_threat"}),
    ("what", {"forms": "threat"}),
    ("who", {"role": "affected"}),
    ("where", {"place": "office_front"}),
    ("source", {"relation": "citizen"}),
    ("tell", {"narrative": TEXT, "accused": "Ein Mann, etwa 50"}),
    ("contact", {"named": "no"}),
    ("sharing", {"sharing": "counselling"}),
)


def fill(visitor, look=None):
    """Answer one question after the other, up to the review."""
    visitor.open("/intake/report?lang=de")
    for step, answers in WAY:
        if look is not None:
            look(step)
        for name, value in answers.items():
            field = visitor.page.locator(f"[name={name}]")
            if field.first.get_attribute("type") in ("checkbox", "radio"):
                visitor.page.check(f"[name={name}][value={value}]")
            else:
                visitor.page.fill(f"[name={name}]", value)
        onward(visitor)


def onward(visitor, button="main .kern-btn--primary"):
    with visitor.page.expect_navigation():
        visitor.page.click(button)


def words(visitor):
    return visitor.page.inner_text(".rk-code").strip()


# The pages of somebody who has reported, below `/intake`.
OWN = (
    *("/case", "/case/correct", "/case/withdraw", "/case/copy", "/case/deadlines", "/case/papers"),
    *("/case/evidence", "/case/notes", "/case/tidings"),
    *("/case/deadlines/strafantrag/affected/1", "/case/papers/strafanzeige", "/case/words"),
)


@pytest.mark.walks("/intake/report", "/intake/report/<string:step>", "/intake/report/review")
@pytest.mark.walks("/intake/report/receipt", "/intake/case", "/intake/case/words")
@pytest.mark.walks("/intake/case/correct", "/intake/case/withdraw", "/intake/case/copy")
@pytest.mark.walks("/intake/case/evidence", "/intake/case/notes", "/intake/case/deadlines")
@pytest.mark.walks("/intake/case/tidings")
@pytest.mark.walks(
    "/intake/case/deadlines/<string:deadline>/<string:entitled>/<string:offender>",
    "/intake/case/papers",
    "/intake/case/papers/<string:code>",
)
@pytest.mark.parametrize("way", EACH)
def test_a_whole_report_without_a_name_has_no_barrier(looking, way):
    visitor, found = looking(way), {}

    def look(step):
        found[step] = visitor.complaints()

    visitor.open("/intake/?lang=de")
    look("start")
    fill(visitor, look)
    look("review")
    onward(visitor)
    look("receipt")
    code = words(visitor)
    onward(visitor)
    title, address = visitor.page.inner_text("h1"), visitor.page.url
    found |= visitor.faults(*(f"/intake{page}" for page in OWN))

    assert {step: faults for step, faults in found.items() if faults} == {}
    assert len(code.split()) == 7
    assert "Mein Vorfall" in title
    assert code not in address


@pytest.mark.parametrize("way", EACH)
def test_a_mail_is_asked_for_and_ended_without_a_barrier(looking, way):
    visitor, found = looking(way), {}
    fill(visitor)
    visitor.open("/intake/report/contact?lang=de")
    visitor.page.check("[name=named][value=yes]")
    visitor.page.fill("[name=name]", "Mia Muster")
    visitor.page.check("[name=tidings]")
    onward(visitor)
    found["no address"] = visitor.complaints()
    visitor.page.fill("[name=email]", "mia@privat.example")
    onward(visitor)
    visitor.open("/intake/report/review")
    onward(visitor)
    visitor.open("/intake/case/tidings")
    found["wanted"] = visitor.complaints()
    kept = visitor.page.input_value("[name=address]")
    onward(visitor, "form[action$='/none'] button")
    found["ended"] = visitor.complaints()

    assert {step: faults for step, faults in found.items() if faults} == {}
    assert kept == "mia@privat.example"
    assert visitor.page.input_value("[name=address]") == ""


@pytest.mark.walks("/intake/log", "/intake/report/words")
@pytest.mark.parametrize("way", EACH)
def test_the_log_and_a_report_by_phone_have_no_barrier(looking, way):
    visitor = looking(way)
    found = visitor.faults("/intake/log?lang=de", "/intake/towns")
    visitor.open("/intake/log")
    visitor.page.fill("[name=text]", "Wieder ein Brief.")
    onward(visitor, "main form button >> nth=0")
    assert "Wieder ein Brief." in visitor.page.inner_text("main")
    found["noted"] = visitor.complaints()
    onward(visitor, "form[action$='log/words'] button")
    found["words"] = visitor.complaints()
    visitor.open("/intake/report")
    onward(visitor)
    visitor.page.click("summary")
    onward(visitor, "form[action$='report/save'] button")
    found["put aside"] = visitor.complaints()
    visitor.sign_in()
    visitor.open("/intake/report-by-phone?lang=de")
    onward(visitor, "main form button")
    found["asked"] = visitor.complaints()

    assert {step: faults for step, faults in found.items() if faults} == {}


def test_an_answer_from_the_desk_is_read_by_the_seven_words(looking):
    reporter, desk = looking("light"), looking("light")
    fill(reporter)
    onward(reporter)
    code = words(reporter)
    onward(reporter)
    eventually(
        lambda: reporter.page.reload() and "wird gerade bestimmt" not in reporter.page.content(),
        what="routing has said who has it",
    )
    reporter.page.fill("[name=text]", "Heute stand er wieder da.")
    onward(reporter, "form[action$=message] button")
    onward(reporter, "form[action$=leave] button")
    desk.sign_in()
    desk.open("/intake/desk?lang=de")
    desk.page.click("main tbody a >> nth=0")
    desk.page.click("a[href$=messages]")
    onward(desk, "main form button")
    read = desk.page.inner_text("main")
    barriers = desk.complaints()
    desk.page.fill("[name=text]", "Wir rufen Sie um acht Uhr an.")
    onward(desk, "form[action$=answer] button")

    reporter.open("/intake/case/words?lang=de")
    reporter.page.fill("[name=words]", code.upper().replace(" ", "-"))
    onward(reporter, "main form button")

    assert "Heute stand er wieder da." in read
    assert barriers == []
    assert "Wir rufen Sie um acht Uhr an." in reporter.page.inner_text("main")
    assert reporter.complaints() == []


def test_a_report_is_possible_by_keyboard_alone(looking):
    visitor = looking("light")
    visitor.open("/intake/report?lang=de")
    reached = visitor.walk()
    visitor.page.evaluate("document.activeElement.blur()")

    def press_to(text):
        for _ in range(60):
            visitor.page.keyboard.press("Tab")
            at = visitor.page.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).innerText ?? ''"
            )
            if text in at:
                return
        raise AssertionError(f"no way to {text} by keyboard")

    def go(text):
        press_to(text)
        with visitor.page.expect_navigation():
            visitor.page.keyboard.press("Enter")

    press_to("Nichts davon")
    visitor.page.keyboard.press("Space")
    go("Weiter")
    press_to("Bedrohung")
    visitor.page.keyboard.press("Space")
    for _ in range(8):  # the place is left open, so the channel is asked
        go("Weiter")
    go("Jetzt melden")

    assert any("Weiter" in each for each in reached)
    assert len(words(visitor).split()) == 7


def test_nothing_is_lost_by_going_back_a_wrong_answer_or_a_lost_session(looking):
    visitor = looking("light")
    fill(visitor)
    with visitor.page.expect_navigation():
        visitor.page.go_back()
    with visitor.page.expect_navigation():
        visitor.page.go_back()
    while "/tell" not in visitor.page.url:
        visitor.page.go_back()
    assert visitor.page.input_value("[name=narrative]") == TEXT

    visitor.page.fill("[name=narrative]", "Noch mehr dazu.")
    kept = [c for c in visitor.page.context.cookies() if "rueckhalt_form" not in c["name"]]
    visitor.page.context.clear_cookies()
    visitor.page.context.add_cookies(kept)
    onward(visitor)
    assert visitor.page.input_value("[name=narrative]") == "Noch mehr dazu."
    assert visitor.complaints() == []
    onward(visitor)

    visitor.open("/intake/report/what")
    for box in visitor.page.locator("[name=forms]:checked").all():
        box.uncheck()
    onward(visitor)
    assert "mindestens eine Antwort" in visitor.page.inner_text(".rk-summary")
    assert visitor.page.evaluate("document.activeElement.className").count("rk-summary") == 1


def test_sending_twice_is_one_report(looking, demo):
    visitor = looking("without script")  # nothing there holds the second press back
    fill(visitor)
    before = len(demo.api("GET", "intake", "/v1/incidents?state=open").json()["items"])

    token = visitor.page.input_value("form[action$=send] [name=csrf_token]")
    twice = [
        visitor.page.request.post(
            f"{visitor.base}/intake/report/send",
            form={"csrf_token": token},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        for _ in range(2)
    ]
    after = len(demo.api("GET", "intake", "/v1/incidents?state=open").json()["items"])

    assert [each.status for each in twice] == [200, 200]
    assert after - before == 1
    visitor.open("/intake/report/receipt")
    assert words(visitor) in twice[0].text()


@pytest.mark.walks("/intake/report/alarm")
def test_acute_danger_fills_the_screen_with_110(looking):
    visitor = looking("narrow")
    visitor.open("/intake/report?lang=de")
    visitor.page.check("[name=danger][value=still_present]")
    onward(visitor)

    number = visitor.page.locator(".rk-acute-number").bounding_box()
    assert visitor.complaints() == []
    assert number["height"] > 60
    assert number["y"] + number["height"] < 640
    onward(visitor, "main a.kern-btn")
    assert visitor.page.url.endswith("/report/what")


def test_the_first_visit_is_light_and_asks_nobody_else(looking):
    visitor = looking("light")
    sizes = {}
    visitor.page.on("response", lambda answer: sizes.update({answer.url: answer}))

    visitor.open("/intake/?lang=de")
    visitor.page.wait_for_load_state("networkidle")
    sent = sum(answer.request.sizes()["responseBodySize"] for answer in sizes.values())

    assert {each for each in visitor.asked if not each.startswith(visitor.base)} - {
        "data:,"
    } == set()
    print(f"first visit: {sent / 1024:.0f} KiB in {len(sizes)} answers")
    assert sent <= 150 * 1024
