# SPDX-License-Identifier: EUPL-1.2
"""Whoever holds a lease is known to be dead only on its own machine, and only for certain."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from rueckhalt_shared import owners
from rueckhalt_shared.database import Database
from rueckhalt_shared.relay import Relay
from tests.shared.event_path import ListPipe, closed
from tests.support import plumbing_database

HOLD = """
import sys
from rueckhalt_shared import leases, owners
from rueckhalt_shared.database import Database
name = owners.name("relay")
Database(sys.argv[1], "intake").run(leases.take, "relay", name, seconds=10)
print(name, flush=True)
sys.stdin.read()
"""


class Holder:
    """A process of its own that holds the relay's lease until it is killed."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLD, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.name = self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def database(tmp_path) -> Database:
    return plumbing_database(tmp_path / "intake.db")


@pytest.fixture
def holder(database) -> Iterator[Holder]:
    holder = Holder(database.url)
    yield holder
    holder.kill()


def test_a_dead_predecessor_s_lease_is_taken_over_at_once(database, holder):
    database.run(lambda tx: tx.publish(closed("A")))
    pipe = ListPipe()
    relay = Relay(database, lambda: pipe)

    relay.publish_once()
    while_it_lived = list(pipe.published)
    holder.kill()
    relay.publish_once()

    assert while_it_lived == []
    assert len(pipe.published) == 1


def test_a_lease_that_was_taken_over_is_not_taken_from_the_new_owner(database, holder):
    database.run(lambda tx: tx.publish(closed("A")))
    holder.kill()
    pipe = ListPipe()
    first, second = (Relay(database, lambda: pipe) for _ in range(2))

    first.publish_once()
    database.run(lambda tx: tx.publish(closed("B")))
    second.publish_once()

    assert len(pipe.published) == 1


def test_a_living_process_is_not_gone_and_a_killed_one_is(holder):
    before = owners.is_gone(holder.name)
    holder.kill()

    assert (before, owners.is_gone(holder.name)) == (False, True)


def changed(name: str, part: int, value: str) -> str:
    parts = name.split("-")
    parts[part] = value
    return "-".join(parts)


def test_another_process_under_an_old_number_does_not_keep_the_dead_one_alive():
    assert owners.is_gone(changed(owners.name("relay"), 4, "1"))


@pytest.mark.parametrize(
    "name",
    [
        changed(owners.name("relay"), 1, "0" * 16),
        changed(changed(owners.name("relay"), 2, "1"), 3, "4194304"),
        "relay-b1946ac9-2d24-4bc2-a1a1-0f9f5a7d1a11",
        "another process",
        "",
    ],
    ids=["another machine", "another container", "an older version", "words", "nothing"],
)
def test_of_processes_elsewhere_nothing_is_concluded(name):
    assert not owners.is_gone(name)


def test_a_name_fits_its_column_and_is_nobody_else_s():
    names = {owners.name("relay") for _ in range(10)}

    assert len(names) == 10
    assert max(map(len, names)) <= 80
