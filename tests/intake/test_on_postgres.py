# SPDX-License-Identifier: EUPL-1.2
"""The same house on PostgreSQL: one transaction, one incident, keys in a schema of their own."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text

from rueckhalt_intake.app import Settings, create_app, create_worker, service
from rueckhalt_intake.erasure import requests
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.audit import standing
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.plumbing import plumbing
from tests.intake.people import HERE, Meet
from tests.intake.staff import assigned, deliver, escalated, signed_in, taken_over
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender, report
from tests.servers import PrivatePostgres
from tests.support import FakeClock, eventually, outbox, waits_for_a_lock

pytestmark = pytest.mark.postgres


@pytest.fixture
def settings(settings: Settings, postgres: PrivatePostgres) -> Settings:
    return replace(settings, database_url=postgres.create_database())


@pytest.fixture
def database(settings: Settings, clock: FakeClock) -> Iterator[Database]:
    upgrade(settings.database_url, service.migrations)
    database = Database(settings.database_url, "intake", clock=clock)
    yield database
    if "vault" in database.context:
        database.context["vault"].keys.dispose()
    database.dispose()


@pytest.fixture
def town(app: Flask, keys: KeyStore) -> Sender:
    scopes = ("incident:create", "incident:read")
    return Sender(
        app.test_client(), keys.create(sender="kita", scopes=scopes, municipalities=[ARS])
    )


def test_the_migrated_database_is_what_the_stores_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, [metadata, plumbing])

    assert differences == []


def test_a_report_walks_its_whole_way(town: Sender, database: Database) -> None:
    first = town.post(report(reference="Az 7", occurred_at="2026-11-19"))
    second = town.post(report(reference="Az 7", occurred_at="2026-11-19"))
    other = town.post(THREAT).json

    assert (second.status_code, second.json) == (201, first.json)
    assert town.patch(first.json, narrative="Neu", place="home").status_code == 200
    assert town.show(first.json)["narrative"] == "Neu"
    assert town.close(first.json).json["status"] == "closed"
    page = town.get("/v1/incidents?page_size=1")
    rest = town.get(page.headers["Link"].partition("<")[2].partition(">")[0])
    seen = {page.json["items"][0]["id"], rest.json["items"][0]["id"]}
    assert seen == {first.json["id"], other["id"]}
    assert [event["version"] for event in outbox(database)] == [1, 1, 2, 3]


def test_eight_parallel_reports_are_one(app: Flask, town: Sender, database: Database) -> None:
    answers: list[Any] = []
    together = threading.Barrier(8)

    def post() -> None:
        own = Sender(app.test_client(), town.key)
        together.wait()
        answers.append(own.post(report(reference="Az 7"), Idempotency_Key="3f6c"))

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 8
    assert [answer.json for answer in answers] == [answers[0].json] * 8
    assert len(outbox(database)) == 1


def test_bulk_lines_share_their_transactions(town: Sender, database: Database) -> None:
    results = town.bulk(*[report(reference=str(n % 150)) for n in range(200)])

    assert {result["status"] for result in results} == {201}
    assert len(outbox(database)) == 150


def test_keys_lie_in_a_schema_of_their_own(town: Sender, database: Database) -> None:
    town.post(THREAT)

    places = text("SELECT table_schema FROM information_schema.tables WHERE table_name = :name")
    found = database.read(lambda tx: tx.execute(places, {"name": "data_keys"}).scalars().all())
    assert found == ["intake_keys"]


def test_the_next_start_finds_everything(
    settings: Settings, database: Database, town: Sender
) -> None:
    accepted = town.post(THREAT).json
    database.context.pop("vault").keys.dispose()
    create_worker(settings, database)

    again = Sender(create_app(settings, database).test_client(), town.key)

    assert again.show(accepted)["narrative"] == THREAT["narrative"]


def test_two_first_starts_at_once_agree(settings: Settings, clock: FakeClock) -> None:
    upgrade(settings.database_url, service.migrations)
    marks: list[str] = []
    together = threading.Barrier(4)

    def start() -> None:
        database = Database(settings.database_url, "intake", clock=clock)
        together.wait()
        vault = create_app(settings, database).extensions["rueckhalt"].extensions["reception"].vault
        marks.append(vault.mark_of("reference", "kita", "Az 7"))
        vault.keys.dispose()
        database.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(marks) == 4
    assert len(set(marks)) == 1


def while_locked(database: Database, incident: str, ask: Any, change: str) -> Any:
    """Ask while somebody else is changing the incident, who commits once the asker waits."""
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(ask()))
    values = {"id": incident, "town": ARS}
    with database.engine.begin() as other:
        other.execute(text("SELECT id FROM incidents WHERE id = :id FOR UPDATE"), values)
        asking.start()
        eventually(lambda: waits_for_a_lock(database), what="the asker waits")
        other.execute(text(change), values)
    asking.join()
    return answers[0]


GONE = "DELETE FROM incidents WHERE id = :id"
HELD = """
INSERT INTO legal_holds
    (id, incident_id, municipality, mode, ground, reason, set_by, set_at)
