# SPDX-License-Identifier: EUPL-1.2
"""The identity store is brought up to date by whoever opens it, on both databases."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rueckhalt_shared.identity.opening import IdentityDatabase
from rueckhalt_shared.keys import KeyStore
from tests.identity.house import ARS, HERE, PASSWORD, Household
from tests.servers import PrivatePostgres

FIRST = """
CREATE TABLE keys (
    id VARCHAR(16) NOT NULL PRIMARY KEY, secret_hash VARCHAR(64) NOT NULL,
    sender VARCHAR(80) NOT NULL, mode VARCHAR(4) NOT NULL, scopes JSON NOT NULL,
    municipalities JSON NOT NULL, created_at DATETIME NOT NULL, expires_at DATETIME NOT NULL,
    revoked_at DATETIME
)
"""
KEY = """
INSERT INTO keys VALUES ('abc', '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b',
    'town', 'live', '["incident:create"]', '["160770999999"]',
    '2026-11-01 00:00:00', '2036-11-01 00:00:00', NULL)
"""  # the hash of "secret"


def test_a_store_of_version_0_1_keeps_its_keys_and_learns_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "identity.db"
    with sqlite3.connect(path) as old:
        old.execute(FIRST)
        old.execute(KEY)
    old.close()

    store = KeyStore(f"sqlite:///{path}")
    caller = store.authenticate("rk_live_abc_secret")

    assert caller is not None
    assert caller.sender == "town"
    (key,) = store.list()
    assert not key.signed
    assert key.last_used_at is not None
    store.close()


def test_two_that_open_it_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    url, faults = f"sqlite:///{tmp_path}/identity.db", []

    def open_it() -> None:
        database = IdentityDatabase(url)
        try:
            database.prepare()
        except Exception as error:
            faults.append(error)
        finally:
            database.dispose()

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


@pytest.fixture
def remote(postgres: PrivatePostgres, tmp_path: Path) -> Iterator[Household]:
    """The same in PostgreSQL."""
    made = Household(tmp_path, url=postgres.create_database())
    yield made
    made.close()


@pytest.mark.postgres
def test_sign_in_and_keys_work_on_postgresql(remote: Household) -> None:
    remote.add()
    passed = remote.sign_in()
    plain = remote.keys.create(
        sender="town", scopes=["incident:create"], municipalities=[ARS], signed=True
    )

    signed_in = remote.people.session(passed.token)
    assert signed_in is not None
    assert remote.people.sessions_of(signed_in.account)
    assert remote.keys.authenticate(plain) is None
    again = remote.people.password("a.beispiel", PASSWORD, **HERE)
    assert again.wants_code
    IdentityDatabase(remote.people.database.url).prepare().dispose()  # a second process, later
