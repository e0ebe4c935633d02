# SPDX-License-Identifier: EUPL-1.2
"""The pages of role keys as the persons see them who are responsible, and as nobody else does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from rueckhalt_intake.app import Settings, create_app, role_keys_of, vault_of
from rueckhalt_intake.strict import rights
from rueckhalt_intake.strict.boxes import Passphrases
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_intake.strict.keeping import keep_role_keys
from rueckhalt_shared.audit.store import audit_rows
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.messages import Catalogue
from tests.html_check import Page
from tests.intake.town import ANNA, ARS, ELSEWHERE, THREAT, Sender, report

ACCUSING = report(
    accused={"persons": [ANNA], "unit": "bauamt"},
    reporter={"name": "Erika Muster"},
    reference="Az 9",
)
SENTENCE = "fünf Wörter sind kein Passwort"
OTHER = "noch eine ganz andere Passphrase"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "strict.yaml").write_text("strict:\n  - accused: [person]\n")
    return replace(settings, services=frozenset({"intake"}))  # nobody assigns: the key decides


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    vault = vault_of(settings, database)
    database.context[rights.CONTEXT] = RoleKeys(vault, Passphrases(memory_kib=64, passes=1))
    return create_app(settings, database)


@dataclass
class Person:
    """Somebody signed in at a browser."""

    client: FlaskClient
    account: str

    def get(self, path: str) -> TestResponse:
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        return self.client.get(path, headers=headers)

    def send(self, path: str, **fields: str) -> TestResponse:
        """Fill in the form of this page and send it."""
        shown = self.get(path)
        assert shown.status_code == 200, shown.text
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
        assert token is not None
        return self.client.post(
            path,
            data=fields | {"csrf_token": token[1]},
            headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"},
        )

    def step(self, name: str, **fields: str) -> TestResponse:
        return self.send(f"/strict/keys/{ARS}/{name}", **fields)


@pytest.fixture
def signed_in(app: Flask, keys: KeyStore) -> Iterator[Any]:
    """Let somebody sign in: `signed_in("zoe")`."""

    def make(name: str, role: str = "responsible", place: str = ARS, **told: Any) -> Person:
        store = keys.database.prepare()
        account = store.run(accounts.add_account, name, held=[(role, place)], **told)
        token = store.run(sessions.begin_full, account.id, device="test")
        client = app.test_client()
        client.set_cookie("rueckhalt_session", token, domain="localhost")
        return Person(client, account.id)

    yield make
    keys.close()


@pytest.fixture
def zoe(signed_in: Any) -> Person:
    """She has made the role key."""
    zoe: Person = signed_in("zoe", display_name="Zoe Zuständig")
    shown = zoe.step("make", passphrase=SENTENCE, again=SENTENCE)
    assert shown.status_code == 200, shown.text
    return zoe


@pytest.fixture
def incident(town: Sender) -> str:
    return str(town.post(ACCUSING).json["id"])


def same_bytes(answer: TestResponse, asked: str) -> str:
    """What two answers have in common: all but the id that was asked for and the random token."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text.replace(asked, ""))


def acts(database: Database) -> list[str]:
    rows = database.read(lambda tx: tx.execute(select(audit_rows.c.body)).scalars().all())
    return [row if isinstance(row, str) else bytes(row).decode() for row in rows]


def test_a_strict_report_is_opened_by_passphrase_once_and_stands_in_the_audit(
    zoe: Person, incident: str, database: Database
) -> None:
    shut = zoe.get(f"/strict/incidents/{incident}")
    opened = zoe.send(f"/strict/incidents/{incident}", passphrase=SENTENCE)

    assert THREAT["narrative"] not in shut.text
    assert opened.status_code == 200
    for told in (THREAT["narrative"], "Erika Muster", "Az 9", ANNA, "bauamt"):
        assert told in opened.text
    assert "no-store" in opened.headers["Cache-Control"]
    assert SENTENCE not in opened.text
    (row,) = [each for each in acts(database) if "incident.opened" in each]
    assert zoe.account in row
    assert THREAT["narrative"] not in zoe.get(f"/strict/incidents/{incident}").text


