# SPDX-License-Identifier: EUPL-1.2
"""One transaction per use case: opened here at the edge, committed on return.

`Database.run(handler, …)` is the only door for writing and `tx.publish(event)` the only way to
publish. On SQLite the writers of one process share transactions (`group.Group`), so that eight
web threads cost one fsync, not eight. On PostgreSQL a transaction begins with the first statement
that cannot wait; one that only adds and changes rows is a single statement, its own transaction.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rueckhalt_shared import crash, leases
from rueckhalt_shared.columns import UtcDateTime, naming_convention
from rueckhalt_shared.engines import connect_engine, is_away, is_conflict
from rueckhalt_shared.group import Group, Job
from rueckhalt_shared.hints import Notifying
from rueckhalt_shared.signals import Signal
from rueckhalt_shared.transaction import Transaction
from rueckhalt_shared.writes import Misjudged, execute_single

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
_LONGEST = timedelta(seconds=30)  # below the ledger's grace: a stated window stays as it is


class Unavailable(Exception):
    """The database cannot be used now: nobody's fault, nothing was stored, try again."""

    retry_after = _PAUSE


def utcnow() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


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
        guarded: bool = True,
    ) -> None:
        self.url = url
        self.service = service
        self.clock = clock
        self.context: dict[str, Any] = {} if context is None else context
        open_engine = partial(connect_engine, url, busy_seconds=busy_seconds, guarded=guarded)
        self.engine: Engine = open_engine()
        self.dialect: str = self.engine.dialect.name
        self._alone = self.engine  # the same, each statement a transaction of its own
        if self.dialect == "postgresql":
            self._alone = open_engine(autocommit=True)
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
        hopes = [True, False]
        while True:
            hopeful = hopes.pop(0)
            try:
                return self._once(Job(lambda tx: handler(tx, *args, **kwargs), hopeful=hopeful))
            except Misjudged:
                hopes = [False, False]  # that was nobody's conflict yet
            except DBAPIError as error:
                if not hopes or not is_conflict(error):
                    raise

    def run_one(self, statement: Executable, parameters: Mapping[str, Any]) -> None:
        """Run one statement that is a transaction of its own; raises what `run` raises."""
        if self.dialect != "postgresql":
            self.run(lambda tx: tx.execute(statement, parameters))
            return
        for is_last in (False, True):
            try:
                with self._alone.connect() as connection:
                    connection.execute(statement, parameters)
                return
            except (DBAPIError, PoolTimeout) as error:
                if is_last or not is_conflict(error):
                    raise self._translated(error) from error

    def read(
        self, query: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query that writes nothing; takes no write lock.

        A connection that a restarted server has closed meanwhile is noticed by its next use only:
        then the query runs once more, on a new one.
        """
        try:
            return self._read_once(query, *args, **kwargs)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise self._translated(error) from error
        except PoolTimeout as error:
            raise self._translated(error) from error
        try:
            return self._read_once(query, *args, **kwargs)
        except (DBAPIError, PoolTimeout) as error:
            raise self._translated(error) from error

    def _read_once(
        self, query: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with self._for_reading() as connection:
            return query(self._transaction(lambda: connection), *args, **kwargs)

    def use_schema(self, schema: str) -> None:
        """Keep the tables in a schema of their own (PostgreSQL); before the first use."""
        chosen = {"schema_translate_map": {None: schema}}
        self.engine = self.engine.execution_options(**chosen)
        self._alone = self._alone.execution_options(**chosen)

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
        self._alone.dispose()

    def _once(self, job: Job[T]) -> T:
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
        if self.dialect == "postgresql" and len(jobs) == 1:
            return self._commit_one(jobs[0])
        wakes: set[str] = set()
        with self.engine.connect() as connection, connection.begin():
            for job in jobs:
                transaction = self._transaction(lambda: connection)
                job.work(transaction)
                transaction.finish()
                self._refuse_stale(transaction)
                wakes |= transaction.wakes
            crash.at("http.before_commit")
        return wakes

    def _commit_one(self, job: Job[Any]) -> set[str]:
        """Begin at the first statement that writes; what is one statement needs no BEGIN."""
        with ExitStack() as stack:
            looking: list[Connection] = []

            def look() -> Connection:
                if not looking:
                    looking.append(stack.enter_context(self._alone.connect()))
                return looking[0]

            def connect() -> Connection:
                connection = stack.enter_context(self.engine.connect())
                stack.enter_context(connection.begin())
                return connection

            transaction = self._transaction(connect, look if job.hopeful else None)
            job.work(transaction)
            transaction.flush()
            alone = transaction.single()
            if alone is None:
                transaction.finish()
            self._refuse_stale(transaction)
            crash.at("http.before_commit")
            if alone is not None:
                execute_single(look(), *alone)
        return transaction.wakes

    def _refuse_stale(self, transaction: Transaction) -> None:
        """An event must not enter a window of the ledger that may already be stated.

        It would after a pause of the whole process (a moved virtual machine, SIGSTOP).
        """
        if "outbox" in transaction.wakes and self.clock() - transaction.now > _LONGEST:
            raise Unavailable("the transaction was held up for too long; nothing was stored")

    @contextmanager
    def _for_reading(self) -> Iterator[Connection]:
        """PostgreSQL reads what is committed at each statement, with or without a BEGIN."""
        if self.dialect == "postgresql":
            with self._alone.connect() as connection:
                yield connection
            return
        connection = self.engine.connect().execution_options(rueckhalt_read=True)
        with connection, connection.begin():
            yield connection

    def _after_commit(self, wakes: set[str]) -> None:
        for name in wakes:
            signal = self.signal(name)
            signal.set()
            if name == "outbox" and not signal.listened and self._notifying is not None:
                self._notifying.hint(name)  # the relay runs in another process

    def _transaction(
        self, connect: Callable[[], Connection], look: Callable[[], Connection] | None = None
    ) -> Transaction:
        return Transaction(
            connect,
            service=self.service,
            dialect=self.dialect,
            now=self.clock(),
            context=self.context,
            look=look,
        )

    @staticmethod
    def _translated(error: Exception) -> Exception:
        if is_away(error) and not is_conflict(error):
            away = Unavailable(f"database away: {type(getattr(error, 'orig', error)).__name__}")
            away.__cause__ = error
            return away
        return error
