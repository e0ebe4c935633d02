# SPDX-License-Identifier: EUPL-1.2
"""One transaction per use case: opened here at the edge, committed on return.

`Database.run(handler, …)` is the only door for writing and `tx.publish(event)` the only way to
publish. On SQLite the writers of one process share transactions (`group.Group`), so that eight
web threads cost one fsync, not eight.
"""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rueckhalt_shared import crash, leases, outbox
from rueckhalt_shared.columns import UtcDateTime, naming_convention
from rueckhalt_shared.contracts import Event
from rueckhalt_shared.engines import connect_engine, is_away, is_conflict
from rueckhalt_shared.group import Group, Job
from rueckhalt_shared.hints import Notifying
from rueckhalt_shared.signals import Signal

__all__ = [
    "Database",
    "Transaction",
    "Unavailable",
    "UtcDateTime",
    "naming_convention",
    "utcnow",
]

P = ParamSpec("P")
T = TypeVar("T")
_PAUSE = 5  # seconds a caller is told to wait when the database is away


class Unavailable(Exception):
    """The database cannot be used now: nobody's fault, nothing was stored, try again."""

    retry_after = _PAUSE


def utcnow() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


class Transaction:
    """What a handler may do: execute, publish, wake. Whoever opened it commits."""

    __slots__ = ("_collected", "_connection", "context", "now", "service", "wakes")

    def __init__(
        self, connection: Connection, *, service: str, now: datetime, context: dict[str, Any]
    ) -> None:
        self._connection = connection
        self.service = service
        self.now = now
        self.context = context
        self.wakes: set[str] = set()
        self._collected: dict[Callable[[Transaction, list[Any]], None], list[Any]] = {}

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one SQLAlchemy Core statement."""
        return self._connection.execute(statement, parameters)

    def publish(self, event: Event) -> str:
        """Put the event into the outbox, in this transaction; answers its id.

        Raises `outbox.TooLarge` for a body over 64 KiB and what `contracts.wrap` raises.
        """
        self.wakes.add("outbox")
        return outbox.add(self, event)

    def publish_again(self, subject: str, event_class: type[Event]) -> int:
        """Send what was published about a subject once more, same ids; answers how many rows."""
        return outbox.send_again(self, subject=subject, types=[event_class.type])

    def collect(self, flush: "Callable[[Transaction, list[T]], None]", item: T) -> None:
        """Before the commit, `flush(tx, items)` writes everything collected for it at once.

        So the events of one batch cost few statements instead of few each. What `flush` raises
        rolls back like anything else; a batch then runs event by event.
        """
        self._collected.setdefault(flush, []).append(item)

    def finish(self) -> None:
        """Write what was collected; whoever opened the transaction calls this before the commit."""
        while self._collected:
            flush, items = self._collected.popitem()
            flush(self, items)

    def wake(self, name: str) -> None:
        """After the commit, wake the loop of that name in this process."""
        self.wakes.add(name)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    @property
    def connection(self) -> Connection:
        """The SQLAlchemy connection, for migrations and the plumbing only."""
        return self._connection


class Database:
    """One service's database and the signals of what was committed to it."""

    def __init__(
        self,
        url: str,
        service: str,
        *,
        clock: Callable[[], datetime] = utcnow,
        context: dict[str, Any] | None = None,
        busy_seconds: float = 5.0,
    ) -> None:
        self.url = url
        self.service = service
        self.clock = clock
        self.context: dict[str, Any] = {} if context is None else context
        self.engine: Engine = connect_engine(url, busy_seconds=busy_seconds)
        self.dialect: str = self.engine.dialect.name
        self._signals: dict[str, Signal] = {}
        self._signals_lock = threading.Lock()
        self._group = Group(self._run_group, patience=2 * busy_seconds + 2)
        self._notifying = Notifying(url) if self.dialect == "postgresql" else None

    def run(
        self, handler: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run one use case in one transaction: commit on return, roll back on raise.

        After an `IntegrityError` (somebody was faster) it runs once more and then finds the other
        row. Raises `Unavailable` when the database is locked, full, restarted or unreachable.
        """
        try:
            return self._once(handler, *args, **kwargs)
        except DBAPIError as error:
            if not is_conflict(error):
                raise
        return self._once(handler, *args, **kwargs)

    def read(
        self, query: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query that writes nothing; takes no write lock."""
        try:
            connection = self.engine.connect().execution_options(rueckhalt_read=True)
            with connection, connection.begin():
                return query(self._transaction(connection), *args, **kwargs)
        except (DBAPIError, PoolTimeout) as error:
            raise self._translated(error) from error

    def signal(self, name: str) -> Signal:
        """The latch of that name; made at first use."""
        with self._signals_lock:
            return self._signals.setdefault(name, Signal())

    def ping(self) -> None:
        """Commit one small row, to know that writing works (again); raises `Unavailable`."""
        self.run(leases.take, "ping", f"ping-{os.getpid()}", seconds=0.0)

    def dispose(self) -> None:
        """Close all connections, for example after a fork."""
        self.engine.dispose()

    def _once(
        self, handler: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        job: Job[T] = Job(lambda tx: handler(tx, *args, **kwargs))
        if self.dialect == "sqlite":
            self._group.run(job)
        else:
            self._run_group([job])
        return job.outcome()

    def _run_group(self, jobs: list[Job[Any]]) -> None:
        """Run the jobs in one transaction; if anything is raised, each one alone."""
        try:
            wakes = self._commit(jobs)
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].fail(self._translated(error))
                return
            if isinstance(self._translated(error), Unavailable):
                for job in jobs:
                    job.fail(self._translated(error))
                return
            for job in jobs:
                self._run_group([job])
            return
        for job in jobs:
            job.succeed()
        crash.at("http.after_commit")
        self._after_commit(wakes)

    def _commit(self, jobs: list[Job[Any]]) -> set[str]:
        wakes: set[str] = set()
        with self.engine.connect() as connection, connection.begin():
            for job in jobs:
                transaction = self._transaction(connection)
                job.work(transaction)
                transaction.finish()
                wakes |= transaction.wakes
            crash.at("http.before_commit")
        return wakes

    def _after_commit(self, wakes: set[str]) -> None:
        for name in wakes:
            signal = self.signal(name)
            signal.set()
            if name == "outbox" and not signal.listened and self._notifying is not None:
                self._notifying.hint(name)  # the relay runs in another process

    def _transaction(self, connection: Connection) -> Transaction:
        return Transaction(connection, service=self.service, now=self.clock(), context=self.context)

    @staticmethod
    def _translated(error: Exception) -> Exception:
        if is_away(error) and not is_conflict(error):
            away = Unavailable(f"database away: {type(getattr(error, 'orig', error)).__name__}")
            away.__cause__ = error
            return away
        return error