def test_a_wrong_passphrase_opens_nothing_and_is_slowed(
    zoe: Person, incident: str, database: Database
) -> None:
    path = f"/strict/incidents/{incident}"
    answers = [zoe.send(path, passphrase=f"falsch und lang genug {n}") for n in range(8)]

    assert answers[0].status_code == 422
    assert "Das stimmt nicht." in answers[0].text
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert zoe.send(path, passphrase=SENTENCE).status_code == 429  # the right one waits, too
    assert [each for each in acts(database) if "incident.opened" in each] == []


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        ("reporter", ARS, 403),
        ("plan_owner", ARS, 403),
        ("municipality_admin", ARS, 403),
        ("data_protection_officer", ARS, 403),
        ("responsible", ELSEWHERE, 404),
        ("responsible", ARS, 404),  # responsible, and without the key
    ],
)
def test_nobody_else_learns_that_there_is_such_a_report(
    zoe: Person, incident: str, signed_in: Any, role: str, place: str, status: int
) -> None:
    other = signed_in("other", role, place)
    unknown = incident[:-4] + "0000"

    answers = [other.get(f"/strict/incidents/{each}") for each in (incident, unknown)]

    assert [each.status_code for each in answers] == [status, status]
    told = [same_bytes(each, i) for each, i in zip(answers, (incident, unknown), strict=True)]
    assert told[0] == told[1]
    assert zoe.get(f"/strict/incidents/{unknown}").status_code == 404


def test_the_accused_person_opens_nothing_although_they_hold_the_key(
    zoe: Person, incident: str, signed_in: Any
) -> None:
    anna = signed_in("anna", person=ANNA)
    anna.step("prepare", passphrase=OTHER, again=OTHER)
    zoe.step("hand-on", person=anna.account, passphrase=SENTENCE)

    assert zoe.get("/strict/keys").text.count(f"/strict/incidents/{incident}") == 1
    assert f"/strict/incidents/{incident}" not in anna.get("/strict/keys").text
    assert anna.get(f"/strict/incidents/{incident}").status_code == 404


def test_no_system_has_a_key_to_these_pages(client: FlaskClient, sender: Any) -> None:
    machine = sender("assignment:take-over", "incident:read", name="system")

    assert machine.get("/strict/keys").status_code == 403
    assert machine.get(f"/strict/keys/{ARS}/make").status_code == 403


def test_a_stand_in_gets_the_key_and_a_leaver_loses_it(
    zoe: Person, incident: str, signed_in: Any
) -> None:
    ute = signed_in("ute", display_name="Ute Vertretung")
    assert "hand-on" not in zoe.get("/strict/keys").text
    ute.step("prepare", passphrase=OTHER, again=OTHER)
    zoe.step("hand-on", person=ute.account, passphrase=SENTENCE)

    opened = ute.send(f"/strict/incidents/{incident}", passphrase=OTHER)
    assert THREAT["narrative"] in opened.text
    assert "Ute Vertretung" in zoe.get("/strict/keys").text
    done = zoe.step("remove", person=ute.account, passphrase=SENTENCE)

    assert done.status_code == 303
    assert ute.get(f"/strict/incidents/{incident}").status_code == 404
    assert "Ute Vertretung" not in zoe.get("/strict/keys").text
    opened = zoe.send(f"/strict/incidents/{incident}", passphrase=SENTENCE)
    assert THREAT["narrative"] in opened.text


def test_whoever_loses_the_role_loses_the_key_within_a_round(
    zoe: Person, incident: str, signed_in: Any, settings: Settings, database: Database
) -> None:
    ute = signed_in("ute")
    ute.step("prepare", passphrase=OTHER, again=OTHER)
    zoe.step("hand-on", person=ute.account, passphrase=SENTENCE)
    role_keys, keys = role_keys_of(settings, database), KeyStore.of(settings.identity_url)

    keys.database.run(accounts.disable, "ute")
    assert ute.get(f"/strict/incidents/{incident}").status_code != 200
    keep_role_keys(settings, role_keys)(database)

    assert role_keys.ring(ARS).holders == (zoe.account,)
    assert role_keys.ring(ARS).renewal_is_due
    assert "erneuern Sie den Rollenschlüssel jetzt" in zoe.get("/strict/keys").text
    assert zoe.step("renew", passphrase=SENTENCE).status_code == 303
    assert not role_keys.ring(ARS).renewal_is_due
    keep_role_keys(settings, role_keys)(database)  # an account nobody knows keeps its copy
    assert role_keys.ring(ARS).holders == (zoe.account,)


