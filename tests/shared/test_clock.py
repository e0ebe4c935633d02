# SPDX-License-Identifier: EUPL-1.2
"""Clocks of two machines: what lies apart too far is a finding of `rueckhalt check`."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from rueckhalt_shared import health
from rueckhalt_shared.database import Database, utcnow
from tests.servers import PrivatePostgres
from tests.support import plumbing_database


@pytest.fixture
def database(postgres: PrivatePostgres) -> Iterator[Database]:
    database = Database(postgres.create_database(), "intake")
    yield database
    database.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3600, "s ahead of the database server"), (-3600, "s behind the database")],
)
def test_a_clock_that_is_wrong_is_told_with_its_direction(database, seconds, told):
    database.clock = lambda: utcnow() + timedelta(seconds=seconds)

    found = health.clock(database)

    assert found["status"] == "degraded"
    assert told in found["reason"]
    assert "NTP" in found["reason"]


@pytest.mark.postgres
def test_a_clock_that_is_right_is_fine_and_a_slow_answer_is_no_difference(database):
    found = health.clock(database)

    assert found == {"status": "ok", "seconds": 0.0}


def test_a_database_in_a_file_has_no_clock_of_its_own(tmp_path):
    assert health.clock(plumbing_database(tmp_path / "a.db")) is None
