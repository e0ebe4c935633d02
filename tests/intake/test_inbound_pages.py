# SPDX-License-Identifier: EUPL-1.2
"""`/inbound`: no word in the list, read on record, a report like any other, or dismissed."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app, entrance_of, ordering_of
from rueckhalt_intake.evidence import store as evidence
from rueckhalt_intake.inbound import letters, store
from rueckhalt_intake.inbound.sweeping import Sweeping
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.mailbox.codes import Codes
from rueckhalt_intake.vault import store as keys_store
from rueckhalt_shared import states
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.letters import HATE, HOSTILE, forwarded
from tests.intake.staff import Person, assigned, deliver, signed_in
from tests.intake.town import ANNA, ARS, BERND, ELSEWHERE
from tests.support import FakeClock, outbox

EVERYWHERE = Reach(municipalities=("*",), mode="live", sender=None)
COMPLETE: dict[str, Any] = {
    "forms": ["threat"],
    "danger": ["escalating"],
    "narrative": "Erika hat eine Drohung bekommen.",
    "named": "yes",
    "name": "Erika Muster",
    "email": "erika@musterstadt.example",
    "role": "affected",
    "channel": "email",
}


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    app = create_app(replace(settings, municipality=ARS, municipality_name="Musterstadt"), database)
    held = app.extensions["rueckhalt"].extensions
    held["drafts"] = replace(held["drafts"], codes=Codes(b"salt" * 4, memory_kib=8, passes=1))
    return app


@pytest.fixture
def anna(app: Flask, keys: KeyStore) -> Person:
    return signed_in(app.test_client(), keys, "anna", ANNA)


@pytest.fixture
def mail(settings: Settings, database: Database) -> Callable[..., str]:
    """A mail that waits; answers its id."""

    def come(raw: bytes = forwarded(), town: str = ARS) -> str:
        return entrance_of(settings, database).take(letters.told_of(raw, town)).id

    return come


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


def acts(database: Database) -> list[str]:
    found = database.read(lambda tx: list(tx.execute(select(audit.audit_rows.c.body)).scalars()))
    return re.findall(r'"act":"(arrival\.[a-z_]+|evidence\.added)"', " ".join(map(str, found)))


def report(who: Person, number: str, **changes: Any) -> Any:
    return who.send(f"/inbound/{number}", f"/inbound/{number}/report", **COMPLETE | changes)


def test_the_list_says_when_and_how_but_not_a_word_of_it(
    anna: Person, mail: Callable[..., str], clock: FakeClock
) -> None:
    mail()

    page = anna.page("/inbound").text

    assert "E-Mail" in page
    for word in ("Erika", "kriegen", "wohnst", "musterstadt.example", "hass.example", ".eml"):
        assert word not in page


def test_whoever_opens_it_stands_in_the_audit_first(
    anna: Person, mail: Callable[..., str], database: Database
) -> None:
    number = mail()
    shut = anna.page(f"/inbound/{number}").text
    assert "kriegen" not in shut
    assert acts(database) == []

    opened = anna.send(f"/inbound/{number}").text

    assert acts(database) == ["arrival.opened"]
    assert "Das kam heute früh" in opened
    assert "Ich weiß, wo du wohnst." in opened
    assert "Wir kriegen dich.eml" in opened
    assert 'value="erika@musterstadt.example"' in opened
    assert "Absender und Betreff einer E-Mail lassen sich fälschen" in opened


@pytest.mark.parametrize("path", ["", "/new", "/{}", "/{}/dismiss"])
def test_each_page_is_sound_html(anna: Person, mail: Callable[..., str], path: str) -> None:
    number = mail()

    Page(anna.page(f"/inbound{path.format(number)}").text)
    Page(anna.send(f"/inbound/{number}").text)


def test_it_becomes_a_report_like_any_other(
    anna: Person, mail: Callable[..., str], database: Database
) -> None:
    number = mail()

    done = report(anna, number)

    assert done.status_code == 200, done.text
    (incident,) = rows(database, incidents.incidents)
    assert incident["id"] == number
    assert incident["sender"] == "email"
    (event,) = outbox(database)
    assert event["type"] == "de.rueckhalt.incident.registered.v1"
    assert event["data"]["forms"] == ["threat"]
    assert rows(database, store.arrivals)[0]["state"] == "reported"
    assert "arrival.reported" in acts(database)
    assert re.search(r"<code>[^<]+</code>", done.text)


def test_its_files_become_evidence_with_how_and_when_they_came(
    app: Flask,
    anna: Person,
    mail: Callable[..., str],
    database: Database,
    worker: Worker,
    clock: FakeClock,
) -> None:
    number = mail()
    came = clock()
    clock.pass_(hours=3)

    report(anna, number)

    deliver(worker, assigned(number, ANNA))
    page = anna.send(f"/desk/{number}/evidence").text
    for name in ("e-mail.eml", "Wir kriegen dich.eml", "bild.gif"):
        assert name in page
    assert page.count("per E-Mail") == 3
    assert page.count("aus einem Eingang in den Vorfall übernommen") == 3
    log = rows(database, evidence.custody)
    assert [each["at"] for each in log if each["act"] == "received"] == [came] * 3
    hate = next(f for f in rows(database, evidence.attachments) if f["size"] == len(HATE))
    original = anna.send(
        f"/desk/{number}/evidence", f"/desk/{number}/evidence/{hate['id']}/original"
    )
    assert original.data == HATE
    assert rows(database, store.arrival_files) == []
    assert rows(database, store.arrival_chunks) == []


def test_pressed_twice_it_is_one_report(
    anna: Person, mail: Callable[..., str], database: Database
) -> None:
    number = mail()
    report(anna, number)
    second = mail(forwarded(number=2))

    again = anna.send(f"/inbound/{second}", f"/inbound/{number}/report", **COMPLETE)

    assert again.status_code == 404
    assert "Vielleicht hat ihn schon jemand" in again.text
    assert len(rows(database, incidents.incidents)) == 1


def test_the_same_mail_again_does_not_wait_again_after_it_was_taken_in(
    anna: Person, mail: Callable[..., str], database: Database
) -> None:
    number = mail()
    report(anna, number)

    assert mail() == number
    assert len(rows(database, store.arrivals)) == 1


def test_the_words_open_the_case_to_whoever_reported(
    app: Flask, anna: Person, mail: Callable[..., str], visitors: Any
) -> None:
    from tests.intake.visitor import WORDS, Visitor

    done = report(anna, mail())
    code = WORDS.search(done.text)
    assert code is not None

    case = Visitor(app.test_client())
    case.open_case(code[1])

    assert "Mein Vorfall" in case.get("/case").text


def test_without_a_name_neither_name_nor_address_is_kept(
    anna: Person, mail: Callable[..., str], database: Database, app: Flask, worker: Worker
) -> None:
    number = mail()

    report(anna, number, named="no")

    deliver(worker, assigned(number, ANNA))
    page = anna.send(f"/desk/{number}").text
    assert "erika@musterstadt.example" not in page
    assert rows(database, incidents.incidents)[0]["sender"] == "email"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"forms": []}, "forms"),
        ({"named": ""}, "Bitte sagen Sie, ob die meldende Person genannt werden soll."),
        ({"forms": ["nonsense"]}, "forms"),
        (
            {"occurred_on.year": "2999", "occurred_on.month": "1", "occurred_on.day": "1"},
            "liegt nicht in der Vergangenheit",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    anna: Person, mail: Callable[..., str], database: Database, changes: dict[str, Any], told: str
) -> None:
    number = mail()

    answer = report(anna, number, narrative="Von mir getippt", phone="0815", **changes)

    assert answer.status_code == 422
    assert told in answer.text
    assert "Von mir getippt" in answer.text
    assert 'value="0815"' in answer.text
    assert rows(database, incidents.incidents) == []
    assert rows(database, store.arrivals)[0]["state"] == "waiting"


def test_dismissed_it_can_be_brought_back_by_a_colleague(
    app: Flask, anna: Person, keys: KeyStore, mail: Callable[..., str], database: Database
) -> None:
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)
    number = mail()

    gone = anna.send(f"/inbound/{number}/dismiss", reason="advertising")
    assert gone.status_code == 303
    listed = bernd.page("/inbound").text
    assert "Werbung" in listed
    assert "kriegen" not in listed
    back = bernd.send("/inbound", f"/inbound/{number}/back")

    assert back.status_code == 303
    assert rows(database, store.arrivals)[0]["state"] == "waiting"
    assert acts(database) == ["arrival.dismissed", "arrival.brought_back"]
    assert "Das kam heute früh" in anna.send(f"/inbound/{number}").text


def test_without_a_reason_nothing_is_dismissed(
    anna: Person, mail: Callable[..., str], database: Database
) -> None:
    number = mail()

    answer = anna.send(f"/inbound/{number}/dismiss")

    assert answer.status_code == 422
    assert "Bitte wählen Sie einen Grund." in answer.text
    assert rows(database, store.arrivals)[0]["state"] == "waiting"


def test_dismissed_it_goes_after_thirty_days_with_its_keys(
    settings: Settings,
    anna: Person,
    mail: Callable[..., str],
    database: Database,
    clock: FakeClock,
) -> None:
    number, stays = mail(), mail(forwarded(number=2))
    vault = database.context["vault"]
    keys = [r["key_id"] for r in rows(database, store.arrival_files) if r["arrival_id"] == number]
    anna.send(f"/inbound/{number}/dismiss", reason="advertising")
    sweeping = Sweeping(vault)

    clock.pass_(days=29)
    sweeping.run(database)
    assert len(rows(database, store.arrivals)) == 2
    clock.pass_(days=1)
    sweeping.run(database)

    assert [each["id"] for each in rows(database, store.arrivals)] == [stays]
    assert {each["arrival_id"] for each in rows(database, store.arrival_files)} == {stays}
    assert [vault.keys.read(keys_store.find, key) for key in keys] == [None] * 3


def test_what_waits_longer_than_a_day_is_red_and_said(
    anna: Person, mail: Callable[..., str], database: Database, clock: FakeClock
) -> None:
    mail()
    sweeping = Sweeping(database.context["vault"])
    sweeping.run(database)
    assert database.read(states.states)["arrivals"].state == "up"

    clock.pass_(hours=24)
    sweeping.run(database)

    told = database.read(states.states)["arrivals"]
    assert told.state == "overdue"
    assert told.cause == "1 arrivals wait for a person for more than a day: page /inbound"
    assert anna.client.get("/readyz").json["checks"]["arrivals"]["status"] == "degraded"


def test_the_desk_says_how_many_wait(anna: Person, mail: Callable[..., str]) -> None:
    assert "warten darauf" not in anna.page("/desk").text
    mail()

    assert "1 Eingänge warten darauf" in anna.page("/desk").text


@pytest.mark.parametrize("path", ["", "/report", "/dismiss", "/back"])
def test_another_town_does_not_find_it(
    app: Flask, keys: KeyStore, mail: Callable[..., str], database: Database, path: str
) -> None:
    stranger = signed_in(app.test_client(), keys, "fremd", None, ("responsible", ELSEWHERE))
    own, number = mail(forwarded(number=2), ELSEWHERE), mail()

    answer = stranger.send(
        f"/inbound/{own}", f"/inbound/{number}{path}", reason="other", **COMPLETE
    )

    assert answer.status_code == 404
    assert number not in stranger.page("/inbound").text
    assert stranger.page(f"/inbound/{number}").status_code == 404
    assert {each["state"] for each in rows(database, store.arrivals)} == {"waiting"}
    assert "1 Eingänge warten" in stranger.page("/desk").text


def test_somebody_responsible_elsewhere_only_reads_nothing_here(
    app: Flask, keys: KeyStore, mail: Callable[..., str]
) -> None:
    """Responsible in one town and administrator of another: only the first one's mails open."""
    roles = (("responsible", ELSEWHERE), ("municipality_admin", ARS))
    both = signed_in(app.test_client(), keys, "beides", None, *roles)

    assert both.page(f"/inbound/{mail()}").status_code == 404