def test_the_paper_is_shown_once_and_brings_the_key_back(
    signed_in: Any, town: Sender, settings: Settings, database: Database
) -> None:
    zoe, ole = signed_in("zoe"), signed_in("ole")
    shown = zoe.step("make", passphrase=SENTENCE, again=SENTENCE)
    paper = re.search(r"<code>([0-9A-Z-]{32})</code>", shown.text)
    assert paper is not None
    assert paper[1] not in zoe.get("/strict/keys").text
    incident = town.post(ACCUSING).json["id"]

    wrong = ole.step("recover", code="0" * 26, passphrase=OTHER, again=OTHER)
    right = ole.step("recover", code=paper[1], passphrase=OTHER, again=OTHER)

    assert (wrong.status_code, right.status_code) == (422, 303)
    opened = ole.send(f"/strict/incidents/{incident}", passphrase=OTHER)
    assert THREAT["narrative"] in opened.text
    kept = b"".join(path.read_bytes() for path in settings.data.glob("*.db*"))
    for secret in (paper[1], paper[1].replace("-", ""), SENTENCE, OTHER):
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    ("passphrase", "again", "told"),
    [
        ("zu kurz", "zu kurz", "mindestens 16 Zeichen"),
        (SENTENCE, OTHER, "sind verschieden"),
        ("a" * 30, "a" * 30, "zu leicht zu erraten"),
    ],
)
def test_a_weak_passphrase_is_refused_and_never_shown_again(
    signed_in: Any, passphrase: str, again: str, told: str
) -> None:
    refused = signed_in("zoe").step("make", passphrase=passphrase, again=again)

    assert refused.status_code == 422
    assert told in refused.text
    assert passphrase not in refused.text


def test_a_passphrase_is_changed(zoe: Person, incident: str) -> None:
    wrong = zoe.step("passphrase", old=OTHER, passphrase=OTHER, again=OTHER)
    right = zoe.step("passphrase", old=SENTENCE, passphrase=OTHER, again=OTHER)

    assert (wrong.status_code, right.status_code) == (422, 303)
    opened = zoe.send(f"/strict/incidents/{incident}", passphrase=OTHER)
    assert THREAT["narrative"] in opened.text


def test_the_key_is_handed_to_those_only_whom_the_page_offers(
    zoe: Person, signed_in: Any, settings: Settings, database: Database
) -> None:
    for name, role, place in (("ute", "responsible", ARS), ("fern", "responsible", ELSEWHERE)):
        person = signed_in(name, role, place)
        vault = vault_of(settings, database)
        RoleKeys(vault, Passphrases(memory_kib=64, passes=1)).prepare(person.account, OTHER)

    refused = zoe.step("hand-on", person=person.account, passphrase=SENTENCE)

    assert refused.status_code == 422
    assert role_keys_of(settings, database).ring(ARS).holders == (zoe.account,)


def test_steps_that_make_no_sense_now_are_not_there(zoe: Person, signed_in: Any) -> None:
    for step in ("make", "found", "prepare", "recover", "hand-on", "remove", "leave", "nonsense"):
        assert zoe.get(f"/strict/keys/{ARS}/{step}").status_code == 404, step
    assert zoe.get(f"/strict/keys/{ELSEWHERE}/renew").status_code == 404


def test_every_page_is_sound_html_in_every_language(
    zoe: Person, incident: str, signed_in: Any
) -> None:
    ute = signed_in("ute")
    ute.step("prepare", passphrase=OTHER, again=OTHER)

    for language in ("de", "en", "einfach"):
        pages = [
            zoe.get(f"/strict/keys?lang={language}"),
            ute.get(f"/strict/keys?lang={language}"),
            *(
                zoe.get(f"/strict/keys/{ARS}/{step}?lang={language}")
                for step in ("hand-on", "renew", "passphrase")
            ),
            ute.get(f"/strict/keys/{ARS}/recover?lang={language}"),
            zoe.get(f"/strict/incidents/{incident}?lang={language}"),
            zoe.send(f"/strict/incidents/{incident}?lang={language}", passphrase=SENTENCE),
        ]
        for page in pages:
            assert page.status_code == 200
            assert Page(page.text).faults() == []


def test_every_text_is_there_in_every_language() -> None:
    missing = Catalogue.of_package("rueckhalt_intake").missing()

    assert missing == {"de": set(), "en": set(), "einfach": set()}
