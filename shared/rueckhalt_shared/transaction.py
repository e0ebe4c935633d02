# SPDX-License-Identifier: EUPL-1.2
"""What a use case may do inside its transaction: execute, add, change, publish, wake.

New rows wait until the commit and changes are taken for granted where that makes one statement of
the whole (see `writes`); nobody can tell otherwise.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Insert, Table, Update

from rueckhalt_shared import outbox
from rueckhalt_shared.contracts import Event
from rueckhalt_shared.writes import Waiting, only_looks

T = TypeVar("T")


class Transaction:
    """What a handler may do: execute, add, publish, wake. Whoever opened it commits."""

    __slots__ = (
        "_asked",
        "_collected",
        "_connect",
        "_connection",
        "_look",
        "_waiting",
        "context",
        "dialect",
        "hopeful",
        "now",
        "service",
        "subjects",
        "wakes",
    )

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        service: str,
        dialect: str,
        now: datetime,
        context: dict[str, Any],
        look: Callable[[], Connection] | None = None,
    ) -> None:
        self._connect = connect
        self._look = look or connect
        self._connection: Connection | None = None
        self.service = service
        self.dialect = dialect  # `sqlite` or `postgresql`
        self.now = now
        self.context = context
        self.wakes: set[str] = set()
        self._collected: dict[Callable[[Transaction, list[Any]], None], list[Any]] = {}
        self._waiting = Waiting()
        self.hopeful = look is not None  # may take for granted what it changes, see `change`
        self.subjects: frozenset[str] = frozenset()  # of the batch of events being applied
        self._asked: dict[Callable[[Transaction, Collection[str]], set[str]], set[str]] = {}

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one SQLAlchemy Core statement; rows it could see are written first."""
        if self._waiting.concern(statement):
            self._waiting.write(self._begun())
        if self.may_wait and only_looks(statement):
            return self._look().execute(statement, parameters)
        return self._begun().execute(statement, parameters)

    def begin(self) -> None:
        """From here on every statement is inside the transaction, also a query before it writes.

        PostgreSQL then keeps the lock on what was read until the commit.
        """
        self._begun()

    def add(self, table: Table, *rows: Mapping[str, Any]) -> None:
        """Insert rows before the commit, all of a transaction in as few statements as there are.

        A row that breaks a constraint therefore raises `IntegrityError` at the commit, or at the
        first statement that names the table.
        """
        self._waiting.add(table, rows)

    def change(self, statement: Update, parameters: Mapping[str, Any]) -> bool:
        """Change one row that was there before; false when it is not as the statement wants it.

        On PostgreSQL a transaction that has not begun takes "true" for granted, so that all of it
        can be one statement. Where that was wrong nothing is stored, and the use case runs again
        with each answer waited for.
        """
        if self.may_wait:
            self._waiting.step(statement, parameters, must=True)
            return True
        return self.execute(statement, parameters).rowcount == 1

    def add_later(self, statement: Insert, parameters: Mapping[str, Any]) -> None:
        """Insert by a statement of its own that waits; only where `may_add_later`."""
        self._waiting.step(statement, parameters, must=False)

    def may_add_later(self, statement: Insert) -> bool:
        """Can it wait? Only one of a kind fits into one statement."""
        return self.may_wait and not self._waiting.holds(statement)

    @property
    def may_wait(self) -> bool:
        """Can all of this still become one statement?"""
        return self.hopeful and self._connection is None

    def added(self, table: Table) -> Sequence[Mapping[str, Any]]:
        """The rows of `add` that are not written yet."""
        return self._waiting.of(table)

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
        """Write what was collected and added; whoever opened it calls this before the commit."""
        self.flush()
        if self._waiting:
            self._waiting.write(self._begun())

    def is_among(
        self, subject: str, find: "Callable[[Transaction, Collection[str]], set[str]]"
    ) -> bool:
        """Does `find` answer the subject? Asked once for all subjects of a batch of events.

        The answer is as old as the batch's first question: a row added since is not in it.
        """
        if subject not in self.subjects:
            return subject in find(self, [subject])
        if find not in self._asked:
            self._asked[find] = find(self, self.subjects)
        return subject in self._asked[find]

    def flush(self) -> None:
        """Hand what was collected to its functions; they may add rows."""
        while self._collected:
            write, items = self._collected.popitem()
            write(self, items)

    def single(self) -> tuple[Executable, Mapping[str, Any]] | None:
        """All of this transaction as one statement; none where it has begun or adds more."""
        return None if self._connection is not None else self._waiting.single()

    def wake(self, name: str) -> None:
        """After the commit, wake the loop of that name in this process."""
        self.wakes.add(name)

    @property
    def connection(self) -> Connection:
        """The SQLAlchemy connection, for migrations and the plumbing only."""
        if self._waiting:
            self._waiting.write(self._begun())
        return self._begun()

    def _begun(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection
