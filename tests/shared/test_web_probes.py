# SPDX-License-Identifier: EUPL-1.2
"""`/healthz /readyz /version /metrics`: alive, able, which, how much."""

import pytest
from sqlalchemy import insert, text

from rueckhalt_shared import health, inbox
from rueckhalt_shared.database import Database
from rueckhalt_shared.plumbing import outbox
from rueckhalt_shared.states import note_state
from tests.shared.event_path import envelope
from tests.shared.front import Front, bearer
from tests.support import NOON


@pytest.fixture
def front(tmp_path):
    front = Front(tmp_path)
    yield front
    front.close()


def add_to_outbox(tx, **changes):
    row = {"id": "1", "type": "t", "subject": "s", "version": 1, "body": "{}"}
    tx.execute(insert(outbox), row | {"created_at": NOON} | changes)


def ready(front):
    return health.readiness(front.database, None)


def test_the_process_answers(front):
    assert front.client.get("/healthz").json == {"status": "ok"}


def test_the_version_is_told(front):
    assert front.client.get("/version").json["version"] == "0.1.0"


def test_with_a_running_worker_all_is_ok(front):
    front.database.run(note_state, "bus", "up")

    checks = ready(front)

    assert {check["status"] for check in checks.values()} == {"ok"}


def test_a_broker_that_is_away_is_degraded_and_not_dead(front):
    front.database.run(note_state, "bus", "down", "connection refused")

    bus = ready(front)["bus"]

    assert bus["status"] == "degraded"
    assert "connection refused" in bus["reason"]


def test_a_worker_that_fell_silent_is_told_with_the_time(front):
    front.database.run(note_state, "bus", "up")
    front.clock.pass_(minutes=3)

    assert "silent since 2026-11-20T12:00" in ready(front)["worker"]["reason"]


def test_events_that_wait_too_long_are_told_with_their_age(front):
    front.database.run(note_state, "bus", "up")
    front.database.run(add_to_outbox)
    front.clock.pass_(minutes=3)
    front.database.run(note_state, "bus", "up")

    told = ready(front)["outbox"]

    assert told["status"] == "degraded"
    assert "since 180 s" in told["reason"]


def test_a_database_that_is_not_migrated_is_not_ready(front, tmp_path):
    empty = Database(f"sqlite:///{tmp_path}/empty.db", "intake")

    checks = health.readiness(empty, "rueckhalt_intake.migrations")

    assert "failed" in {check["status"] for check in checks.values()}
    empty.dispose()


def test_an_old_revision_is_told_with_the_way_out(front):
    with front.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0000')"))

    checks = health.readiness(front.database, "rueckhalt_intake.migrations")

    assert "db upgrade" in checks["migrations"]["reason"]


def test_what_is_not_ready_answers_503(front):
    with front.database.engine.begin() as connection:
        connection.execute(text("DROP TABLE worker_states"))

    response = front.client.get("/readyz")

    assert response.status_code == 503
    assert response.json["status"] == "failed"


def metrics(front, **options):
    response = front.client.get("/metrics", **options)
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return response, dict(line.rsplit(" ", 1) for line in lines if " " in line)


def test_the_figures_come_from_the_rows(front):
    front.database.run(add_to_outbox)
    front.database.run(inbox.park, "q", envelope(), cause="x", attempts=1, due=NOON)
    front.clock.pass_(seconds=7)

    _, figures = metrics(front)

    assert figures['rueckhalt_outbox_waiting{service="routing"}'] == "1.0"
    assert figures['rueckhalt_outbox_lag_seconds{service="routing"}'] == "7.0"
    assert figures['rueckhalt_inbox_unfinished{service="routing",state="parked"}'] == "1.0"
    assert figures['rueckhalt_inbox_unfinished{service="routing",state="quarantined"}'] == "0.0"


def test_published_events_do_not_count_as_waiting(front):
    front.database.run(add_to_outbox, published_at=NOON)

    assert metrics(front)[1]['rueckhalt_outbox_waiting{service="routing"}'] == "0.0"


@pytest.mark.parametrize("header", [None, {"X-Forwarded-For": "127.0.0.1"}])
def test_from_elsewhere_the_figures_need_a_key(front, header):
    elsewhere = {} if header else {"REMOTE_ADDR": "192.0.2.1"}

    refused, _ = metrics(front, environ_base=elsewhere, headers=header)
    key = bearer(front.key("metrics:read"))
    allowed, _ = metrics(front, environ_base=elsewhere, headers=(header or {}) | key)

    assert refused.status_code == 401
    assert allowed.status_code == 200
