# SPDX-License-Identifier: EUPL-1.2
"""Deletion classes of a service: the file, what is due, what a hold keeps, once a day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, delete, insert, select

from rueckhalt_shared.contracts import IncidentHoldChanged
from rueckhalt_shared.database import Database, Transaction, UtcDateTime
from rueckhalt_shared.erasing import retaining
from rueckhalt_shared.erasing.holding import Holds
from rueckhalt_shared.erasing.retaining import Aged, BadClasses, Kind, Retention, moved
from rueckhalt_shared.settings import BadSettings
from tests.support import NOON, FakeClock, plumbing_database

TOWN = "160770999999"
metadata = MetaData()
papers = Table(
    "papers",
    metadata,
    Column("id", String(8), primary_key=True),
    Column("incident", String(8)),
    Column("at", UtcDateTime),
)
HOLDS = Holds(metadata)


def old(tx: Transaction, until: datetime, after: str, limit: int) -> list[Aged]:
    query = select(papers).where(papers.c.id > after, papers.c.at <= until)
    rows = tx.execute(query.order_by(papers.c.id).limit(limit))
    return [Aged(row.id, row.incident, row.at) for row in rows]


def drop(tx: Transaction, aged: Sequence[Aged]) -> None:
    tx.execute(delete(papers).where(papers.c.id.in_([each.id for each in aged])))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    opened = plumbing_database(tmp_path / "notify.db", "notify", clock=clock)
    with opened.engine.begin() as connection:
        metadata.create_all(connection)
    yield opened
    opened.dispose()


@pytest.fixture
def retention(tmp_path: Path) -> Retention:
    (tmp_path / "classes.yaml").write_text("papers: 30\n")
    kind = Kind(class_="papers", scope="paper", unit="days", find=old, drop=drop)
    return Retention(
        default=tmp_path / "classes.yaml", kinds=(kind,), holds=HOLDS, tables=("papers",)
    )


def keep(database: Database, count: int, *, at: datetime = NOON) -> None:
    rows = [{"id": f"{n:04}", "incident": f"i{n}", "at": at} for n in range(count)]
    database.run(lambda tx: tx.execute(insert(papers), rows))


def left(database: Database) -> list[str]:
    return database.read(lambda tx: list(tx.execute(select(papers.c.incident)).scalars()))


def hold(database: Database, incident: str, *, held: bool, version: int) -> None:
    event = IncidentHoldChanged(subject=incident, municipality=TOWN, held=held, version=version)
    database.run(HOLDS.note, event)


def results(retention: Retention, database: Database, *, dry_run: bool = False) -> list[str]:
    classes = retention.read(None)
    return [each.result for each in retention.run(database, classes, dry_run=dry_run)]


def test_what_is_too_young_stays(
    retention: Retention, database: Database, clock: FakeClock
) -> None:
    keep(database, 1)
    clock.pass_(days=30, seconds=-1)

    assert results(retention, database) == []


def test_a_dry_run_lists_and_changes_nothing(
    retention: Retention, database: Database, clock: FakeClock
) -> None:
    keep(database, 2)
    clock.pass_(days=31)

    found = list(retention.run(database, retention.read(None), dry_run=True))

    assert [each.result for each in found] == ["due", "due"]
    assert found[0].since == NOON + timedelta(days=30)
    assert len(left(database)) == 2


def test_more_than_a_page_goes(retention: Retention, database: Database, clock: FakeClock) -> None:
    keep(database, retaining._PAGE + 3)
    clock.pass_(days=31)

    assert results(retention, database) == ["erased"] * (retaining._PAGE + 3)
    assert left(database) == []


def test_a_hold_keeps_it_until_it_is_lifted(
    retention: Retention, database: Database, clock: FakeClock
) -> None:
    keep(database, 2)
    clock.pass_(days=31)
    hold(database, "i1", held=True, version=1)

    assert results(retention, database, dry_run=True) == ["due", "held"]
    assert results(retention, database) == ["erased", "held"]
    assert left(database) == ["i1"]

    hold(database, "i1", held=False, version=2)
    assert results(retention, database) == ["erased"]


def test_a_hold_heard_late_changes_nothing(database: Database) -> None:
    hold(database, "i1", held=False, version=2)
    hold(database, "i1", held=True, version=1)

    assert database.read(HOLDS.among, ["i1"]) == set()
    database.run(HOLDS.erase, "i1")
    assert database.read(HOLDS.known) == set()


def test_the_worker_runs_once_a_day_and_first_a_day_after_the_start(
    retention: Retention, database: Database, clock: FakeClock
) -> None:
    keep(database, 1, at=NOON - timedelta(days=60))
    daily = retention.daily(None, name="X")

    daily(database)
    assert len(left(database)) == 1
    clock.pass_(hours=24)
    daily(database)

    assert left(database) == []


@pytest.mark.parametrize(
    "text", ["", "papers: 0\n", "papers: x\n", "other: 3\n", "papers: 3\nother: 3\n", "- a\n", "{"]
)
def test_a_file_of_no_use_stops_everything(text: str, retention: Retention, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text)

    with pytest.raises(BadClasses):
        retention.read(file)
    with pytest.raises(BadSettings, match="RUECKHALT_X"):
        retention.daily(file, name="RUECKHALT_X")


def test_never_is_for_ever(
    retention: Retention, database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "own.yaml").write_text("papers: never\n")
    keep(database, 1)
    clock.pass_(days=36_000)

    classes = retention.read(tmp_path / "own.yaml")

    assert list(retention.run(database, classes, dry_run=False)) == []


def test_months_end_where_they_are_shorter() -> None:
    last = datetime(2026, 1, 31, tzinfo=UTC)

    assert moved(last, 1, "months") == datetime(2026, 2, 28, tzinfo=UTC)
    assert moved(last, -2, "months") == datetime(2025, 11, 30, tzinfo=UTC)
