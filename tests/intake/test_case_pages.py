# SPDX-License-Identifier: EUPL-1.2
""" "Mein Vorfall": by seven words or signed in; two-way messages, consents, aftercare, leaving."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from rueckhalt_intake.erasure import store as erasures
from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.mailbox import asking, store, words
from rueckhalt_intake.mailbox.domain import NoMailboxCode
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.people import Meet
from tests.intake.staff import Person, assigned, deliver, signed_in, taken_over
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender
from tests.intake.visitor import Visitor
from tests.support import FakeClock

Events = Callable[[], list[dict[str, Any]]]
SECRET = "Er hat wieder vor der Tür gestanden."


def incident_id(database: Database) -> str:
    """The only incident."""
    ids = database.read(lambda tx: list(tx.execute(select(incidents.incidents.c.id)).scalars()))
    assert len(ids) == 1
    return str(ids[0])


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


def received(events: Events) -> list[tuple[str, set[str]]]:
    """What the bus heard of messages: direction, and which fields there were."""
    said = [each for each in events() if each["type"].endswith("message.received.v1")]
    return [(each["data"]["direction"], set(each["data"])) for each in said]


@pytest.fixture
def anna(app: Flask, keys: KeyStore) -> Person:
    return signed_in(app.test_client(), keys, "anna", ANNA)


@pytest.fixture
def case(visitor: Visitor, visitors: Callable[[], Visitor]) -> Visitor:
    """Somebody who has reported, has gone home, and comes back by their words."""
    code = visitor.report(contact={"named": "no", "aftercare": "yes"})
    back = visitors()
    assert back.open_case(code).headers["Location"].endswith("/case")
    return back


def test_the_list_of_words_is_usable() -> None:
    found = words.word_list()

    assert len(found) >= 7300
    assert len(set(found)) == len(found)
    assert all(each.isascii() and each.isalpha() and each.islower() for each in found)
    assert {len(each) for each in found} <= {4, 5, 6, 7, 8}


@pytest.mark.parametrize("typed", ["  ABEND-acker Adler, affe ahorn\talbum algen ", "abend acker"])
def test_words_are_read_in_any_spelling_and_nothing_else_is(typed: str) -> None:
    if len(typed) < 20:
        with pytest.raises(NoMailboxCode):
            words.folded(typed)
    else:
        assert words.folded(typed) == "abend acker adler affe ahorn album algen"


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_every_page_is_sound_in_every_language(case: Visitor, lang: str) -> None:
    case.send("/case", "/case/message", text=SECRET)

    for path in ("/case", "/case/words", "/case/correct", "/case/withdraw", "/case/copy"):
        answer = case.get(f"{path}?lang={lang}")
        assert answer.status_code == 200, path
        assert Page(answer.text).faults() == [], path


def test_a_code_of_a_machine_opens_here_as_well(
    town: Sender, visitor: Visitor, database: Database
) -> None:
    code = town.post(THREAT | {"wishes": ["anonymous"]}).json["mailbox_code"]

    assert visitor.open_case(code).headers["Location"].endswith("/case")
    assert "Mein Vorfall" in visitor.get("/case").text


def test_the_visit_ends_by_itself_and_at_once_by_leaving(case: Visitor, clock: FakeClock) -> None:
    inside = case.get("/case").status_code
    clock.pass_(minutes=31)
    later = case.get("/case")

    assert inside == 200
    assert later.headers["Location"].endswith("/case/words")


def test_leaving_leaves_nothing_in_the_browser(case: Visitor, database: Database) -> None:
    gone = case.send("/case", "/case/leave")

    assert gone.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert rows(database, store.mailbox_visits)[0]["token_hash"]
    assert case.get("/case").status_code == 303


def test_a_message_is_sealed_and_the_bus_hears_its_direction_only(
    case: Visitor, database: Database, events: Events
) -> None:
    sent = case.send("/case", "/case/message", text=SECRET)

    (kept,) = rows(database, store.messages)
    assert sent.status_code == 303
    assert "Tür".encode() not in kept["text"]
    assert SECRET in case.get("/case").text
    assert received(events) == [("from_reporter", {"message", "direction", "at", "mode"})]


def test_an_empty_message_is_told_and_a_late_one_is_not_lost(case: Visitor) -> None:
    empty = case.send("/case", "/case/message", text="  ")
    late = case.client.post("/case/message", data={"csrf_token": "old", "text": SECRET})

    assert (empty.status_code, late.status_code) == (422, 409)
    assert SECRET in late.text


def test_who_is_responsible_reads_and_answers_and_both_stand_in_the_audit(
    case: Visitor, database: Database, worker: Worker, anna: Person, events: Events
) -> None:
    case.send("/case", "/case/message", text=SECRET)
    number = incident_id(database)
    deliver(worker, assigned(number, ANNA))
    page = f"/desk/{number}/messages"

    shut = anna.page(page).text
    opened = anna.send(page)
    answered = anna.send(page, f"{page}/answer", text="Ich rufe Sie morgen an.")

    assert SECRET not in shut
    assert SECRET in opened.text
    assert "eine Beratungsstelle" in opened.text
    assert Page(opened.text).faults() == []
    assert answered.status_code == 303
    assert "Ich rufe Sie morgen an." in case.get("/case").text
    assert [direction for direction, _ in received(events)] == ["from_reporter", "to_reporter"]
    acts = [row.body for row in database.read(lambda tx: list(audit.rows(tx, ARS)))]
    assert sum('"act":"incident.opened"' in str(act) for act in acts) == 1
    assert sum('"act":"message.sent"' in str(act) for act in acts) == 1


def test_nobody_else_reads_or_answers(
    case: Visitor, database: Database, worker: Worker, app: Flask, keys: KeyStore
) -> None:
    number = incident_id(database)
    deliver(worker, assigned(number, ANNA))
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)

    assert bernd.page(f"/desk/{number}/messages").status_code == 404
    token = bernd.page("/desk/" + number)
    assert token.status_code == 404


def test_who_has_it_and_until_when_is_shown_as_soon_as_routing_said_it(
    case: Visitor, database: Database, worker: Worker
) -> None:
    before = case.get("/case").text
    number = incident_id(database)
    deliver(worker, assigned(number, ANNA, role="ansprechstelle"))
    asked = case.get("/case").text
    deliver(worker, taken_over(number, ANNA, version=2))
    taken = case.get("/case").text

    assert "wird gerade bestimmt" in before
    assert "Nächster Schritt bis" in asked
    assert "Zwei Stunden" in before or "zwei Stunden" in before
    assert "wird gerade bestimmt" not in taken


def test_consents_count_at_once_and_the_responsible_person_hears_of_it(
    case: Visitor, database: Database, events: Events
) -> None:
    before = {each["kind"]: each["withdrawn_at"] for each in rows(database, store.consents)}
    case.send("/case", "/case/sharing", sharing=["police"])
    after = {each["kind"]: each["withdrawn_at"] for each in rows(database, store.consents)}
    case.send("/case", "/case/sharing", sharing=["police"])

    assert before == {"counselling": None}
    assert after["counselling"] is not None
    assert after["police"] is None
    assert len(received(events)) == 1
    assert "Jetzt: die Polizei." in case.get("/case").text


def test_a_correction_is_amended_and_announced(
    case: Visitor, database: Database, events: Events, town: Sender
) -> None:
    done = case.send("/case/correct", forms=["threat", "stalking"], danger="nothing", place="home")
    bad = case.send("/case/correct", danger="nothing")

    shown = town.show({"id": incident_id(database)})
    assert (done.status_code, bad.status_code) == (303, 422)
    assert shown["forms"] == ["threat", "stalking"]
    assert shown["danger_level"] == "high"
    assert any(each["type"].endswith("incident.amended.v1") for each in events())


def test_withdrawing_asks_for_the_erasure_that_a_second_person_decides(
    case: Visitor, database: Database
) -> None:
    asked = case.send("/case/withdraw", scope="case")
    open_ = case.send("/case/withdraw")

    assert (asked.status_code, open_.status_code) == (303, 422)
    assert "Löschung" in case.get("/case/copy").text or case.get("/case/copy").status_code == 200
    found = database.read(
        lambda tx: erasing.whoever_asks(tx, incident_id(database))  # still there until decided
    )
    assert found is not None
    assert rows(database, erasures.metadata.tables["erasure_requests"])[0]["by_reporter"]


def test_the_copy_has_everything_also_as_a_file(case: Visitor) -> None:
    case.send("/case", "/case/message", text=SECRET)

    page, file = case.get("/case/copy"), case.get("/case/copy.json")

    assert SECRET in page.text
    assert "wohnst" in page.text
    assert file.json["messages"][0]["text"] == SECRET
    assert file.json["consents"][0]["kind"] == "counselling"
    assert "attachment" in file.headers["Content-Disposition"]


def test_questions_come_after_their_time_and_are_announced_without_content(
    case: Visitor, visitor: Visitor, database: Database, events: Events, clock: FakeClock
) -> None:
    code = visitor.words("/report/receipt")
    asking.ask(database)
    early = len(received(events))
    clock.pass_(days=3, minutes=1)
    asking.ask(database)
    asking.ask(database)
    case.open_case(code)
    asked = case.get("/case").text

    done = case.send("/case", "/case/aftercare/d3", text="Es geht.")
    again = case.get("/case").text

    assert early == 0
    assert "Drei Tage danach" in asked
    assert "Zwei Wochen danach" not in asked
    assert done.status_code == 303
    assert "Drei Tage danach" not in again
    assert [direction for direction, _ in received(events)] == ["to_reporter", "from_reporter"]


def test_erasing_the_incident_takes_everything_in_the_mailbox_with_it(
    case: Visitor, database: Database, app: Flask
) -> None:
    case.send("/case", "/case/message", text=SECRET)
    number = incident_id(database)
    tables = (store.mailboxes, store.messages, store.mailbox_visits, store.consents)

    def gone(tx: Transaction) -> None:
        found = erasing.whoever_asks(tx, number)
        assert found is not None
        erasing.erase(tx, found)

    database.run(gone)

    assert [rows(database, each) for each in (*tables, store.aftercare)] == [[]] * 5
    assert rows(database, store.metadata.tables["report_drafts"]) == []
    assert case.get("/case").headers["Location"].endswith("/case/words")


def test_whoever_is_signed_in_opens_their_own_reports_without_words(
    meet: Meet, database: Database
) -> None:
    rita = meet("rita", "reporter")
    answer = rita.client.post(
        "/v1/incidents", json=THREAT, headers={"Sec-Fetch-Site": "same-origin"}
    )
    number = answer.json["id"]

    opened = rita.submit("/case/words", f"/case/mine/{number}")
    page = rita.get("/case").text
    other = meet("otto", "reporter")
    refused = other.submit("/case/words", f"/case/mine/{number}")

    assert opened.headers["Location"].endswith("/case")
    assert "Mein Vorfall" in page
    assert refused.status_code == 404


def test_staff_take_a_report_by_phone_with_the_question_of_consent(
    meet: Meet, database: Database
) -> None:
    staff = meet("stefan", "responsible")

    begun = staff.submit("/report-by-phone")
    page = staff.get("/report/danger").text
    staff.submit("/report/danger", danger="nothing")
    staff.submit("/report/what", forms="threat")
    to = staff.submit("/report/who", role="affected").headers["Location"]
    staff.submit("/report/behalf", behalf="yes")
    staff.submit("/report/review", "/report/send")

    assert begun.headers["Location"].endswith("/report/danger")
    assert "Meldung am Telefon" in page
    assert to.endswith("/report/behalf")
    (kept,) = rows(database, store.consents)
    assert kept["kind"] == "on_behalf"
    assert "stefan" not in str(rows(database, incidents.incidents))
