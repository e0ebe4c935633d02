# SPDX-License-Identifier: EUPL-1.2
"""Row-level security: PostgreSQL itself holds back what the reach of the caller does not open."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from rueckhalt_shared import guarding, reach, row_policies
from rueckhalt_shared.database import Database, Transaction, Unavailable
from rueckhalt_shared.engines import connect_engine
from tests.servers import PrivatePostgres

TOWN, NEIGHBOUR, FAR = "160770999999", "160770888888", "095640000000"
KREIS = TOWN[:5]
_tables = MetaData()
lamps = Table(
    "lamps",
    _tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("municipality", String(12), nullable=False),
)
plans = Table(
    "plans",
    _tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("municipality", String(12), nullable=False),
)
bulbs = Table(
    "bulbs",
    _tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("lamp", Integer, nullable=False),
)
calls = Table("calls", _tables, Column("id", Integer, primary_key=True, autoincrement=False))


@pytest.fixture(scope="module")
def prepared(postgres: PrivatePostgres) -> str:
    """A database with guarded tables, one lamp with a bulb in each of three towns."""
    name = f"wall_{uuid.uuid4().hex}"
    made = postgres.create_database(name)
    engine = connect_engine(made, busy_seconds=5)
    with engine.begin() as connection:
        _tables.create_all(connection)
        operations = Operations(MigrationContext.configure(connection))
        row_policies.guard(operations, "lamps")
        row_policies.guard_inherited(operations, "plans")
        row_policies.guard_below(operations, "bulbs", column="lamp", parent="lamps", key="id")
        row_policies.guard_for_workers(operations, "calls")
        for number, town in enumerate((TOWN, NEIGHBOUR, FAR), start=1):
            connection.execute(insert(lamps), {"id": number, "municipality": town})
            connection.execute(insert(bulbs), {"id": number, "lamp": number})
        for number, region in enumerate((TOWN, KREIS, NEIGHBOUR, FAR[:2]), start=1):
            connection.execute(insert(plans), {"id": number, "municipality": region})
        connection.execute(insert(calls), {"id": 1})
    engine.dispose()
    return name


@pytest.fixture
def url(postgres: PrivatePostgres, prepared: str) -> str:
    return postgres.create_database(template=prepared)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url, "intake")
    yield opened
    opened.dispose()


def within(places: tuple[str, ...], work: Callable[[], Any]) -> Any:
    """Work as a request of somebody with this reach does."""
    context = copy_context()
    context.run(reach.be, places)
    return context.run(work)


def ids(table: Table) -> Callable[[Transaction], list[int]]:
    return lambda tx: list(tx.execute(select(table.c.id).order_by(table.c.id)).scalars())


def seen(database: Database, *places: str, table: Table = lamps) -> list[int]:
    return list(within(places, lambda: database.read(ids(table))))


def backend(tx: Transaction) -> int:
    """The server's process behind the connection."""
    return int(tx.execute(select(text("pg_backend_pid()"))).scalar_one())


pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    ("places", "opened"),
    [
        ((TOWN,), [1]),
        ((KREIS,), [1, 2]),
        ((TOWN, FAR), [1, 3]),
        (("09", TOWN), [1, 3]),
        (("*",), [1, 2, 3]),
        (("*", TOWN), [1, 2, 3]),
        (("1",), [1, 2]),
        (("2",), []),
        ((), []),
        (("",), []),
        (("", TOWN), [1]),
        (("%",), []),
        (("16077,09",), []),
        ((f"{TOWN}0",), []),
    ],
)
def test_a_reach_opens_what_begins_with_one_of_its_keys(
    database: Database, places: tuple[str, ...], opened: list[int]
) -> None:
    assert seen(database, *places) == opened


