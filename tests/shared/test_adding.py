# SPDX-License-Identifier: EUPL-1.2
"""Added rows are written before the commit in few statements, and nobody can tell otherwise."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from rueckhalt_shared.contracts import ResponsibilityCompleted
from rueckhalt_shared.database import Database, Unavailable
from rueckhalt_shared.plumbing import outbox, plumbing
from tests.support import NOON, FakeClock, eventually, waits_for_a_lock

metadata = MetaData()
towns = Table("towns", metadata, Column("id", Integer, primary_key=True), Column("name", String(9)))
people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("town", ForeignKey("towns.id")),
    Column("says", JSON),
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    url = f"sqlite:///{tmp_path}/adding.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database()
    database = Database(url, "routing", clock=FakeClock())
    with database.engine.begin() as connection:
        metadata.create_all(connection)
        plumbing.create_all(connection)
    yield database
    database.dispose()


@pytest.fixture
def sent(database):
    """Every statement that goes to the database from now on."""
    found: list[str] = []
    for engine in {database.engine, database._alone}:
        event.listen(
            engine, "before_cursor_execute", lambda c, cursor, told, *rest: found.append(told)
        )
    return found


def names(tx):
    return [row.name for row in tx.execute(select(towns.c.name).order_by(towns.c.id))]


def test_added_rows_of_several_tables_are_there_after_the_commit(database):
    def move_in(tx):
        tx.add(towns, {"id": 1, "name": "Jena"})
        tx.add(people, {"id": 7, "town": 1, "says": {"a": [1, None]}})

    database.run(move_in)

    said = database.read(lambda tx: tx.execute(select(people.c.says)).scalar_one())
    assert database.read(names) == ["Jena"]
    assert said == {"a": [1, None]}


def test_a_query_sees_what_was_added_before_it(database):
    def add_and_look(tx):
        tx.add(towns, {"id": 1, "name": "Jena"})
        tx.add(towns, {"id": 2, "name": "Gera"})
        before = names(tx)
        tx.execute(update(towns).where(towns.c.id == 2).values(name="Suhl"))
        tx.add(towns, {"id": 3, "name": "Apolda"})
        return before, tx.execute(text("SELECT count(*) FROM towns")).scalar_one()

    assert database.run(add_and_look) == (["Jena", "Gera"], 3)
    assert database.read(names) == ["Jena", "Suhl", "Apolda"]


def test_a_query_that_names_the_table_deep_inside_sees_it_too(database):
    def add_and_look(tx):
        tx.add(towns, {"id": 1, "name": "Jena"})
        tx.execute(insert(people), {"id": 7, "town": 1})
        tx.add(towns, {"id": 2, "name": "Gera"})
        inhabited = select(people.c.id).where(people.c.town.in_(select(towns.c.id)))
        return tx.execute(inhabited).scalars().all()

    assert database.run(add_and_look) == [7]


def test_nothing_of_it_stays_when_one_row_breaks_a_rule(database):
    database.run(lambda tx: tx.add(towns, {"id": 1, "name": "Jena"}))

    def add_twice(tx):
        tx.add(people, {"id": 7, "town": 1})
        tx.add(towns, {"id": 1, "name": "Gera"})

    with pytest.raises(IntegrityError):
        database.run(add_twice)

    assert database.read(lambda tx: tx.execute(select(people.c.id)).all()) == []
    assert database.read(names) == ["Jena"]


def test_a_handler_that_raises_leaves_no_added_row(database):
    def broken(tx):
        tx.add(towns, {"id": 1, "name": "Jena"})
        raise LookupError("no such town")

    with pytest.raises(LookupError):
        database.run(broken)

    assert database.read(names) == []


def test_rows_of_one_table_are_one_statement(database, sent):
    database.run(lambda tx: tx.add(towns, *({"id": n, "name": "Jena"} for n in range(50))))

    assert len([told for told in sent if "INSERT" in told]) == 1
    assert len(database.read(names)) == 50


def completed(subject):
    return ResponsibilityCompleted(
        subject=subject,
        municipality="160770999999",
        assignment=subject,
        role="ansprechstelle",
        at=NOON,
        mode="live",
    )


def test_an_event_of_a_process_that_was_paused_never_enters_a_window_already_stated(database):
    def paused(tx, *, seconds):
        tx.publish(completed("a"))
        tx.add(towns, {"id": 1, "name": "Musterau"})
        database.clock.pass_(seconds=seconds)

    with pytest.raises(Unavailable, match="held up"):
        database.run(paused, seconds=31)
    assert database.read(names) == []

    database.run(paused, seconds=29)
    assert database.read(names) == ["Musterau"]


def test_events_without_a_version_are_numbered_in_the_order_they_were_published(database):
    def publish(tx, subjects):
        for subject in subjects:
            tx.publish(completed(subject))

    database.run(publish, ["a", "b", "a"])
    database.run(publish, ["b", "a"])

    query = select(outbox.c.subject, outbox.c.version).order_by(outbox.c.seq)
    rows = database.read(lambda tx: tx.execute(query).all())
    assert [tuple(row) for row in rows] == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)]


@pytest.mark.postgres
def test_a_transaction_that_only_adds_is_one_statement_without_begin(postgres):
    database = Database(postgres.create_database(), "intake", clock=FakeClock())
    with database.engine.begin() as connection:
        metadata.create_all(connection)
    begun: list[object] = []
    event.listen(database.engine, "begin", begun.append)

    def move_in(tx):
        tx.add(towns, {"id": 1, "name": "Jena"})
        tx.add(people, {"id": 7, "town": 1})

    database.run(move_in)

    assert begun == []
    assert database.read(names) == ["Jena"]
    database.dispose()


def test_an_added_row_is_known_before_it_is_written(database):
    def add_and_ask(tx):
        tx.add(towns, {"id": 1, "name": "Jena"})
        return [row["name"] for row in tx.added(towns)]

    assert database.run(add_and_ask) == ["Jena"]


def test_one_question_answers_for_all_subjects_of_a_batch(database, sent):
    database.run(lambda tx: tx.add(towns, {"id": 1, "name": "Jena"}))

    def find(tx, wanted):
        return set(tx.execute(select(towns.c.name).where(towns.c.name.in_(wanted))).scalars())

    def ask(tx):
        tx.subjects = frozenset({"Jena", "Gera"})
        return [tx.is_among(name, find) for name in ("Jena", "Gera", "Suhl")]

    sent.clear()
    assert database.run(ask) == [True, False, False]
    assert len([told for told in sent if "SELECT" in told]) == 2


@pytest.mark.postgres
def test_a_query_survives_that_the_server_has_closed_its_idle_connection(postgres):
    database = Database(postgres.create_database(), "intake", clock=FakeClock())
    with database.engine.begin() as connection:
        metadata.create_all(connection)
    database.run(lambda tx: tx.add(towns, {"id": 1, "name": "Jena"}))
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    kill = text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    with database.engine.connect() as connection:
        connection.execute(kill)

    assert database.read(names) == ["Jena"]
    database.dispose()


@pytest.mark.postgres
def test_a_single_statement_that_met_a_deadlock_runs_once_more(postgres):
    database = Database(postgres.create_database(), "intake", clock=FakeClock())
    told = "IF nextval('tries') = 1 THEN RAISE EXCEPTION 'met' USING ERRCODE = '40P01'; END IF;"
    with database.engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(text("CREATE SEQUENCE tries"))  # a roll-back leaves it as it is
        connection.execute(
            text(
                "CREATE FUNCTION hiccup(integer) RETURNS integer LANGUAGE plpgsql AS "
                f"$$ BEGIN {told} RETURN $1; END $$"
            )
        )

    database.run_one(text("INSERT INTO towns (id, name) VALUES (hiccup(:id), 'Jena')"), {"id": 1})

    assert database.read(names) == ["Jena"]
    database.dispose()


@pytest.mark.postgres
def test_the_subjects_of_a_transaction_are_locked_in_one_order_whatever_it_said_first(postgres):
    database = Database(postgres.create_database(), "routing", clock=FakeClock())
    with database.engine.begin() as connection:
        plumbing.create_all(connection)

    def publish(tx, *subjects):
        for subject in subjects:
            tx.publish(completed(subject))

    for subject in ("b", "a"):  # so they lie in this order, too
        database.run(publish, subject)
    free = text("SELECT subject FROM subject_versions WHERE subject = 'a' FOR UPDATE SKIP LOCKED")
    with database.engine.begin() as holder, ThreadPoolExecutor(1) as pool:
        holder.execute(text("SELECT * FROM subject_versions WHERE subject = 'b' FOR UPDATE"))
        waiting = pool.submit(database.run, publish, "b", "a")
        eventually(lambda: waits_for_a_lock(database), what="the second one waits for b")
        held = database.read(lambda tx: tx.execute(free).all())
        holder.rollback()
        waiting.result(timeout=10)

    assert held == []  # it already had a when it came to b
    database.dispose()
