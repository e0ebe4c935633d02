# SPDX-License-Identifier: EUPL-1.2
"""A change that finds its row costs no answer of its own; one that does not is told the truth."""

import json
import threading

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, event, select, update

from rueckhalt_shared.contracts import ResponsibilityCompleted
from rueckhalt_shared.database import Database
from rueckhalt_shared.plumbing import outbox, plumbing
from tests.support import NOON, FakeClock

metadata = MetaData()
letters = Table(
    "letters",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("state", String(9), nullable=False),
    Column("holder", String(9)),
)
tries = Table(
    "tries",
    metadata,
    Column("letter", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
)
_MOVE = (
    update(letters)
    .where(letters.c.id == bindparam("which"), letters.c.state == bindparam("old"))
    .values(state=bindparam("new"))
)


class Lost(Exception):
    """Somebody else has moved the letter."""


def move(tx, which, old, new):
    return tx.change(_MOVE, {"which": which, "old": old, "new": new})


def told(subject):
    return ResponsibilityCompleted(
        subject=subject,
        municipality="160770999999",
        assignment=subject,
        role="ansprechstelle",
        at=NOON,
        mode="live",
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    url = f"sqlite:///{tmp_path}/changing.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create_database()
    database = Database(url, "routing", clock=FakeClock())
    with database.engine.begin() as connection:
        metadata.create_all(connection)
        plumbing.create_all(connection)
    database.run(lambda tx: tx.add(letters, *({"id": n, "state": "waiting"} for n in (1, 2, 3))))
    yield database
    database.dispose()


def states(database):
    query = select(letters.c.state).order_by(letters.c.id)
    return database.read(lambda tx: list(tx.execute(query).scalars()))


def events(database):
    query = select(outbox.c.subject, outbox.c.version, outbox.c.body).order_by(outbox.c.seq)
    return database.read(lambda tx: [tuple(row) for row in tx.execute(query)])


def send_and_begin_the_next(tx):
    """What a sender commits for each mail."""
    if not move(tx, 1, "sending", "sent"):
        raise Lost
    tx.publish(told("a"))
    if not move(tx, 2, "waiting", "sending"):
        return "nothing begun"
    tx.add(tries, {"letter": 2, "n": 1})
    return "begun"


def test_changes_new_rows_and_an_event_are_stored_together(database):
    database.run(move, 1, "waiting", "sending")

    assert database.run(send_and_begin_the_next) == "begun"

    assert states(database) == ["sent", "sending", "waiting"]
    assert [row[:2] for row in events(database)] == [("a", 1)]
    assert database.read(lambda tx: len(tx.execute(select(tries)).all())) == 1


@pytest.mark.postgres
def test_on_postgresql_they_are_one_statement_without_begin(postgres):
    database = Database(postgres.create_database(), "routing", clock=FakeClock())
    with database.engine.begin() as connection:
        metadata.create_all(connection)
        plumbing.create_all(connection)
    database.run(lambda tx: tx.add(letters, {"id": 1, "state": "sending"}))
    database.run(lambda tx: tx.add(letters, {"id": 2, "state": "waiting"}))
    sent: list[str] = []
    for engine in (database.engine, database._alone):
        event.listen(engine, "before_cursor_execute", lambda c, u, words, *rest: sent.append(words))

    database.run(send_and_begin_the_next)

    assert len(sent) == 1
    assert states(database) == ["sent", "sending"]
    database.dispose()


def test_a_change_that_comes_too_late_is_told_so_and_nothing_of_it_stays(database):
    lost = False
    try:
        database.run(send_and_begin_the_next)  # nobody has begun the first
    except Lost:
        lost = True

    assert lost
    assert states(database) == ["waiting", "waiting", "waiting"]
    assert events(database) == []


def test_a_change_that_may_fail_leaves_the_others_standing(database):
    database.run(move, 1, "waiting", "sending")
    database.run(move, 2, "waiting", "cancelled")

    assert database.run(send_and_begin_the_next) == "nothing begun"

    assert states(database) == ["sent", "cancelled", "waiting"]
    assert len(events(database)) == 1


def test_a_query_sees_the_change_before_it(database):
    def move_and_look(tx):
        move(tx, 1, "waiting", "sending")
        return tx.execute(select(letters.c.state).where(letters.c.id == 1)).scalar_one()

    assert database.run(move_and_look) == "sending"


def test_the_same_row_changes_twice_in_one_use_case(database):
    def twice(tx):
        return move(tx, 1, "waiting", "sending") and move(tx, 1, "sending", "sent")

    assert database.run(twice)
    assert states(database)[0] == "sent"


def test_a_row_that_was_just_added_can_be_changed(database):
    def add_and_move(tx):
        tx.add(letters, {"id": 9, "state": "waiting"})
        return move(tx, 9, "waiting", "sent")

    assert database.run(add_and_move)
    assert states(database)[-1] == "sent"


def test_an_event_published_alone_carries_the_next_version_in_row_and_body(database):
    for subject in ("a", "b", "a", "a"):
        database.run(lambda tx, each=subject: tx.publish(told(each)))

    found = events(database)
    assert [row[:2] for row in found] == [("a", 1), ("b", 1), ("a", 2), ("a", 3)]
    assert [json.loads(row[2])["version"] for row in found] == [1, 1, 2, 3]
    assert all(json.loads(row[2])["subject"] == row[0] for row in found)


def test_versions_stay_gapless_when_many_publish_about_one_subject_at_once(database):
    def publish():
        for _ in range(10):
            database.run(lambda tx: tx.publish(told("a")))

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(row[1] for row in events(database)) == list(range(1, 41))


@pytest.mark.postgres
def test_two_functions_may_each_publish_an_event_without_a_version(postgres):
    database = Database(postgres.create_database(), "routing", clock=FakeClock())
    with database.engine.begin() as connection:
        plumbing.create_all(connection)

    def late(tx, subjects):
        for subject in subjects:
            tx.publish(told(subject))

    def publish(tx):
        tx.collect(late, "b")
        tx.publish(told("a"))

    database.run(publish)

    query = select(outbox.c.subject, outbox.c.version)
    rows = database.read(lambda tx: tx.execute(query).all())
    assert sorted(tuple(row) for row in rows) == [("a", 1), ("b", 1)]
    database.dispose()
