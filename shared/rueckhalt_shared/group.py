# SPDX-License-Identifier: EUPL-1.2
"""Group commit: use cases that wait for the same write lock share one transaction.

The first to come leads: it runs whatever waits, commits once and hands the lead to the next one
that waits. Nobody is answered before the commit, and a job whose caller has given up is taken
out before it runs, so it cannot commit later (DECISIONS 7).
"""

import contextvars
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_LIMIT = 64  # jobs in one transaction


class GaveUp(Exception):
    """The caller waited too long for its turn; nothing was stored."""


class Job(Generic[T]):
    """One use case on its way through a transaction, run in its caller's context."""

    __slots__ = ("_context", "_error", "_result", "_work", "done", "hopeful", "leads", "woken")

    def __init__(self, work: Callable[[Any], T], *, hopeful: bool = True) -> None:
        self._work = work
        self.hopeful = hopeful
        self._context = contextvars.copy_context()
        self._error: BaseException | None = None
        self._result: T | None = None
        self.woken: threading.Event | None = None
        self.leads = False
        self.done = False

    def work(self, transaction: Any) -> None:
        """Run the use case; what it returns counts only after `succeed`."""
        self._result = self._context.run(self._work, transaction)

    def succeed(self) -> None:
        """The transaction is committed."""
        self._error = None
        self._finish()

    def fail(self, error: BaseException) -> None:
        """Nothing of this job is stored."""
        self._error = error
        self._finish()

    def outcome(self) -> T:
        """What the use case returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _finish(self) -> None:
        self.done = True
        if self.woken is not None:
            self.woken.set()


class Group:
    """Leader and followers around one write lock."""

    def __init__(self, execute: Callable[[list[Job[Any]]], None], *, patience: float) -> None:
        self._execute = execute
        self._patience = patience
        self._mutex = threading.Lock()
        self._waiting: deque[Job[Any]] = deque()
        self._led = False

    def run(self, job: Job[Any]) -> None:
        """Return when the job is committed or has failed; the job knows which."""
        with self._mutex:
            if self._led:
                job.woken = threading.Event()
                self._waiting.append(job)
            else:
                self._led = True
                job.leads = True
        if job.leads:
            self._lead([job])
            return
        self._follow(job)

    def _follow(self, job: Job[Any]) -> None:
        assert job.woken is not None  # noqa: S101 - set in run() before anybody can wake it
        if not job.woken.wait(self._patience):
            with self._mutex:
                withdrawn = job in self._waiting
                if withdrawn:
                    self._waiting.remove(job)
            if withdrawn:
                job.fail(GaveUp("the database did not take the transaction in time"))
                return
            job.woken.wait()
        if job.leads and not job.done:
            self._lead([job])

    def _lead(self, jobs: list[Job[Any]]) -> None:
        with self._mutex:
            while self._waiting and len(jobs) < _LIMIT:
                jobs.append(self._waiting.popleft())
        try:
            self._execute(jobs)
        except BaseException as error:
            for job in jobs:
                if not job.done:
                    job.fail(error)
            raise
        finally:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._mutex:
            if not self._waiting:
                self._led = False
                return
            successor = self._waiting.popleft()
            successor.leads = True
        if successor.woken is not None:
            successor.woken.set()
