# SPDX-License-Identifier: EUPL-1.2
"""What handlers collect is written once, before the commit, and shares the commit's fate."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.plumbing import worker_states
from tests.support import plumbing_database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return plumbing_database(tmp_path / "some.db")


def note_down(tx: Transaction, names: list[str]) -> None:
    row = {"name": " ".join(names), "state": "up", "at": tx.now}
    tx.execute(insert(worker_states), row)


def stumble(tx: Transaction, names: list[str]) -> None:
    raise ValueError(names[0])


def names(database: Database) -> list[str]:
    return database.read(lambda tx: [r.name for r in tx.execute(select(worker_states.c.name))])


def test_what_was_collected_is_written_at_once(database: Database) -> None:
    def batch(tx: Transaction) -> None:
        for name in ("one", "two", "three"):
            tx.collect(note_down, name)

    database.run(batch)

    assert names(database) == ["one two three"]


def test_what_the_flush_raises_rolls_everything_back(database: Database) -> None:
    def batch(tx: Transaction) -> None:
        note_down(tx, ["direct"])
        tx.collect(stumble, "late")

    with pytest.raises(ValueError, match="late"):
        database.run(batch)

    assert names(database) == []


def test_a_flush_may_collect_again(database: Database) -> None:
    def twice(tx: Transaction, found: list[str]) -> None:
        for name in found:
            tx.collect(note_down, name)

    database.run(lambda tx: tx.collect(twice, "again"))

    assert names(database) == ["again"]
