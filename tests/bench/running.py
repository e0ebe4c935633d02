# SPDX-License-Identifier: EUPL-1.2
"""What every bench needs: processes that end by their ids, the load generator, the sink."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import sink
from tests.bench.machine import Roots, check_free
from tests.support import eventually, free_port

ROOT = Path(__file__).parents[2]
NARRATIVE = (
    "Eine Person hat am Schalter laut gedroht, „sie werde wiederkommen“, und erst nach "
    "mehrfacher Aufforderung das Haus verlassen. "
)


def text_of(length: int) -> str:
    """A narrative of about that many bytes."""
    return (NARRATIVE * (length // len(NARRATIVE) + 1))[:length]


class Processes:
    """Programs by name, each in a session of its own, logs in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self,
        name: str,
        command: list[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        """Start it; output goes into NAME.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                env=dict(os.environ if env is None else env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def adopt(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Stop it with the others."""
        self._running[name] = process

    def pid(self, name: str) -> int:
        """The process id of a program."""
        return self._running[name].pid

    def roots(self) -> dict[str, list[int]]:
        """Process ids by name."""
        return {name: [process.pid] for name, process in tuple(self._running.items())}

    def kill(self, name: str) -> None:
        """kill -9 of the program and what it started."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def check(self) -> None:
        """Nobody has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                log = (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]
                raise RuntimeError(f"{name} ended with {process.returncode}:\n{log}")

    def restart_ended(self, commands: Mapping[str, tuple[list[str], Mapping[str, str]]]) -> None:
        """What a supervisor would do: start again whoever has ended."""
        for name, (command, env) in commands.items():
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                self.start(name, command, env=env)

    def stop(self) -> None:
        """SIGTERM to each, SIGKILL to whoever is still there after ten seconds."""
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        for name in list(self._running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running[name].wait(max(0.1, deadline - time.monotonic()))
            self.kill(name)


@dataclass
class Shot:
    """One run of the load generator."""

    results: list[tuple[int, float, float, int, str]]
    seconds: float

    @property
    def accepted(self) -> list[tuple[int, float, float, int, str]]:
        """What was answered with success."""
        return [each for each in self.results if 200 <= each[3] < 300]

    @property
    def latencies(self) -> list[float]:
        """Seconds of the successful ones."""
        return [each[2] for each in self.accepted]

    @property
    def rate(self) -> float:
        """Accepted per second."""
        return round(len(self.accepted) / self.seconds, 1)


@dataclass
class Target:
    """Where and what to post."""

    port: int
    path: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class Firing:
    """The load generator at work, in a process of its own."""

    def __init__(self, folder: Path, target: Target, *, seconds: float, **options: Any) -> None:
        self._output = folder / f"load-{time.monotonic_ns()}.jsonl"
        given = {
            "host": "127.0.0.1",
            "port": target.port,
            "path": target.path,
            "headers": {"Content-Type": "application/json"} | target.headers,
            "body": json.dumps(target.body),
            "seconds": seconds,
        }
        specification = self._output.with_suffix(".json")
        specification.write_text(json.dumps(given | options))
        command = [sys.executable, "-m", "tests.bench.load", str(specification), str(self._output)]
        self._process = subprocess.Popen(command, cwd=ROOT)
        self._seconds = seconds

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Is it still at it?"""
        return self._process.poll() is None

    def wait(self) -> Shot:
        """Its results."""
        if self._process.wait(self._seconds + 60) != 0:
            raise RuntimeError("the load generator failed")
        lines = self._output.read_text().splitlines()
        return Shot([tuple(json.loads(line)) for line in lines], self._seconds)


class Sink:
    """The SMTP sink as a process."""

    def __init__(self, folder: Path) -> None:
        self.port = check_free(free_port())
        self._path = folder / f"mails-{self.port}.txt"
        self._path.touch()
        command = [sys.executable, "-m", "tests.bench.sink", str(self.port), str(self._path)]
        self._process = subprocess.Popen(command, cwd=ROOT)
        eventually(lambda: _listens(self.port), within=20, what="the sink listens")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def mails(self) -> list[tuple[float, str]]:
        """(time, message id) of all mails so far."""
        return sink.read(self._path)

    def count(self) -> int:
        """How many came."""
        return self._path.read_bytes().count(b"\n")

    def wait_quiet(self, *, wanted: int, silence: float = 4.0, within: float = 60.0) -> None:
        """Until that many came, or nothing came for a while."""
        deadline, last, since = time.monotonic() + within, self.count(), time.monotonic()
        while time.monotonic() < deadline:
            now = self.count()
            if now >= wanted:
                return
            if now != last:
                last, since = now, time.monotonic()
            if time.monotonic() - since > silence:
                return
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)


def _listens(port: int) -> bool:
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def listens(port: int) -> bool:
    """Does anybody listen there?"""
    return _listens(port)


@contextlib.contextmanager
def sinking(folder: Path) -> Iterator[Sink]:
    """A sink for a while."""
    found = Sink(folder)
    try:
        yield found
    finally:
        found.stop()


def merged(*parts: Roots) -> dict[str, list[int]]:
    """Process ids of several sources by name."""
    found: dict[str, list[int]] = {}
    for part in parts:
        for name, pids in part.items():
            found.setdefault(name, []).extend(pids)
    return found
