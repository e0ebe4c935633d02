# SPDX-License-Identifier: EUPL-1.2
"""A query that forgets its caller shows nothing foreign on PostgreSQL, whoever asked before."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from rueckhalt_intake.app import Settings, create_app, service
from rueckhalt_intake.erasure.store import erasure_orders
from rueckhalt_intake.incidents import store
from rueckhalt_intake.incidents.store import incidents
from rueckhalt_intake.vault.store import data_keys
from rueckhalt_shared.access import public, requires
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.intake.town import ARS, ELSEWHERE, Sender, report
from tests.servers import PrivatePostgres
from tests.support import FakeClock

pytestmark = pytest.mark.postgres
SCOPES = ("incident:create", "incident:read", "incident:erase", "incident:hold")


@pytest.fixture
def settings(settings: Settings, postgres: PrivatePostgres) -> Settings:
    return replace(settings, database_url=postgres.create_database())


@pytest.fixture
def database(settings: Settings, clock: FakeClock) -> Iterator[Database]:
    upgrade(settings.database_url, service.migrations)
    database = Database(settings.database_url, "intake", clock=clock)
    yield database
    database.context["vault"].keys.dispose()
    database.dispose()


def everything(tx: Transaction) -> dict[str, Any]:
    return {"towns": list(tx.execute(select(incidents.c.municipality)).scalars())}


def careless(tx: Transaction) -> dict[str, Any]:
    """What a handler does that binds nothing to its caller, in both ways a transaction runs."""
    tx.begin()
    found = everything(tx)
    changed = tx.execute(update(incidents).values(version=incidents.c.version)).rowcount
    gone = tx.execute(delete(erasure_orders)).rowcount
    return found | {"changed": changed, "gone": gone}


def broken(tx: Transaction) -> None:
    tx.execute(update(incidents).values(version=99))
    raise LookupError("broken")


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    """Intake with views as nobody should write them."""
    made = create_app(settings, database)
    views: dict[str, Callable[[], Any]] = {
        "all": requires("incident:read")(lambda: database.read(everything)),
        "careless": requires("incident:read")(lambda: database.run(careless)),
        "broken": requires("incident:read")(lambda: database.run(broken)),
        "public": public("a careless page")(lambda: database.read(everything)),
        "pid": public("which connection answers")(
            lambda: str(
                database.read(lambda tx: tx.execute(text("SELECT pg_backend_pid()")).scalar())
            )
        ),
    }
    for name, view in views.items():
        made.add_url_rule(f"/{name}", endpoint=f"test.{name}", view_func=view)
    return made


@pytest.fixture
def at(app: Flask, keys: KeyStore) -> Callable[..., Sender]:
    """Somebody with a key of these municipalities."""

    def make(*places: str) -> Sender:
        key = keys.create(sender="-".join(places), scopes=SCOPES, municipalities=places)
        return Sender(app.test_client(), key)

    return make


@pytest.fixture
def town(at: Callable[..., Sender]) -> Sender:
    sender = at(ARS)
    assert sender.post(report()).status_code == 201
    return sender


@pytest.fixture
def other(at: Callable[..., Sender]) -> Sender:
    sender = at(ELSEWHERE)
    assert sender.post(report(municipality=ELSEWHERE)).status_code == 201
    return sender


def test_a_query_without_any_condition_shows_and_changes_the_own_rows_only(
    town: Sender, other: Sender
) -> None:
    assert town.get("/all").json == {"towns": [ARS]}
    assert other.get("/careless").json == {"towns": [ELSEWHERE], "changed": 1, "gone": 0}


def test_callers_in_turns_never_get_what_the_one_before_could_see(
    town: Sender, other: Sender, at: Callable[..., Sender]
) -> None:
    kreis, whole = at(ARS[:5]), at("*")
    pids = set()

    for _ in range(3):
        for sender, places in ((town, [ARS]), (other, [ELSEWHERE]), (kreis, [ARS])):
            assert sender.get("/all").json == {"towns": places}
            assert sender.get("/broken").status_code == 500
            assert sender.get("/careless").json["towns"] == places
            assert sender.get("/public").json == {"towns": []}
            pids.add(sender.get("/pid").text)
        assert sorted(whole.get("/all").json["towns"]) == [ELSEWHERE, ARS]

    assert len(pids) == 1


def test_who_may_not_come_in_leaves_nothing_open(town: Sender, app: Flask) -> None:
    stranger = app.test_client()

    assert stranger.get("/all").status_code == 401
    assert stranger.get("/public").json == {"towns": []}
    assert town.get("/all").json == {"towns": [ARS]}
    assert stranger.get("/public").json == {"towns": []}


def test_probes_and_figures_need_no_row_of_any_municipality(town: Sender, app: Flask) -> None:
    stranger = app.test_client()

    checks = stranger.get("/readyz").json["checks"]

    assert checks["rows"] == {"status": "ok"}
    assert checks["outbox"]["waiting"] == 1
    assert "rueckhalt_outbox_waiting" in stranger.get("/metrics").text


def test_what_is_erased_by_a_request_is_erased_whole(
    town: Sender, other: Sender, database: Database
) -> None:
    anonymous = town.post(
        report(wishes=["anonymous"], reporter={"role": "affected", "name": "A"})
    ).json
    assert anonymous["mailbox_code"]
    mine = anonymous["id"]
    boxes = text("SELECT count(*) FROM mailboxes")
    before = database.read(lambda tx: tx.execute(boxes).scalar_one())

    ordered = town.post({"scope": "case", "reason": "request"}, f"/v1/incidents/{mine}/erasure")

    assert ordered.status_code in (201, 202), ordered.text
    assert town.get(f"/v1/incidents/{mine}").status_code == 410
    assert other.get(f"/v1/incidents/{mine}").status_code == 404
    assert database.read(lambda tx: tx.execute(boxes).scalar_one()) == before - 1
    assert len(database.read(everything)["towns"]) == 2


def test_the_round_that_drops_unused_keys_sees_every_incident(
    town: Sender, other: Sender, database: Database
) -> None:
    """It takes a key without an incident for unused: a narrow reach would destroy reports."""
    keys = database.context["vault"].keys
    used = keys.read(lambda tx: list(tx.execute(select(data_keys.c.id)).scalars()))

    assert len(database.read(store.key_ids, used)) == 2
