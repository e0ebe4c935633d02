# SPDX-License-Identifier: EUPL-1.2
""" "Mein Vorfall" over time: promises, corrections taken back, notes added, closed, erased."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app
from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents import store as table
from rueckhalt_intake.report.store import drafts
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.people import Person
from tests.intake.staff import assigned, deliver, taken_over
from tests.intake.town import ANNA, ARS, Sender
from tests.intake.visitor import Visitor
from tests.support import NOON, FakeClock

NEIGHBOUR = "160770888888"
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 8 o'clock in Germany
SHORT: dict[str, dict[str, Any]] = {"contact": {"named": "no"}}


def number_of(database: Database) -> str:
    """The only incident."""
    query = select(table.incidents.c.id)
    return str(database.read(lambda tx: tx.execute(query).scalar_one()))


@pytest.fixture
def code(visitor: Visitor) -> str:
    """Somebody has reported; these words lead back."""
    return visitor.report(**SHORT)


@pytest.fixture
def case(visitors: Callable[[], Visitor], code: str) -> Visitor:
    """They come back from another browser."""
    back = visitors()
    assert back.open_case(code).status_code == 303
    return back


# ------------------------------------------------------------------------------- promises


def test_a_held_case_says_until_when_it_waits_and_by_when_somebody_takes_over(
    case: Visitor, database: Database, worker: Worker
) -> None:
    by = MONDAY + timedelta(hours=24)
    held = assigned(number_of(database), held_until=MONDAY, take_over_by=by)

    deliver(worker, held)
    page = case.get("/case").text

    assert "Spätestens Montag, 23.11.2026, 08:00 Uhr bekommt sie Ihre Meldung." in page
    assert "Bis spätestens Dienstag, 24.11.2026, 08:00 Uhr übernimmt jemand." in page
    assert "Voreingestellt ist" not in page


def test_a_promise_that_was_not_kept_is_not_repeated(
    case: Visitor, database: Database, worker: Worker, clock: FakeClock
) -> None:
    deliver(worker, assigned(number_of(database), ANNA, take_over_by=NOON + timedelta(minutes=1)))

    clock.pass_(minutes=2)
    page = case.get("/case").text

    assert "die nächste Stelle wird von selbst gefragt" in page
    assert "Bis spätestens" not in page


def test_the_stand_in_is_named_by_role_while_somebody_is_asked(
    case: Visitor, database: Database, worker: Worker
) -> None:
    asked = assigned(number_of(database), ANNA, role="ansprechstelle", stand_in="hauptamt_personal")

    deliver(worker, asked)
    page = case.get("/case").text

    assert "geht der Vorfall von selbst an die Vertretung: Hauptamt, Personal." in page


def test_a_stand_in_in_the_same_role_is_a_general_sentence(
    case: Visitor, database: Database, worker: Worker
) -> None:
    same = {"role": "ansprechstelle", "stand_in": "ansprechstelle"}

    deliver(worker, assigned(number_of(database), ANNA, **same))
    page = case.get("/case").text

    assert "geht der Vorfall von selbst an ihre Vertretung." in page


def test_who_took_over_is_a_role_with_a_stand_in_and_never_a_name(
    case: Visitor, database: Database, worker: Worker
) -> None:
    number = number_of(database)

    deliver(worker, assigned(number, ANNA), taken_over(number, ANNA, version=2))
    page = case.get("/case").text

    assert "für sie gibt es eine Vertretung" in page
    assert "Der nächste Schritt geschieht bis spätestens" in page
    assert ANNA not in page


# ----------------------------------------------------------------------------- corrections


def test_an_answer_about_danger_can_be_taken_back_to_left_open(
    case: Visitor, database: Database, town: Sender
) -> None:
    before = town.show({"id": number_of(database)})["danger"]

    both = case.send("/case/correct", forms="threat", danger=["open", "escalating"])
    done = case.send("/case/correct", forms="threat", danger="open")

    assert before == ["escalating"]
    assert both.status_code == 422
    assert "geht nur allein" in both.text
    assert done.status_code == 303
    assert town.show({"id": number_of(database)})["danger"] is None


# ----------------------------------------------------------------------------------- notes


def test_only_ticked_notes_are_added_and_the_log_stays(case: Visitor) -> None:
    nothing = case.get("/case/notes").text
    case.send("/log", text="Heute vor der Tür.")
    case.send("/log", text="Das bleibt bei mir.")
    page = case.get("/case/notes").text
    at = page.split('name="notes"')[1].split('value="')[1].split('"')[0]

    none_ticked = case.send("/case/notes")
    case.send("/case/notes", notes="2001-01-01T00:00:00.000Z")
    sent = case.send("/case/notes", notes=at)

    assert "keine Notizen offen" in nothing
    assert Page(page).faults() == []
    assert none_ticked.status_code == 422
    assert sent.status_code == 303
    assert "Heute vor der Tür." in case.get("/case").text
    assert "Das bleibt bei mir." in case.get("/log").text


# ------------------------------------------------------------------------- closed and erased


def test_after_the_closing_the_page_says_so_and_still_takes_a_message(
    case: Visitor, database: Database
) -> None:
    reach = erasing.Reach(municipalities=(ARS,), mode="live", sender=None)
    closing = {"reason": "resolved", "feedback_given": True}
    database.run(incidents.close_incident, number_of(database), reach, **closing)

    page = case.get("/case").text
    sent = case.send("/case", "/case/message", text="Es geht wieder los.")

    assert "Dieser Vorfall ist seit" in page
    assert "wird gerade bestimmt" not in page
    assert Page(page).faults() == []
    assert sent.status_code == 303


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_after_the_erasure_the_words_get_a_calm_sentence_and_only_the_right_words(
    code: str, visitors: Callable[[], Visitor], database: Database, lang: str
) -> None:
    number = number_of(database)

    def gone(tx: Transaction) -> None:
        found = erasing.whoever_asks(tx, number)
        assert found is not None
        erasing.erase(tx, found)

    database.run(gone)
    back = visitors()
    back.get(f"/?lang={lang}")
    answer = back.open_case(code)
    wrong = back.open_case("abend acker adler affe ahorn album algen")

    assert (answer.status_code, wrong.status_code) == (410, 422)
    assert Page(answer.text).faults() == []
    if lang == "de":
        assert "Die Meldung wurde gelöscht" in answer.text
    kept = database.read(lambda tx: tx.execute(select(erasing.erased_incidents)).all())
    assert number not in str(kept)
    assert code.split(maxsplit=1)[0] not in str(kept)


# --------------------------------------------------------------------------- by whose account


@pytest.fixture
def rita(visitors: Callable[[], Visitor], keys: KeyStore, visitor: Visitor) -> Person:
    """Somebody with an account, at the public pages."""
    return Person(visitor.client.application, keys, "rita", "reporter")


@pytest.mark.parametrize(("said", "is_hers"), [({}, True), ({"account": "no"}, False)])
def test_whoever_is_signed_in_is_told_and_chooses_whether_their_account_has_it(
    rita: Person, database: Database, said: dict[str, str], is_hers: bool
) -> None:
    rita.submit("/report/danger", danger="nothing")
    rita.submit("/report/what", forms="threat")
    rita.submit("/report/contact", named="yes", name="Rita")
    page = rita.get("/report/review").text

    wrong = rita.submit("/report/review", "/report/send", account="perhaps")
    sent = rita.submit("/report/review", "/report/send", **said)

    assert "Soll die Meldung unter Ihrem Konto laufen?" in page
    assert Page(page).faults() == []
    assert (wrong.status_code, sent.status_code) == (422, 303)
    query = select(table.incidents.c.sender)
    sender = database.read(lambda tx: tx.execute(query).scalar_one())
    assert (sender == rita.sender) is is_hers


def test_who_gives_no_name_is_told_that_their_account_stays_apart(rita: Person) -> None:
    rita.submit("/report/danger", danger="nothing")
    rita.submit("/report/what", forms="threat")

    page = rita.get("/report/review").text

    assert "nicht mit Ihrem Konto verbunden" in page
    assert 'name="account"' not in page


# ---------------------------------------------------------------------------------- by phone


@pytest.fixture
def house(settings: Settings, database: Database, tmp_path: Path) -> Flask:
    """A house of two towns of one district."""
    file = tmp_path / "towns.csv"
    file.write_text(
        f"municipality,name\n{ARS},Musterstadt\n{NEIGHBOUR},Nachbarort\n", encoding="utf-8"
    )
    return create_app(replace(settings, towns=file), database)


def begun(database: Database) -> list[str]:
    query = select(drafts.c.municipality)
    return list(database.read(lambda tx: tx.execute(query).scalars()))


def test_whoever_answers_for_two_towns_chooses_from_which_the_caller_is(
    house: Flask, keys: KeyStore, database: Database
) -> None:
    both = {"elsewhere": [("responsible", NEIGHBOUR)]}
    staff = Person(house, keys, "stefan", "responsible", **both)
    asked = staff.get("/report-by-phone").text

    open_ = staff.submit("/report-by-phone")
    strange = staff.submit("/report-by-phone", town="091620000000")
    long = staff.submit("/report-by-phone", town="9" * 300)
    done = staff.submit("/report-by-phone", town=ARS)

    assert "Nachbarort" in asked
    assert Page(asked).faults() == []
    assert {open_.status_code, strange.status_code, long.status_code} == {422}
    assert "Bitte wählen Sie eine Kommune" in strange.text
    assert done.status_code == 303
    assert begun(database) == [ARS]


def test_who_answers_for_one_town_is_not_asked_which(
    house: Flask, keys: KeyStore, database: Database
) -> None:
    staff = Person(house, keys, "stefan", "responsible", elsewhere=[("reporter", NEIGHBOUR)])

    page = staff.get("/report-by-phone").text
    staff.submit("/report-by-phone", town="")

    assert 'name="town"' not in page
    assert begun(database) == [ARS]
