# SPDX-License-Identifier: EUPL-1.2
"""A report finds its responsible person, who is told and takes over, and the month counts it."""

import html
import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import requests

from tests.flows.system import ARS
from tests.support import eventually

SLUR = "„Dich kriegen wir, du …“ 卐 \u202e\u200f 😡"


def month():
    return datetime.now(ZoneInfo("Europe/Berlin")).strftime("%Y-%m")


def assignment_of(town, incident):
    found = [a for a in town.assignments() if a["incident_id"] == incident]
    return found[0] if found else None


def settled_total(town):
    """The month's total once everything that was reported before is counted."""

    def counted():
        live = [a for a in town.assignments() if a["mode"] == "live"]
        total = town.summary(month())["total"]
        return (total,) if total == len(live) else None

    return eventually(counted, within=60, what="earlier reports are counted")[0]


def states_of(town, incident):
    notices = town.api("GET", "notify", f"/v1/notices?incident={incident}").json()["items"]
    return [notice["state"] for notice in notices]


def questions_to_anna(sink, before):
    return [
        mail
        for mail in sink.mails()[before:]
        if mail["To"] == "anna.aydin@musterstadt.example" and "/n/" in text_of(mail)
    ]


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def link_in(mail):
    return re.search(r"http://\S+/n/\S+", text_of(mail)).group(0)


def test_the_responsible_person_is_told_and_takes_over_by_the_link(town, sink):
    count, before = settled_total(town), len(sink.mails())

    incident = town.report(forms=["threat"], channel="phone", narrative=SLUR)
    (mail,) = eventually(lambda: questions_to_anna(sink, before), what="the mail")
    page = requests.get(link_in(mail), timeout=10)
    again = requests.get(link_in(mail), timeout=10)
    still_open = assignment_of(town, incident)["state"]
    done = requests.post(link_in(mail), data={"verb": "take_over"}, timeout=10)
    eventually(lambda: assignment_of(town, incident)["state"] == "taken")
    shown = eventually(
        lambda: (
            (s := town.api("GET", "intake", f"/v1/incidents/{incident}").json())
            and s["status"] == "taken_over"
            and s
        )
    )

    assert (page.status_code, again.status_code, done.status_code) == (200, 200, 200)
    assert still_open == "open"
    assert shown["narrative"] == SLUR
    eventually(lambda: town.summary(month())["total"] == count + 1)
    for text in (str(mail), page.text, again.text, done.text):
        assert not re.search(r"Bedrohung|threat|Telefon|Bürgeramt|Aydin", text)


def test_whoever_reported_writes_and_the_one_who_is_asked_hears_of_it_without_a_word(town, sink):
    before = len(sink.mails())
    report = {"municipality": ARS, "forms": ["threat"], "wishes": ["anonymous"]}
    made = town.api("POST", "intake", "/v1/incidents", json=report).json()
    eventually(lambda: questions_to_anna(sink, before), what="the question")

    with requests.Session() as browser:
        inside = send_form(browser, town, "/case/words", words=made["mailbox_code"])
        sent = send_form(browser, town, "/case", "/case/message", text=SLUR)
    (mail,) = eventually(lambda: words_of_messages(sink, before), what="the word")

    assert (inside.status_code, sent.status_code) == (200, 200)
    assert SLUR in html.unescape(sent.text)
    assert mail["To"] == "anna.aydin@musterstadt.example"
    assert not re.search(rf"http|kriegen|{made['id']}|threat|Bedrohung", text_of(mail))


def send_form(browser, town, page, to="", **fields):
    """Open a page of intake and send a form of it, as a browser without scripts does."""
    opened = browser.get(town.url("intake") + page, timeout=10)
    token = re.search(r'name="csrf_token" value="([^"]+)"', opened.text).group(1)
    fields["csrf_token"] = token
    return browser.post(town.url("intake") + (to or page), data=fields, timeout=30)


def words_of_messages(sink, before):
    return [mail for mail in sink.mails()[before:] if mail["Subject"] == "Es gibt eine Nachricht"]


def test_taking_over_by_the_api_cancels_what_others_were_asked(town):
    incident = town.report(forms=["insult"], organisation_unit="buergeramt")
    assignment = eventually(lambda: assignment_of(town, incident))
    path = f"/v1/assignments/{assignment['id']}"

    first = town.api("POST", "routing", f"{path}/take-over", json={})
    second = town.api("POST", "routing", f"{path}/take-over", json={})
    why = town.api("GET", "routing", f"{path}/explanation").json()

    assert (first.status_code, second.status_code) == (200, 200)
    assert why["rule"]["code"] == assignment["rule"]
    eventually(
        lambda: (
            town.api("GET", "intake", f"/v1/incidents/{incident}").json()["status"] == "taken_over"
        )
    )


def test_a_test_key_gets_an_answer_and_disturbs_nobody(town):
    key = town.new_key(sender="probe", mode="test")
    count = settled_total(town)

    answer = town.api(
        "POST",
        "intake",
        "/v1/incidents",
        json={"municipality": ARS, "forms": ["weapon"]},
        headers={"Authorization": f"Bearer {key}"},
    )
    probe = answer.json()["id"]
    eventually(lambda: assignment_of(town, probe), what="the assignment")
    real = town.report(forms=["threat"])  # later on the same queues: it overtakes nothing
    eventually(lambda: "sent" in states_of(town, real), what="the real one is sent")
    eventually(lambda: town.summary(month())["total"] == count + 1, what="the real one counts")

    assert answer.status_code == 201
    assert "sent" not in states_of(town, probe)


def test_everything_accepted_at_once_arrives(town):
    count = settled_total(town)
    lines = "\n".join(
        json.dumps({"municipality": ARS, "forms": ["insult"], "reference": f"flood-{n}"})
        for n in range(200)
    )

    answer = town.api(
        "POST",
        "intake",
        "/v1/incidents/bulk",
        data=lines.encode(),
        headers={"Content-Type": "application/x-ndjson"},
    )
    accepted = {line["incident"]["id"] for line in map(json.loads, answer.text.splitlines())}
    eventually(lambda: accepted <= {a["incident_id"] for a in town.assignments()}, within=60)

    assert len(accepted) == 200
    eventually(lambda: town.summary(month())["total"] == count + 200, within=60)