def test_a_mail_nobody_can_read_is_shown_as_such_and_kept_whole(
    anna: Person, mail: Callable[..., str], database: Database
) -> None:
    number = mail(HOSTILE["an Outlook file"])

    page = anna.send(f"/inbound/{number}").text

    assert "Nicht lesbar" in page
    assert "e-mail.eml" in page
    assert report(anna, number).status_code == 200
    assert rows(database, evidence.attachments)[0]["size"] == len(HOSTILE["an Outlook file"])


@pytest.mark.parametrize("name", list(HOSTILE))
def test_every_hostile_mail_can_be_opened_and_taken_in(
    anna: Person, mail: Callable[..., str], name: str
) -> None:
    number = mail(HOSTILE[name])

    Page(anna.send(f"/inbound/{number}").text)

    assert report(anna, number).status_code == 200


def test_scripts_in_a_mail_stay_words(anna: Person, mail: Callable[..., str]) -> None:
    raw = forwarded(words="<script>alert(1)</script>", more=b"X-A: b\r\n").replace(
        b"WG: Wir", b"<img src=x onerror=alert(2)>"
    )

    page = anna.send(f"/inbound/{mail(raw)}").text

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def bring(who: Person, *files: tuple[bytes, str], **more: Any) -> Any:
    sent = [(io.BytesIO(content), name) for content, name in files]
    return who.send("/inbound/new", files=sent, **more)


