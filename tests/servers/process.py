# SPDX-License-Identifier: EUPL-1.2
"""What both servers are: a process in a folder of its own, started once for a whole test run."""

import contextlib
import fcntl
import os
import pickle
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import programs


def wait_until(condition: Callable[[], Any], what: str, *, seconds: float = 30.0) -> Any:
    """Look until it is so, and answer what it then is; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, outside the range the kernel hands out by itself."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        start = 20000 + uuid.uuid4().int % 10000
        for port in range(start, 32000):
            with contextlib.suppress(OSError):
                listener = held.enter_context(socket.socket())
                listener.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == count:
                return found
    raise OSError("no free ports on loopback")


def is_alive(process_id: int) -> bool:
    """Whether a process with this id runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def end_process(process_id: int, number: int, *, seconds: float = 20.0) -> None:
    """Signal one process of ours by its id and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, number)
    wait_until(lambda: not is_alive(process_id), f"end of {process_id}", seconds=seconds)


# Ends a server whose test run was killed itself: waits until the run or the folder is gone.
_WATCH = """
while kill -0 "$1" && [ -d "$2" ]; do sleep 1; done
[ -d "$2" ] || exit 0
kill -9 "$(head -n 1 "$3")"
sleep 1
epmd -kill
rm -rf "$2"
"""


class Server:
    """A server in a folder of its own; any process may hold this object."""

    def __init__(self, base: Path) -> None:
        self.base = base

    process_id_file: Path

    def watch(self, owner: int, environment: dict[str, str] | None = None) -> None:
        """Leave nothing behind, even if the owning process is killed."""
        watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "sh", str(owner), str(self.base), str(self.process_id_file)],
            env=environment or os.environ | {"ERL_EPMD_PORT": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started_processes.append(watcher)

    @property
    def process_id(self) -> int:
        return int(self.process_id_file.read_text().splitlines()[0])

    @property
    def is_running(self) -> bool:
        try:
            return is_alive(self.process_id)
        except (OSError, ValueError, IndexError):
            return False

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        end_process(self.process_id, signal.SIGKILL)

    def suspend(self) -> None:
        """SIGSTOP: the port stays open, nobody answers."""
        os.kill(self.process_id, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.process_id, signal.SIGCONT)

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        raise NotImplementedError


def owner() -> int:
    """The process that a server must not outlive: the whole test run, not a worker of xdist."""
    return os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()


# Kept, so that no warning tells of their ends.
started_processes: list[subprocess.Popen[bytes]] = []


def new_folder(kind: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"rueckhalt-{kind}-"))


def require(mark: str) -> None:
    program = programs.PROGRAMS[mark]
    if program.path is None:
        reason = f"{program.package} is not installed"
        if programs.in_ci():
            pytest.fail(f"{reason}, and CI=true leaves nothing out", pytrace=False)
        pytest.skip(reason)


@contextlib.contextmanager
def shared(kind: str, root: Path, create: Callable[[Path], Server]) -> Iterator[Server]:
    """One server for all processes of a test run; the last user stops it."""
    require(kind)
    state, users = root / f"{kind}.pickle", root / f"{kind}-users"
    mine = users / str(os.getpid())
    with _locked(root / f"{kind}.lock"):
        users.mkdir(exist_ok=True)
        server: Server | None = None
        if state.exists():
            server = pickle.loads(state.read_bytes())
        if server is None or not server.is_running:
            server = create(new_folder(kind))
            state.write_bytes(pickle.dumps(server))
        mine.touch()
    try:
        yield server
    finally:
        with _locked(root / f"{kind}.lock"):
            mine.unlink(missing_ok=True)
            left = [user for user in users.iterdir() if is_alive(int(user.name))]
            if not left:
                server.remove()
                state.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_root(factory: pytest.TempPathFactory) -> Path:
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
