# SPDX-License-Identifier: EUPL-1.2
"""The service as a whole: its tables, its queues, its commands, and PostgreSQL."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import MetaData, delete

from rueckhalt_reporting.app import service
from rueckhalt_reporting.commands import commands, rebuild_all
from rueckhalt_reporting.rollups import handlers as rollups
from rueckhalt_reporting.rollups import store as rollups_store
from rueckhalt_reporting.tables import metadata
from rueckhalt_shared.contracts import topology
from rueckhalt_shared.database import Database
from rueckhalt_shared.migrations import upgrade
from tests.reporting import events
from tests.reporting.events import TOWN
from tests.reporting.test_rebuild import apply, cells
from tests.servers import PrivatePostgres, postgres

__all__ = ["postgres"]


def test_the_migrations_make_exactly_the_tables_of_the_stores(database: Database) -> None:
    found = MetaData()
    found.reflect(database.engine)

    for name, table in metadata.tables.items():
        made = found.tables[name]
        assert [column.name for column in made.columns] == [c.name for c in table.columns]
        assert [c.nullable for c in made.columns] == [c.nullable for c in table.columns]
        assert [c.name for c in made.primary_key] == [c.name for c in table.primary_key]
        assert {i.name for i in made.indexes} == {i.name for i in table.indexes}


def test_every_event_of_the_queue_has_its_consumer() -> None:
    heard = {
        type_.removeprefix("de.rueckhalt.")
        for queue, type_ in service.subscriptions.pairs()
        if queue == events.QUEUE
    }

    assert heard == set(topology.QUEUES[events.QUEUE])


def test_the_rebuild_command_tells_what_it_put_right(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(database, events.registered())
    database.run(lambda tx: tx.execute(delete(rollups_store.rollups)))
    monkeypatch.setenv("RUECKHALT_REPORTING_DATABASE_URL", database.url)
    monkeypatch.setenv("RUECKHALT_DATA", str(tmp_path))

    first = CliRunner().invoke(commands, ["summaries", "rebuild", "--json"])
    second = CliRunner().invoke(commands, ["summaries", "rebuild"])

    assert first.exit_code == 1
    assert json.loads(first.stdout)["corrected"] == len(cells(database))
    assert (second.exit_code, second.stdout) == (0, "1 months counted, 0 figures put right\n")


@pytest.fixture
def on_postgres(postgres: PrivatePostgres) -> Iterator[Database]:
    url = postgres.create_database()
    upgrade(url, service.migrations)
    opened = Database(url, "reporting")
    yield opened
    opened.dispose()


@pytest.mark.postgres
def test_the_same_figures_come_out_on_postgresql(on_postgres: Database) -> None:
    apply(on_postgres, events.registered("one"), events.registered("two", forms=("insult",)))
    apply(on_postgres, events.amended("two", forms=("weapon",)), events.closed("one"))

    counts = on_postgres.read(rollups.counts, TOWN, ("2026-11",))

    assert counts["forms"] == {"threat": 1, "weapon": 1}
    assert counts["status"] == {"closed": 1, "open": 1}
    assert rebuild_all(on_postgres) == {"2026-11": 0}


@pytest.mark.postgres
def test_two_workers_and_a_rebuild_at_the_same_time_lose_no_count(on_postgres: Database) -> None:
    failures: list[BaseException] = []

    def collect(name: str) -> None:
        try:
            for number in range(40):
                subject = f"shared-{number}"
                event = events.registered if name == "one" else events.amended
                persistently(on_postgres, event(subject, forms=("insult",)))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=collect, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        rebuild_all(on_postgres)
    for thread in threads:
        thread.join()

    assert failures == []
    assert on_postgres.read(rollups.counts, TOWN, ("2026-11",))["forms"] == {"insult": 40}
    assert rebuild_all(on_postgres) == {"2026-11": 0}


def persistently(database: Database, event: object) -> None:
    """What the worker's retry loop does for an event that was overtaken."""
    for _ in range(8):
        try:
            return apply(database, event)  # type: ignore[arg-type]
        except rollups_store.Overtaken:
            continue
    raise AssertionError("overtaken eight times")
