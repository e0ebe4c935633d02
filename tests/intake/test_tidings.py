# SPDX-License-Identifier: EUPL-1.2
"""A neutral mail to whoever reported: only where asked for, by notify's API alone, gone with it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app, ordering_of
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.mailbox import asking
from rueckhalt_intake.mailbox.codes import Codes
from rueckhalt_intake.tidings import handlers, store
from rueckhalt_intake.tidings.handing_over import HandingOver
from rueckhalt_intake.tidings.schemas import check_address
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.settings import BadSettings
from rueckhalt_shared.states import states
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.staff import Person, assigned, deliver, signed_in
from tests.intake.town import ANNA, ARS
from tests.intake.visitor import Visitor
from tests.support import NOON, FakeClock

MIA = "mia.kanarina@privat.example"
NAMED = {"named": "yes", "name": "Mia Muster", "email": MIA, "aftercare": "yes"}
WANTED = NAMED | {"tidings": "yes"}
EVERYWHERE = Reach(municipalities=("*",), mode="live", sender=None)


class Notify:
    """Answers like notify's API; remembers what it was told."""

    def __init__(self, *answers: int | None) -> None:
        self.told: list[dict[str, str]] = []
        self.answers = list(answers)

    def hand_over(self, body: dict[str, str]) -> int | None:
        self.told.append(body)
        return self.answers.pop(0) if self.answers else 202


@pytest.fixture
def telling(settings: Settings) -> Settings:
    """An installation that can write to people."""
    return replace(
        settings,
        services=frozenset({"intake", "routing", "notify"}),
        notify_url="http://127.0.0.1:9/notify",
        notify_key="rk_live_x_y",
        municipality=ARS,
        municipality_name="Musterstadt",
    )


@pytest.fixture
def visitors(telling: Settings, database: Database) -> Callable[[], Visitor]:
    """People at its pages."""
    app = create_app(telling, database)
    held = app.extensions["rueckhalt"].extensions
    held["drafts"] = replace(held["drafts"], codes=Codes(b"salt" * 4, memory_kib=8, passes=1))
    return lambda: Visitor(app.test_client())


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


def incident_id(database: Database) -> str:
    return str(rows(database, incidents.incidents)[0]["id"])


def hand_over(database: Database, notify: Notify) -> list[dict[str, str]]:
    HandingOver(database.context["vault"], notify).run(database)
    return notify.told


@pytest.fixture
def mia(visitor: Visitor, visitors: Callable[[], Visitor]) -> Visitor:
    """Somebody who has reported with a name and wants a mail; they come back by their words."""
    back = visitors()
    back.open_case(visitor.report(contact=WANTED))
    return back


@pytest.fixture
def anna(mia: Visitor, app: Any, keys: KeyStore, worker: Worker, database: Database) -> Person:
    """The responsible person of that case."""
    deliver(worker, assigned(incident_id(database), ANNA))
    return signed_in(app.test_client(), keys, "anna", ANNA)


def write(anna: Person, database: Database) -> None:
    here = f"/desk/{incident_id(database)}/messages"
    assert anna.send(here, f"{here}/answer", text="Wir kümmern uns.").status_code == 303


def taken_over(number: str, version: int = 5) -> Any:
    return contracts.ResponsibilityTakenOver(
        subject=number,
        municipality=ARS,
        version=version,
        mode="live",
        assignment=uuid7(),
        role="ansprechstelle",
        person=ANNA,
        taken_over_at=NOON,
        follow_up_by=NOON,
        at=NOON,
    )


def test_an_answer_of_the_desk_becomes_one_word_to_notify(
    mia: Visitor, anna: Person, database: Database
) -> None:
    write(anna, database)
    write(anna, database)
    notify = Notify()

    told = hand_over(database, notify)

    assert [each["address"] for each in told] == [MIA]
    assert told[0]["incident"] == incident_id(database)
    assert set(told[0]) == {"id", "incident", "municipality", "language", "address"}
    assert rows(database, store.tidings) == []
    assert hand_over(database, notify) == told