VALUES ('h', :id, :town, 'live', 'legal_hold', 'Verfahren', 'somebody', now())
"""


@pytest.fixture
def officer(app: Flask, keys: KeyStore) -> Sender:
    scopes = ("incident:erase", "incident:hold", "incident:read")
    key = keys.create(sender="datenschutz", scopes=scopes, municipalities=[ARS])
    return Sender(app.test_client(), key)


def test_a_hold_that_comes_while_the_incident_is_erased_leaves_nothing(
    town: Sender, officer: Sender, database: Database
) -> None:
    incident = town.post(THREAT).json["id"]
    hold = {"ground": "legal_hold", "reason": "Verfahren 12 Js 3/26"}

    answer = while_locked(
        database, incident, lambda: officer.post(hold, f"/v1/incidents/{incident}/holds"), GONE
    )

    assert answer.status_code == 404
    rows = database.read(lambda tx: tx.execute(text("SELECT id FROM legal_holds")).all())
    assert rows == []


def test_who_opens_an_incident_while_it_is_erased_leaves_no_name_of_it_in_the_audit(
    town: Sender, officer: Sender, database: Database
) -> None:
    incident = town.post(THREAT).json["id"]

    answer = while_locked(
        database, incident, lambda: officer.get(f"/v1/incidents/{incident}"), GONE
    )

    assert answer.status_code == 404
    rows = database.read(lambda tx: tx.execute(text("SELECT incident FROM audit_cases")).all())
    assert rows == []


@pytest.mark.parametrize("scope", ["case", "source"])
def test_an_order_to_erase_finds_a_hold_that_was_set_just_before(
    town: Sender, officer: Sender, database: Database, scope: str
) -> None:
    incident = town.post(THREAT).json["id"]
    order = {"scope": scope, "reason": "request"}

    answer = while_locked(
        database, incident, lambda: officer.post(order, f"/v1/incidents/{incident}/erasure"), HELD
    )

    assert answer.status_code == 409
    assert town.show({"id": incident})["narrative"] == THREAT["narrative"]


def test_supervision_walks_its_whole_way(
    town: Sender, meet: Meet, database: Database, settings: Settings
) -> None:
    mia, lea = meet("mia", "reporter"), meet("lea", "leadership")
    own = mia.client.post("/v1/incidents", json=THREAT, headers=HERE).json["id"]
    town.get(f"/v1/incidents/{own}")
    assert "incident.opened" in mia.get(f"/mine/{own}/copy.json").text

    mia.submit(f"/mine/{own}", scope="case", reason="request")
    (asked,) = database.read(requests.of_incident, own)
    decided = lea.submit(f"/erasures/requests/{asked.id}", action="order")

    assert decided.status_code == 303
    assert mia.get(f"/mine/{own}").status_code == 410
    dana = meet("dana", "data_protection_officer")
    assert dana.get("/retention").status_code == 200
    for action in ("check", "fetch", "fetch"):
        dana.submit("/audit", action=action, municipality=ARS)
    found = database.read(standing.standing, ARS)
    assert found.check is not None
    assert (found.check.fault, found.is_overdue) == (None, False)
    assert found.anchor is not None
    assert found.anchor.way == "fetched"


def test_the_identity_store_keeps_its_heads_there_too(postgres: PrivatePostgres) -> None:
    keys = KeyStore(postgres.create_database())
    identity = keys.database.prepare()
    keys.create(sender="town", scopes=["incident:create"], municipalities=[ARS])

    assert standing.check(identity, ARS).rows == 1
    assert standing.check(identity, ARS).fault is None

    keys.close()


def test_an_incident_opens_for_whoever_is_responsible_and_for_nobody_accused(
    town: Sender, app: Flask, keys: KeyStore, settings: Settings, database: Database
) -> None:
    worker = create_worker(settings, database)
    own, accusing = (
        town.post(report(accused=who)).json["id"] for who in (None, {"persons": [ANNA]})
    )
    for incident in (own, accusing):
        deliver(worker, escalated(incident, BERND, version=2), assigned(incident, ANNA))
    anna = signed_in(app.test_client(), keys, "anna", ANNA)
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)

    assert anna.ids() == [own]
    assert sorted(bernd.ids()) == sorted([own, accusing])
    assert anna.get(f"/v1/incidents/{own}").json["narrative"] == THREAT["narrative"]
    assert anna.get(f"/v1/incidents/{accusing}").status_code == 404
    assert anna.page(f"/desk/{own}").status_code == 200
    deliver(worker, taken_over(own, BERND, version=3))
    assert (anna.ids(), anna.get(f"/v1/incidents/{own}").status_code) == ([], 404)


def test_facts_of_one_incident_heard_at_once_give_the_same_grants(
    town: Sender, app: Flask, keys: KeyStore, settings: Settings, database: Database
) -> None:
    worker = create_worker(settings, database)
    incident = town.post(THREAT).json["id"]
    events = [assigned(incident, ANNA), escalated(incident, BERND, version=2)]
    start = threading.Barrier(len(events))

    def hear(event: Any) -> None:
        start.wait()
        deliver(worker, event)

    threads = [threading.Thread(target=hear, args=[event]) for event in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worker.retrying.run_due()

    people = [
        signed_in(app.test_client(), keys, name, id)
        for name, id in (("anna", ANNA), ("bernd", BERND))
    ]
    assert [person.ids() for person in people] == [[incident], [incident]]


def test_grants_are_made_for_what_was_taken_over_before_the_update(
    postgres: PrivatePostgres, clock: FakeClock
) -> None:
    url = postgres.create_database()
    upgrade(url, service.migrations, target="0003")
    database = Database(url, "intake", clock=clock)
    row = {
        "id": "i", "m": ARS, "at": clock(), "fact": '{"state": "taken_over", "person": "p"}'
    }  # fmt: skip
    insert = text(
        "INSERT INTO incidents (id, municipality, sender, mode, version, registered_at, coded,"
        " key_id, responsibility_version, responsibility)"
        " VALUES (:id, :m, 'kita', 'live', 1, :at, '{}', 'k', 4, :fact)"
    )
    database.run(lambda tx: tx.execute(insert, row))
    upgrade(url, service.migrations)

    grants = database.read(lambda tx: tx.execute(text("SELECT * FROM grants")).all())
    database.dispose()

    assert [tuple(each) for each in grants] == [("i", "p", 4)]
