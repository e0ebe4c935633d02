# SPDX-License-Identifier: EUPL-1.2
"""Processes that start in milliseconds: forked from one that has imported everything already.

What runs in them is the command line of each service, from its `main` on. The nursery itself has
no thread, no connection and no file of the product, so a child starts as a fresh process would.
Hundreds of kills would otherwise cost seconds of imports each.

`python -m tests.faults.nursery` reads one JSON request a line and writes one answer a line.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from rueckhalt_shared.settings import SERVICES

_ROOT = Path(__file__).parents[2]
_IMPORTED = (
    "rueckhalt_shared.up",
    "rueckhalt_shared.webserver",
    "gunicorn.workers.gthread",
    "kombu.transport.pyamqp",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


class Nursery:
    """The parent of all processes of the installations under test."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request: Any) -> Any:
        """One request, one answer; from any thread."""
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())["answer"]

    def close(self) -> None:
        """End, with every child that still lives."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Child:
    """What `subprocess.Popen` would be for a child of the nursery."""

    def __init__(self, nursery: Nursery, **request: Any) -> None:
        self._nursery = nursery
        self.returncode: int | None = None
        self.pid: int = nursery.ask(**request)

    def poll(self) -> int | None:
        """How it ended, or none while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ask(ended=self.pid)
        return self.returncode

    def wait(self, timeout: float = 60.0) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired`."""
        deadline = time.monotonic() + timeout
        while (ended := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("child of the nursery", timeout)
            time.sleep(0.01)
        return ended

    def send_signal(self, number: int) -> None:
        """Signal it, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)


def main() -> None:
    """Serve requests until the other side closes the pipe."""
    for service in SERVICES:
        import_module(f"rueckhalt_{service}.app")
        import_module(f"rueckhalt_{service}.__main__")
    for name in _IMPORTED:
        import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for line in sys.stdin:
            request = json.loads(line)
            answer = _ended(request["ended"]) if "ended" in request else _born(request)
            answers.write(json.dumps({"answer": answer}) + "\n")
            answers.flush()
    finally:
        for child in _living:  # those the test run left behind, when it was killed itself
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)


_living: set[int] = set()


def _ended(child: int) -> int | None:
    found, status = os.waitpid(child, os.WNOHANG)
    if not found:
        return None
    _living.discard(child)
    return os.waitstatus_to_exitcode(status)


def _born(request: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        _living.add(child)
        return child
    _living.clear()
    try:
        status = _live(**request)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else bool(ended.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 70
    sys.stderr.flush()
    os._exit(status)


def _live(
    *, service: str, arguments: list[str], env: dict[str, str], log: str, saboteur: str = ""
) -> int:
    """Become the process of a service: session, environment, descriptors, command line."""
    os.setsid()
    os.environ.clear()
    os.environ.update(env)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(descriptor, target)
    os.closerange(3, 256)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    crash = import_module("rueckhalt_shared.crash")
    crash._armed = crash.armed()
    if saboteur:
        getattr(import_module("tests.faults.saboteurs"), saboteur)()
    sys.argv = [f"rueckhalt-{service}", *arguments]
    import_module(f"rueckhalt_{service}.__main__").main()
    return 0


if __name__ == "__main__":
    main()