def test_without_the_wish_nobody_is_ever_written_to(
    visitor: Visitor, worker: Worker, database: Database, clock: FakeClock
) -> None:
    visitor.report(contact=NAMED)
    deliver(worker, assigned(incident_id(database), ANNA))
    deliver(worker, taken_over(incident_id(database)))
    clock.pass_(days=100)
    asking.ask(database)

    assert rows(database, store.tidings_wishes) == []
    assert rows(database, store.tidings) == []
    assert hand_over(database, Notify()) == []


def test_the_questions_some_time_afterwards_are_told(
    mia: Visitor, database: Database, clock: FakeClock
) -> None:
    told = []
    for days in (3, 11, 28, 49):
        clock.pass_(days=days)
        asking.ask(database)
        told.append(len(hand_over(database, Notify())))

    assert told == [1, 1, 1, 1]


def test_who_has_taken_over_is_told_where_it_is_wanted(
    mia: Visitor, worker: Worker, database: Database
) -> None:
    deliver(worker, assigned(incident_id(database), ANNA))
    assert hand_over(database, Notify()) == []

    deliver(worker, taken_over(incident_id(database)))
    first = hand_over(database, Notify())
    mia.send("/case/tidings", address=MIA)
    deliver(worker, taken_over(incident_id(database), version=9))

    assert len(first) == 1
    assert hand_over(database, Notify()) == []


def test_only_a_case_that_may_have_mail_leads_to_it(
    mia: Visitor, visitors: Callable[[], Visitor]
) -> None:
    nameless = visitors()
    nameless.open_case(visitors().report())

    assert 'href="/case/tidings"' in mia.get("/case").text
    assert 'href="/case/tidings"' not in nameless.get("/case").text


def test_an_anonymous_report_never_has_an_address(
    visitor: Visitor, visitors: Callable[[], Visitor], database: Database
) -> None:
    visitor.answer("danger", danger="escalating")
    refused = visitor.send("/report/contact", tidings="yes", email=MIA, named="no")
    back = visitors()
    back.open_case(visitor.report())
    shown = back.get("/case/tidings").text
    tried = back.send("/case/tidings", address=MIA)

    assert refused.status_code == 422
    assert "Ohne Namen bewahren wir keine Adresse auf" in refused.text
    assert "Meldungen ohne Namen" in shown
    assert tried.status_code == 409
    assert rows(database, store.tidings_wishes) == []


@pytest.mark.parametrize(
    "email",
    [
        "",
        "someone,x@y.de",
        "(x)x@y.de",
        "x@y",
        "mia",
        "a b@c.de",
        "mia@exämple.de",
        "x@y.de\nBcc: z",
    ],
)
def test_whoever_wants_a_mail_gives_a_whole_address_and_loses_nothing(
    visitor: Visitor, email: str
) -> None:
    visitor.answer("danger", danger="escalating")
    visitor.answer("what", forms=["threat"])
    told = WANTED | {"email": email, "name": "Mia Muster"}

    refused = visitor.send("/report/contact", **told)

    assert refused.status_code == 422
    assert "Mia Muster" in refused.text


def test_it_can_be_asked_for_changed_and_ended_later(
    visitor: Visitor, visitors: Callable[[], Visitor], database: Database
) -> None:
    back = visitors()
    back.open_case(visitor.report(contact=NAMED))

    wrong = back.send("/case/tidings", address="x@y")
    back.send("/case/tidings", address=f" {MIA} ", states="yes")
    shown = back.get("/case/tidings").text
    kept = rows(database, store.tidings_wishes)
    back.send("/case/tidings", "/case/tidings/none")

    assert wrong.status_code == 422
    assert "vollständige E-Mail-Adresse" in wrong.text
    assert MIA in shown
    assert len(kept) == 1
    assert rows(database, store.tidings_wishes) == []


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_the_page_is_sound_in_every_language(mia: Visitor, lang: str) -> None:
    page = mia.get(f"/case/tidings?lang={lang}")

    assert page.status_code == 200
    assert Page(page.text).faults() == []


