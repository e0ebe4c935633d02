# SPDX-License-Identifier: EUPL-1.2
"""A lease has one owner, ends by itself, and a clock set back does not freeze it."""

import pytest

from rueckhalt_shared import leases
from tests.support import FakeClock, plumbing_database


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def database(tmp_path, clock):
    return plumbing_database(tmp_path / "a.db", clock=clock)


def test_only_one_owner_holds_a_lease(database):
    assert database.run(leases.take, "relay", "a", seconds=10)
    assert not database.run(leases.take, "relay", "b", seconds=10)
    assert database.run(leases.take, "relay", "a", seconds=10)


def test_a_lease_that_ran_out_goes_to_the_next_one(database, clock):
    database.run(leases.take, "relay", "a", seconds=10)
    clock.pass_(seconds=10)

    assert database.run(leases.take, "relay", "b", seconds=10)


def test_a_released_lease_is_free_at_once(database):
    database.run(leases.take, "relay", "a", seconds=10)
    database.run(leases.release, "relay", "a")

    assert database.run(leases.take, "relay", "b", seconds=10)


def test_a_clock_set_back_a_day_does_not_freeze_the_lease(database, clock):
    database.run(leases.take, "relay", "a", seconds=10)
    clock.pass_(hours=-24)

    assert database.run(leases.take, "relay", "b", seconds=10)
