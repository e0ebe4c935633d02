# SPDX-License-Identifier: EUPL-1.2
"""The bus file: its tables, how it is opened, and what threads of one process share about it."""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Literal

from rueckhalt_shared.private_file import make_private

SCHEMA_VERSION = 1

#: Publishers promise (FULL: the commit is on the disk); consumers may forget a lease or an ack at a
#: power loss (NORMAL), because the inbox drops the duplicate. kill -9 costs neither anything.
Durability = Literal["FULL", "NORMAL"]

_TABLES = """
CREATE TABLE exchange(name TEXT PRIMARY KEY, type TEXT NOT NULL, alternate TEXT) STRICT;
CREATE TABLE queue(name TEXT PRIMARY KEY, max_length INTEGER NOT NULL,
    delivery_limit INTEGER NOT NULL, dead_to TEXT, ttl REAL, arguments TEXT NOT NULL) STRICT;
CREATE TABLE binding(exchange TEXT NOT NULL REFERENCES exchange(name) ON DELETE CASCADE,
    pattern TEXT NOT NULL, queue TEXT NOT NULL REFERENCES queue(name) ON DELETE CASCADE,
    PRIMARY KEY(exchange, pattern, queue)) STRICT;
CREATE TABLE message(id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL,
    exchange TEXT NOT NULL, routing_key TEXT NOT NULL, payload TEXT NOT NULL,
    published_at REAL NOT NULL, available_at REAL NOT NULL DEFAULT 0, lease_until REAL,
    attempts INTEGER NOT NULL DEFAULT 0, first_death TEXT) STRICT;
CREATE INDEX message_queue ON message(queue, id);
"""


class ForeignBusFile(Exception):
    """The bus file was made by another version of Rückhalt."""


class Doorbell:
    """One bus file as the threads of one process see it: whose turn it is to write, and who waits.

    The lock keeps our own threads out of SQLite's busy handler, which sleeps up to 100 ms a try.
    """

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self._lock = threading.Lock()
        self._waiting: dict[threading.Event, frozenset[str]] = {}

    def listen(self, bell: threading.Event, queues: Iterable[str]) -> None:
        with self._lock:
            self._waiting[bell] = frozenset(queues)

    def leave(self, bell: threading.Event) -> None:
        with self._lock:
            self._waiting.pop(bell, None)

    def ring(self, queues: Iterable[str]) -> None:
        filled = frozenset(queues)
        with self._lock:
            called = [bell for bell, wanted in self._waiting.items() if wanted & filled]
        for bell in called:
            bell.set()


_doorbells: dict[tuple[int, str], Doorbell] = {}
_inherited: list[
    sqlite3.Connection
] = []  # a forked child must never close its parent's connections


class BusFileConnections:
    """One SQLite connection per process, thread and durability; none survives a fork."""

    def __init__(self, path: str, *, busy_timeout: float = 10.0) -> None:
        self.path = os.path.realpath(path)
        self.busy_timeout = busy_timeout
        self._open: dict[tuple[int, int, Durability], sqlite3.Connection] = {}
        self._file_number = 0

    @property
    def doorbell(self) -> Doorbell:
        key = (os.getpid(), self.path)
        return _doorbells.get(key) or _doorbells.setdefault(key, Doorbell())

    def reading(self, durability: Durability) -> sqlite3.Connection:
        key = (os.getpid(), threading.get_ident(), durability)
        found = self._open.get(key)
        if found is None:
            self._forget_inherited(key[0])
            found = self._open[key] = open_bus_file(self.path, durability, self.busy_timeout)
        self._must_be_the_same_file()
        return found

    def _must_be_the_same_file(self) -> None:
        """A file deleted or replaced under us would take our messages to nobody."""
        try:
            number = os.stat(self.path).st_ino
        except OSError as error:
            raise sqlite3.OperationalError(f"the bus file is gone: {error}") from error
        if self._file_number not in (0, number):
            raise sqlite3.OperationalError("the bus file was replaced by another")
        self._file_number = number

    @contextmanager
    def writing(self, durability: Durability) -> Iterator[sqlite3.Connection]:
        """One transaction; the write lock is taken at once, so it can't fail half-way as stale."""
        turn = self.doorbell.turn
        if not turn.acquire(timeout=self.busy_timeout):
            raise sqlite3.OperationalError("database is locked (by a thread of this process)")
        try:
            connection = self.reading(durability)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        finally:
            turn.release()

    def close(self) -> None:
        self._forget_inherited(os.getpid())
        while self._open:
            self._open.popitem()[1].close()
        self._file_number = 0

    def _forget_inherited(self, process_id: int) -> None:
        for key in [key for key in self._open if key[0] != process_id]:
            _inherited.append(self._open.pop(key))


def open_bus_file(path: str, durability: Durability, busy_timeout: float) -> sqlite3.Connection:
    _create_private(path)
    connection = sqlite3.connect(
        path, timeout=busy_timeout, isolation_level=None, check_same_thread=False
    )
    try:
        _set_write_ahead(connection, busy_timeout)
        connection.execute(f"PRAGMA synchronous={durability}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        _create_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create_private(path: str) -> None:
    try:
        make_private(path)
    except OSError as error:
        raise sqlite3.OperationalError(f"unable to open bus file {path}: {error}") from error


def _set_write_ahead(connection: sqlite3.Connection, busy_timeout: float) -> None:
    deadline = monotonic() + busy_timeout
    while True:  # two processes that open a new file at once: this pragma ignores the busy handler
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or monotonic() > deadline:
                raise
            sleep(0.01)
        else:
            return


def _create_tables(connection: sqlite3.Connection) -> None:
    version = _schema_version(connection)
    if version == 0:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _schema_version(connection) == 0:
                for statement in _TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        version = _schema_version(connection)
    if version != SCHEMA_VERSION:
        raise ForeignBusFile(f"bus file has schema {version}, this version knows {SCHEMA_VERSION}")


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