def test_the_address_lies_nowhere_in_clear_and_never_on_the_bus(
    mia: Visitor, anna: Person, database: Database, events: Any, tmp_path: Path, capsys: Any
) -> None:
    write(anna, database)
    hand_over(database, Notify(None, 500))

    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    out = capsys.readouterr()
    assert MIA.encode() not in kept
    assert MIA not in repr(events())
    assert MIA not in out.out + out.err


def test_notify_away_loses_nothing_and_the_same_id_is_told_again(
    mia: Visitor, anna: Person, database: Database, clock: FakeClock
) -> None:
    write(anna, database)
    notify = Notify(None, 503, 202)

    for minutes in (0, 2, 6, 16, 61):
        clock.pass_(minutes=minutes)
        hand_over(database, notify)

    assert len(notify.told) == 3
    assert len({each["id"] for each in notify.told}) == 1
    assert rows(database, store.tidings) == []


def test_a_word_that_waits_is_said_aloud_and_given_up_after_a_week(
    mia: Visitor, anna: Person, database: Database, clock: FakeClock
) -> None:
    write(anna, database)
    hand_over(database, Notify(403))
    clock.pass_(minutes=90)
    hand_over(database, Notify(403))
    late = database.read(states)["tidings"].state
    clock.pass_(days=8)
    hand_over(database, Notify(403))

    assert late == "overdue"
    assert rows(database, store.tidings) == []


def test_killed_after_notify_has_it_the_same_id_is_told_again(
    mia: Visitor, anna: Person, database: Database, clock: FakeClock
) -> None:
    write(anna, database)
    (word, _), *_ = database.read(handlers.due)
    database.run(handlers.begin, word)  # and here it was killed, notify has it already

    clock.pass_(minutes=2)
    told = hand_over(database, Notify())

    assert [each["id"] for each in told] == [word.id]


def test_two_workers_hand_one_word_over_once(
    mia: Visitor, anna: Person, database: Database
) -> None:
    write(anna, database)
    (word, _), *_ = database.read(handlers.due)

    assert [database.run(handlers.begin, word) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("scope", ["case", "source"])
def test_it_dies_with_the_report_or_with_who_reported(
    mia: Visitor, anna: Person, database: Database, telling: Settings, scope: str
) -> None:
    write(anna, database)

    ordering_of(telling, database).give(
        incident_id(database), EVERYWHERE, scope=scope, reason="request", by="cli:x"
    )

    assert rows(database, store.tidings_wishes) == []
    assert rows(database, store.tidings) == []
    assert hand_over(database, Notify()) == []


def test_erased_in_notify_already_it_is_over(
    mia: Visitor, anna: Person, database: Database
) -> None:
    write(anna, database)

    hand_over(database, Notify(410))

    assert rows(database, store.tidings) == []


def test_without_notify_the_page_says_so_and_the_question_is_not_asked(
    settings: Settings, database: Database
) -> None:
    app = create_app(replace(settings, municipality=ARS, municipality_name="Musterstadt"), database)
    held = app.extensions["rueckhalt"].extensions
    held["drafts"] = replace(held["drafts"], codes=Codes(b"salt" * 4, memory_kib=8, passes=1))
    visitor, back = Visitor(app.test_client()), Visitor(app.test_client())
    back.open_case(visitor.report(contact=WANTED))

    assert "keine E-Mails" in back.get("/case/tidings").text
    assert back.send("/case/tidings", address=MIA).status_code == 409
    assert rows(database, store.tidings_wishes) == []
    visitor.send("/report/receipt", "/report/another")
    visitor.known = ""
    visitor.answer("danger", danger="escalating")
    assert 'name="tidings"' not in visitor.get("/report/contact").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"notify_url": "https://notify.example"},
        {"notify_key": "rk_live_x_y"},
        {"notify_url": "ftp://notify.example", "notify_key": "rk_live_x_y"},
    ],
)
def test_settings_that_cannot_be_are_refused(settings: Settings, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match="NOTIFY_"):
        replace(settings, **wrong)


@pytest.mark.parametrize("address", ["someone,x@y.de", "(x)x@y.de", "a:x@y.de", "<x@y.de"])
def test_no_address_may_be_read_as_two_recipients(address: str) -> None:
    with pytest.raises(ValidationError):
        check_address(address)
