# SPDX-License-Identifier: EUPL-1.2
"""Transactions: commit on return, roll back on raise, unavailable when nobody is at fault."""

import sqlite3
import stat
import threading
from datetime import datetime

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from rueckhalt_shared.database import Database, Unavailable, UtcDateTime
from tests.support import NOON, plumbing_database

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(20)),
    Column("at", UtcDateTime),
)


@pytest.fixture
def database(tmp_path):
    database = plumbing_database(tmp_path / "a.db", busy_seconds=0.2)
    with database.engine.begin() as connection:
        things.create(connection)
    return database


def add(tx, id_, name="GREEN-LAMP"):
    tx.execute(insert(things), {"id": id_, "name": name, "at": NOON})
    return id_


def names(tx):
    return [row.name for row in tx.execute(select(things.c.name).order_by(things.c.id))]


def test_what_a_handler_wrote_is_there_after_it_returned(database):
    assert database.run(add, 1) == 1
    assert database.read(names) == ["GREEN-LAMP"]


def test_a_handler_that_raises_leaves_nothing(database):
    def broken(tx):
        add(tx, 1)
        raise LookupError("no such lamp")

    with pytest.raises(LookupError):
        database.run(broken)

    assert database.read(names) == []


def test_somebody_who_was_slower_runs_once_more_and_finds_the_row(database):
    tries = []

    def add_or_find(tx):
        tries.append(1)
        if len(tries) == 1:
            add(tx, 1, "FIRST")
            add(tx, 1, "SAME-ID")
        return names(tx)

    assert database.run(add_or_find) == []
    assert len(tries) == 2


def test_a_locked_file_is_unavailable_and_nothing_is_stored(database, tmp_path):
    blocker = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable):
        database.run(add, 1)
    with pytest.raises(Unavailable):
        database.ping()
    blocker.execute("ROLLBACK")
    blocker.close()

    database.ping()
    assert database.read(names) == []


def test_a_wrong_statement_is_not_called_unavailable(database):
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    with pytest.raises(OperationalError):
        database.run(lambda tx: tx.execute(text("SELECT * FROM nowhere")))


def test_of_a_group_only_the_broken_one_fails(database):
    errors: list[Exception] = []
    barrier = threading.Barrier(8)

    def one(number):
        barrier.wait()
        try:
            database.run(add, number if number != 3 else "not a number")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(errors) == 1
    assert len(database.read(names)) == 7


def test_the_file_is_private_and_durable(database, tmp_path):
    mode = stat.S_IMODE((tmp_path / "a.db").stat().st_mode)

    with database.engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }

    assert mode == 0o600
    assert pragma == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }


def test_times_come_back_aware(database):
    database.run(add, 1)

    at = database.read(lambda tx: tx.execute(select(things.c.at)).scalar_one())

    assert at == NOON
    assert at.tzinfo is not None


def test_a_naive_time_is_refused(database):
    with pytest.raises(Exception, match="without a zone"):
        database.run(lambda tx: tx.execute(insert(things), {"id": 1, "at": datetime(2026, 1, 1)}))  # noqa: DTZ001


def test_waking_happens_after_the_commit_only(database):
    def broken(tx):
        tx.wake("senders")
        raise LookupError

    with pytest.raises(LookupError):
        database.run(broken)
    assert not database.signal("senders").wait(0)

    database.run(lambda tx: tx.wake("senders"))
    assert database.signal("senders").wait(0)


def test_an_unreachable_postgresql_is_unavailable(tmp_path):
    database = Database("postgresql://nobody@127.0.0.1:1/none", "intake", busy_seconds=1)

    with pytest.raises(Unavailable):
        database.run(add, 1)