def test_a_saved_mail_is_brought_in_by_hand(anna: Person, database: Database) -> None:
    sent = bring(anna, (forwarded(), "mail.eml"), (forwarded(number=2), "noch eine.eml"))

    assert sent.status_code == 303
    assert "2 neu, 0 waren schon da." in anna.page("/inbound").text
    again = bring(anna, (forwarded(), "anderer name.eml"))
    assert again.status_code == 303
    assert len(rows(database, store.arrivals)) == 2


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([], 422),
        ([(b"", "leer.eml")], 422),
        ([(HATE, "gut.eml"), (b"", "leer.eml")], 422),  # not left out in silence
        ([(b"x" * 100_000, "gross.eml")], 413),
    ],
)
def test_what_cannot_be_brought_in_is_said(
    app: Flask, anna: Person, database: Database, files: list[tuple[bytes, str]], status: int
) -> None:
    held = app.extensions["rueckhalt"].extensions
    held["entrance"] = replace(held["entrance"], most=1000)

    answer = bring(anna, *files)

    assert answer.status_code == status
    assert "rk-summary" in answer.text
    assert rows(database, store.arrivals) == []


def test_a_mail_goes_to_a_town_somebody_is_responsible_in(
    app: Flask, keys: KeyStore, database: Database
) -> None:
    roles = (("responsible", ARS), ("responsible", ELSEWHERE))
    both = signed_in(app.test_client(), keys, "beide", None, *roles)

    missing = bring(both, (forwarded(), "mail.eml"))
    foreign = bring(both, (forwarded(), "mail.eml"), town="091620000000")
    done = bring(both, (forwarded(), "mail.eml"), town=ELSEWHERE)

    assert (missing.status_code, foreign.status_code, done.status_code) == (422, 422, 303)
    assert [each["municipality"] for each in rows(database, store.arrivals)] == [ELSEWHERE]


def test_after_an_erasure_nothing_of_the_mail_is_left(
    settings: Settings, anna: Person, mail: Callable[..., str], database: Database
) -> None:
    number = mail()
    report(anna, number)

    ordering_of(settings, database).give(
        number, EVERYWHERE, scope="case", reason="request", by="test"
    )

    for table in (store.arrivals, store.arrival_files, evidence.attachments, evidence.custody):
        assert rows(database, table) == []


def test_whoever_wrote_is_forgotten_with_the_source(
    settings: Settings, anna: Person, mail: Callable[..., str], database: Database
) -> None:
    """The whole mail names its sender, so it goes, as every file the reporter brought."""
    number = mail()
    report(anna, number)

    ordering_of(settings, database).give(
        number, EVERYWHERE, scope="source", reason="request", by="test"
    )

    assert len(rows(database, incidents.incidents)) == 1
    for table in (store.arrivals, evidence.attachments, evidence.custody):
        assert rows(database, table) == []
