# SPDX-License-Identifier: EUPL-1.2
"""The set checker sees what it is there for: each planted loss, double or stranger."""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.settling import settled

pytestmark = [pytest.mark.faults, pytest.mark.timeout(180)]

TWIN = """INSERT INTO outbox (id, type, subject, version, body, created_at, published_at)
    SELECT 'twin', type, subject, 9, body, created_at, published_at FROM outbox
    WHERE subject = :id AND type LIKE '%.assigned.v1'"""
PLANTED = [
    ("intake", "DELETE FROM incidents WHERE id = :id", "accepted incidents in intake"),
    ("intake", "UPDATE incidents SET id = 'stranger' WHERE id = :id", "nobody was told of"),
    ("routing", "DELETE FROM assignments WHERE incident_id = :id", "1 assignments"),
    (
        "routing",
        TWIN,
        "incidents assigned twice",
    ),
    ("routing", "DELETE FROM inbox WHERE event_id IN (SELECT max(event_id) FROM inbox)", "heard"),
    ("reporting", "DELETE FROM facts WHERE incident = :id", "facts in reporting"),
    ("reporting", "UPDATE rollups SET n = n + 1 WHERE dimension = 'total'", "total counts"),
    ("reporting", "UPDATE rollups SET n = n - 1 WHERE dimension = 'total'", "the sum of total"),
    ("notify", "UPDATE notices SET state = 'waiting' WHERE subject = :id", "notices sent"),
    ("notify", "UPDATE notices SET key = 'x' || key WHERE subject = :id", "mails of sent notices"),
    ("notify", "UPDATE inbox SET state = 'parked'", "parked events of notify"),
    ("notify", "UPDATE inbox SET state = 'quarantined'", "events of notify in quarantine"),
]


@contextmanager
def put_back(town, service):
    """Undo whatever happens to the database of a service that does not run."""
    path = Path(town.database_url(service).removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(":memory:")) as copy:
        source.backup(copy)
        yield
        copy.backup(source)


def test_every_planted_fault_is_found_and_nothing_else(build, check, sink):
    town = build("embedded")
    checker, load = check(town), Load(town)
    posted = [load.post() for _ in range(3)]
    before = settled(checker, load, sink, within=60)
    town.stop()
    mails = sink.mails()

    told = {}
    for service, statement, fault in PLANTED:
        with put_back(town, service):
            values = {"id": posted[1]} if ":id" in statement else {}
            checker.change(service, statement, **values)
            told[statement] = (fault, checker.look(posted, mails).told())
    after = checker.look(posted, mails)
    doubled = checker.look(posted, [*mails, mails[0]])

    assert before.is_clean, before.told()
    for statement, (fault, found) in told.items():
        assert fault in found, statement
    assert after.is_clean, after.told()
    assert doubled.is_clean
    assert doubled.extra_mails == 1
