# SPDX-License-Identifier: EUPL-1.2
"""Where routing assigns, a strict report opens to whoever is asked *and* holds the role key."""

from pathlib import Path

import pytest
from flask import Flask

from rueckhalt_intake.app import Settings, create_app, vault_of
from rueckhalt_intake.strict import rights
from rueckhalt_intake.strict.boxes import Passphrases
from rueckhalt_intake.strict.holding import RoleKeys
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.people import HERE, Meet
from tests.intake.staff import Person, assigned, deliver, signed_in, taken_over
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender, report

SENTENCE, OTHER = "fünf Wörter sind kein Passwort", "noch eine ganz andere Passphrase"
ACCUSED = "0f8fad5b-d9cb-469f-a165-708677289501"
TEXT = str(THREAT["narrative"])


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "strict.yaml").write_text("strict:\n  - accused: [person]\n")
    return settings


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    vault = vault_of(settings, database)
    database.context[rights.CONTEXT] = RoleKeys(vault, Passphrases(memory_kib=64, passes=1))
    return create_app(settings, database)


@pytest.fixture
def anna(app: Flask, keys: KeyStore) -> Person:
    """She has made the role key."""
    anna = signed_in(app.test_client(), keys, "anna", ANNA)
    step = f"/strict/keys/{ARS}/make"
    assert anna.send(step, passphrase=SENTENCE, again=SENTENCE).status_code == 200
    return anna


@pytest.fixture
def bernd(app: Flask, keys: KeyStore, anna: Person) -> Person:
    """He was handed the role key."""
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)
    bernd.send(f"/strict/keys/{ARS}/prepare", passphrase=OTHER, again=OTHER)
    handed = {"person": bernd.account, "passphrase": SENTENCE}
    assert anna.send(f"/strict/keys/{ARS}/hand-on", **handed).status_code == 303
    return bernd


@pytest.fixture
def incident(town: Sender, anna: Person) -> str:
    return str(town.post(report(accused={"persons": [ACCUSED]})).json["id"])


def opened(database: Database) -> int:
    rows = database.read(lambda tx: list(audit.rows(tx, ARS)))
    return sum("incident.opened" in str(row) for row in rows)


def test_a_holder_who_was_not_asked_finds_nothing(
    bernd: Person, incident: str, worker: Worker
) -> None:
    deliver(worker, assigned(incident, ANNA))

    unknown = bernd.page(f"/strict/incidents/{incident[:-4]}0000")
    answer = bernd.page(f"/strict/incidents/{incident}")

    assert answer.status_code == unknown.status_code == 404
    assert incident not in bernd.page("/strict/keys").text


def test_whoever_is_asked_and_holds_the_key_opens_it_from_the_desk(
    anna: Person, incident: str, worker: Worker, database: Database
) -> None:
    deliver(worker, assigned(incident, ANNA))
    desk = anna.page(f"/desk/{incident}")
    refused = anna.send("/desk", to=f"/desk/{incident}")

    assert Page(desk.text).faults() == []
    assert f"/strict/incidents/{incident}" in desk.text
    assert refused.status_code == 303
    assert refused.location == f"/strict/incidents/{incident}"
    assert opened(database) == 0  # nothing was opened, so nothing is recorded

    shown = anna.send(f"/strict/incidents/{incident}", passphrase=SENTENCE)

    assert TEXT in shown.text
    assert opened(database) == 1


def test_a_stand_in_reads_at_once_and_not_any_more_when_somebody_else_has_it(
    anna: Person, bernd: Person, incident: str, worker: Worker
) -> None:
    path = f"/strict/incidents/{incident}"
    deliver(worker, assigned(incident, ANNA, BERND))
    assert TEXT in bernd.send(path, passphrase=OTHER).text

    deliver(worker, taken_over(incident, ANNA, version=2))

    assert bernd.page(path).status_code == 404
    assert TEXT in anna.send(path, passphrase=SENTENCE).text


def test_looking_at_its_codes_by_the_api_opens_nothing_and_is_not_recorded(
    anna: Person, incident: str, worker: Worker, database: Database
) -> None:
    deliver(worker, assigned(incident, ANNA))

    shown = anna.get(f"/v1/incidents/{incident}").json

    assert shown["strict"] is True
    assert "narrative" not in shown
    assert opened(database) == 0


def test_its_reporter_gets_a_copy_without_what_is_sealed_and_may_ask_for_the_whole_erasure(
    anna: Person, meet: Meet, database: Database
) -> None:
    mia = meet("mia", "reporter")
    told = report(accused={"persons": [ACCUSED]})
    own = mia.client.post("/v1/incidents", json=told, headers=HERE).json["id"]

    page, copy = mia.get(f"/mine/{own}"), mia.get(f"/mine/{own}/copy.json")
    source = mia.submit(f"/mine/{own}", scope="source", reason="request")
    case = mia.submit(f"/mine/{own}", scope="case", reason="request")

    assert Page(page.text).faults() == []
    assert "besonders versiegelt" in page.text
    assert TEXT not in page.text + copy.text
    assert copy.json["strict"] is True
    assert source.status_code == 409
    assert "nur die Löschung des ganzen Vorfalls" in source.text
    assert case.status_code == 303
    rows = str(database.read(lambda tx: list(audit.rows(tx, ARS))))
    assert "narrative" not in rows  # the audit does not say that anything was opened
