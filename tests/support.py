# SPDX-License-Identifier: EUPL-1.2
"""What many tests need: a migrated database, the outbox as dictionaries, a clock in the hand."""

import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import select, text

from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.plumbing import outbox as outbox_table
from rueckhalt_shared.plumbing import plumbing

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class FakeClock:
    """A clock that only moves when told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> datetime:
        """Move forward by a timedelta's words: `pass_(minutes=5)`."""
        self.now += timedelta(**span)
        return self.now


def plumbing_database(path: Path, service: str = "intake", **options: Any) -> Database:
    """A database with the plumbing only."""
    database = Database(f"sqlite:///{path}", service, **options)
    with database.engine.begin() as connection:
        plumbing.create_all(connection)
    return database


def sqlite_database(folder: Path, package: str | ModuleType, **options: Any) -> Database:
    """A migrated SQLite database of a service (its package or its name, `rueckhalt_intake`)."""
    name = package if isinstance(package, str) else package.__name__
    service = name.removeprefix("rueckhalt_")
    url = f"sqlite:///{folder / service}.db"
    upgrade(url, f"{name}.migrations")
    return Database(url, service, **options)


def outbox(database: Database) -> list[dict[str, Any]]:
    """Every envelope in the outbox, in the order written."""

    def query(tx: Transaction) -> list[dict[str, Any]]:
        rows = tx.execute(select(outbox_table.c.body).order_by(outbox_table.c.seq))
        return [json.loads(row.body) for row in rows]

    return database.read(query)


def free_port() -> int:
    """A port of the loopback nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def waits_for_a_lock(database: Database) -> bool:
    """Does anybody in this PostgreSQL database wait for somebody else's lock just now?"""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(database.read(lambda tx: tx.execute(asked).scalar_one()))


def eventually(
    condition: Callable[[], Any], *, within: float = 20.0, step: float = 0.02, what: str = ""
) -> Any:
    """Wait on a condition; its first true value, or an assertion error after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what or condition}")
        time.sleep(step)
