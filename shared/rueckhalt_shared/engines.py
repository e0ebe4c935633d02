# SPDX-License-Identifier: EUPL-1.2
"""How SQLite and PostgreSQL are opened, and what their errors mean.

SQLite: WAL with `synchronous=FULL` (an answer is given only for what survives power loss) and
`BEGIN IMMEDIATE` (a transaction that reads first and writes later would fail at once in spite of
the busy timeout). PostgreSQL: READ COMMITTED with time limits.
"""

import contextlib
import sqlite3
import time
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rueckhalt_shared import second_wall
from rueckhalt_shared.group import GaveUp
from rueckhalt_shared.private_file import make_private

_PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
)
_LIMITS = (
    "-c statement_timeout=10000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000"
    # Policies with a subquery make a scan look dear, and compiling it costs a second.
    " -c jit=off"
)
# What a locked, full, broken or unreachable file answers; every other code is a fault of ours.
_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)


def connect_engine(
    url: str, *, busy_seconds: float, autocommit: bool = False, guarded: bool = True
) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`, lazily connected.

    With `autocommit` each statement is a transaction of its own (PostgreSQL only): without BEGIN
    and COMMIT, each of which is a round trip. Its connections are told the caller's reach, unless
    no table of this database is `guarded` by it.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, busy_seconds)
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        # The server allows some hundred connections in all; idle ones count.
        pool_size=8 if autocommit else 3,
        max_overflow=8 if autocommit else 13,
        pool_timeout=busy_seconds,
        pool_use_lifo=True,
        **({"isolation_level": "AUTOCOMMIT"} if autocommit else {}),
        connect_args={"options": _LIMITS, "connect_timeout": max(2, int(busy_seconds))},
    )
    if guarded:
        second_wall.tell_reach(engine)
    return engine


def is_away(error: BaseException) -> bool:
    """True when the database cannot be used now; false when the statement is at fault."""
    if isinstance(error, (GaveUp, PoolTimeout)):
        return True
    if not isinstance(error, DBAPIError) or isinstance(error, IntegrityError):
        return False
    if error.connection_invalidated:
        return True
    origin = error.orig
    if isinstance(origin, sqlite3.Error):
        code = getattr(origin, "sqlite_errorcode", None)
        return code is not None and (code & 0xFF) in _AWAY
    return isinstance(origin, (psycopg.OperationalError, psycopg.InterfaceError))


def is_conflict(error: BaseException) -> bool:
    """True when somebody else was faster and the use case should run once more."""
    if isinstance(error, IntegrityError):
        return True
    origin = getattr(error, "orig", None)
    return isinstance(
        origin, (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
    )


def _turn_to_wal(connection: sqlite3.Connection, *, patience: float) -> None:
    """Several that open a new file at once: here SQLite does not wait by itself."""
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not is_busy or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _sqlite(url: str, busy_seconds: float) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": busy_seconds, "isolation_level": None},
        pool_size=12,
        max_overflow=20,
        pool_timeout=busy_seconds,
        pool_use_lifo=True,
    )
    path = make_url(url).database

    @event.listens_for(engine, "do_connect")
    def private(dialect: Any, record: Any, args: Any, kwargs: Any) -> None:
        if path and path != ":memory:":
            with contextlib.suppress(OSError):  # SQLite says it better: unable to open
                make_private(path)

    @event.listens_for(engine, "connect")
    def pragmas(connection: Any, record: Any) -> None:
        _turn_to_wal(connection, patience=busy_seconds)
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def immediate(connection: Connection) -> None:
        reading = connection.get_execution_options().get("rueckhalt_read")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