@pytest.mark.parametrize("told", ["", ",", ",,", " ", "%", "_"])
def test_a_setting_that_holds_no_key_opens_nothing(url: str, told: str) -> None:
    """Whoever may have written it: an empty key is not the beginning of every municipality."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('rueckhalt.reach', %s, false)", (told,))

        for table in ("lamps", "plans", "bulbs", "calls"):
            assert connection.execute(f"SELECT id FROM {table}").fetchall() == []


@pytest.mark.parametrize("table", ["lamps", "plans", "bulbs", "calls"])
def test_a_session_that_never_said_its_reach_is_refused_aloud(url: str, table: str) -> None:
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.UndefinedObject):
        connection.execute(f"SELECT id FROM {table}").fetchall()


def test_outside_a_request_it_is_the_whole_house(database: Database) -> None:
    found: list[list[int]] = []
    thread = threading.Thread(target=lambda: found.append(database.read(ids(lamps))))
    thread.start()
    thread.join()

    assert found == [database.read(ids(lamps))] == [[1, 2, 3]]


def test_regions_above_may_be_read_and_not_changed(database: Database) -> None:
    renamed = update(plans).values(municipality=TOWN)
    own = within((TOWN,), lambda: database.run(lambda tx: tx.execute(renamed).rowcount))

    assert seen(database, TOWN, table=plans) == [1, 2]
    assert seen(database, FAR, table=plans) == [4]
    assert seen(database, KREIS, table=plans) == [1, 2, 3]
    assert own == 1


def test_what_hangs_on_a_row_is_seen_with_it(database: Database) -> None:
    assert seen(database, TOWN, table=bulbs) == [1]
    assert seen(database, KREIS, table=bulbs) == [1, 2]
    assert seen(database, table=bulbs) == []
    assert seen(database, "*", table=bulbs) == [1, 2, 3]


def test_a_row_and_what_hangs_on_it_are_one_statement(database: Database) -> None:
    def add(tx: Transaction) -> None:
        tx.add(lamps, {"id": 7, "municipality": TOWN})
        tx.add(bulbs, {"id": 7, "lamp": 7})
        tx.add(calls, {"id": 7})

    within((TOWN,), lambda: database.run(add))

    assert seen(database, TOWN, table=bulbs) == [1, 7]
    assert seen(database, TOWN, table=calls) == []
    assert seen(database, "*", table=calls) == [1, 7]


def test_nothing_can_be_added_or_moved_to_another_town(database: Database) -> None:
    def add(tx: Transaction) -> None:
        tx.add(lamps, {"id": 7, "municipality": NEIGHBOUR})

    def move(tx: Transaction) -> None:
        tx.execute(update(lamps).values(municipality=NEIGHBOUR))

    for wrong in (add, move):
        with pytest.raises(ProgrammingError, match="row-level security"):
            within((TOWN,), lambda work=wrong: database.run(work))

    assert seen(database, "*") == [1, 2, 3]
    assert seen(database, TOWN) == [1]


def test_two_callers_in_turns_on_one_connection_never_see_each_other(database: Database) -> None:
    """They share one connection of each kind, also after faults."""
    used: set[int] = set()

    def broken(tx: Transaction) -> None:
        tx.execute(update(lamps).values(municipality=lamps.c.municipality))
        raise LookupError("no such lamp")

    def written(tx: Transaction) -> list[int]:
        used.add(backend(tx))
        tx.begin()
        return ids(lamps)(tx)

    for _ in range(3):
        for town, opened in ((TOWN, [1]), (FAR, [3])):
            used.add(within((town,), lambda: database.read(backend)))
            assert seen(database, town) == opened
            with pytest.raises(LookupError):
                within((town,), lambda: database.run(broken))
            assert within((town,), lambda: database.run(written)) == opened
            with pytest.raises(ProgrammingError):
                within((town,), lambda: database.read(lambda tx: tx.execute(text("broken"))))
            assert seen(database) == []

    assert len(used) == 2  # one that commits by itself, one for transactions


def test_a_rollback_brings_nobody_elses_reach_back(database: Database) -> None:
    def broken(tx: Transaction) -> None:
        tx.begin()
        raise LookupError("no such lamp")

    def counted(tx: Transaction) -> list[int]:
        tx.begin()
        return ids(lamps)(tx)

    assert database.run(counted) == [1, 2, 3]
    with pytest.raises(LookupError):
        within((TOWN,), lambda: database.run(broken))

    assert within((TOWN,), lambda: database.run(counted)) == [1]
    assert database.run(counted) == [1, 2, 3]


def test_the_same_caller_again_costs_no_statement_more(database: Database) -> None:
    """What is set behind the pool's back stays as long as nobody tells the session anything."""
    behind = text("SELECT set_config('rueckhalt.reach', :places, false)")
    within((TOWN,), lambda: database.read(lambda tx: tx.execute(behind, {"places": FAR}).all()))

    assert [seen(database, TOWN) for _ in range(3)] == [[3]] * 3
    assert seen(database, NEIGHBOUR) == [2]
    assert seen(database, TOWN) == [1]


def test_a_connection_the_server_closed_meanwhile_is_replaced(
    database: Database, postgres: PrivatePostgres
) -> None:
    pid = within((TOWN,), lambda: database.read(backend))
    with psycopg.connect(postgres.url(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    assert seen(database, FAR) == [3]


def test_a_server_that_is_away_is_unavailable(url: str) -> None:
    database = Database(url.replace("127.0.0.1:", "127.0.0.1:1"), "intake", busy_seconds=0.2)

    with pytest.raises(Unavailable):
        database.read(ids(lamps))


def test_a_superuser_is_told_that_the_wall_does_not_hold(
    url: str, database: Database, postgres: PrivatePostgres, capsys: pytest.CaptureFixture[str]
) -> None:
    above = Database(postgres.url(url.rpartition("/")[2]), "intake")

    guarding.warn(database)
    quiet = capsys.readouterr().err
    guarding.warn(above)

    assert guarding.weakness(database) is None
    assert "superuser" in str(guarding.weakness(above))
    assert quiet == ""
    assert "superuser" in capsys.readouterr().err
    assert seen(above, TOWN) == [1, 2, 3]
    above.dispose()


def test_tables_that_nobody_guards_are_told(database: Database, postgres: PrivatePostgres) -> None:
    empty = Database(postgres.create_database(), "intake")
    database.run(lambda tx: tx.execute(text("ALTER TABLE lamps NO FORCE ROW LEVEL SECURITY")))

    assert "3 of 4 tables" in str(guarding.weakness(database))
    assert "0 of 0 tables" in str(guarding.weakness(empty))
    empty.dispose()
