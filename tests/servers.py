# SPDX-License-Identifier: EUPL-1.2
"""Private servers for tests: a RabbitMQ and a PostgreSQL of our own, on free ports of loopback.

`with private_rabbitmq() as broker` and `with private_postgres() as cluster` start one for
whoever wants to kill it. The session fixtures `rabbitmq` and `postgres` share one per test run,
also among xdist's workers: the first that needs it starts it, the last that leaves stops it.
"""

import contextlib
import fcntl
import functools
import glob
import http.client
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest
import trustme

from tests import programs

_RABBITMQ = "/usr/lib/rabbitmq/bin"
_GREETING = b"AMQP\x00\x00\x09\x01"


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
        _started.append(watcher)

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


class PrivateRabbitMQ(Server):
    """A RabbitMQ node with its management interface, user guest, on loopback only."""

    def __init__(self, base: Path, ports: list[int]) -> None:
        super().__init__(base)
        self.process_id_file = base / "pid"
        self.port, self.tls_port, self._distribution, self._management, self._epmd = ports

    @classmethod
    def create(cls, base: Path) -> "PrivateRabbitMQ":
        broker = cls(base, free_ports(5))
        for folder in ("mnesia", "log", "schema"):
            (base / folder).mkdir()
        (base / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (base / "env.conf").write_text("")
        (base / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{broker.port}\n"
            f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {broker._management}\n"
            "vm_memory_high_watermark.absolute = 512MB\ndisk_free_limit.absolute = 50MB\n"
            f"listeners.ssl.1 = 127.0.0.1:{broker.tls_port}\n"
            f"ssl_options.cacertfile = {base}/ca.pem\nssl_options.certfile = {base}/server.pem\n"
            f"ssl_options.keyfile = {base}/server.pem\nssl_options.verify = verify_none\n"
        )
        broker._write_certificate()
        broker.watch(_owner(), broker._environment())
        broker.start()
        return broker

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def ca_file(self) -> Path:
        """Who trusts this file trusts the broker's certificate for 127.0.0.1."""
        return self.base / "ca.pem"

    def _write_certificate(self) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_file)
        authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(
            self.base / "server.pem"
        )

    def start(self) -> None:
        """Start it, again if need be, and wait until it speaks AMQP and answers questions."""
        (self.base / "pid").unlink(missing_ok=True)
        with (self.base / "out").open("ab") as out:
            started = subprocess.Popen(
                [f"{_RABBITMQ}/rabbitmq-server"],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        _started.append(started)
        wait_until(lambda: self.is_running and self._greets(), "RabbitMQ speaks", seconds=90)
        wait_until(self._answers, "RabbitMQ's management answers", seconds=60)

    def stop(self) -> None:
        """An orderly end; `start` brings it back with all it had."""
        if self.is_running:
            self.resume()
            end_process(self.process_id, signal.SIGTERM, seconds=60)

    def wipe(self) -> None:
        """As after the loss of the disk: a fresh broker on the same port."""
        self.kill()
        shutil.rmtree(self.base / "mnesia")
        (self.base / "mnesia").mkdir()
        self.start()

    def remove(self) -> None:
        if self.is_running:
            self.kill()
        epmd = shutil.which("epmd")
        if epmd:
            wait_until(lambda: self._end_epmd(epmd), "end of epmd", seconds=10)
        shutil.rmtree(self.base, ignore_errors=True)

    def _end_epmd(self, epmd: str) -> bool:
        ended = subprocess.run(
            [epmd, "-kill"], env=self._environment(), capture_output=True, text=True, check=False
        )
        return "living nodes" not in ended.stdout + ended.stderr

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl (two seconds a call); its output."""
        return subprocess.run(
            [f"{_RABBITMQ}/rabbitmqctl", "--quiet", *arguments],
            env=self._environment(),
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Ask the management interface (milliseconds a call)."""
        connection = http.client.HTTPConnection("127.0.0.1", self._management, timeout=10)
        headers = {"Authorization": "Basic Z3Vlc3Q6Z3Vlc3Q=", "Content-Type": "application/json"}
        with contextlib.closing(connection):
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/api/{path}", text, headers)
            answer = connection.getresponse()
            content = answer.read()
        if answer.status >= 400:
            raise OSError(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content) if content else None

    def new_vhost(self) -> str:
        """An empty virtual host; the URL to reach it."""
        name = f"v{uuid.uuid4().hex[:12]}"
        self.api("PUT", f"vhosts/{name}")
        self.api(
            "PUT",
            f"permissions/{name}/guest",
            {"configure": ".*", "write": ".*", "read": ".*"},
        )
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{name}"

    def set_policy(self, url: str, queue: str, **definition: Any) -> None:
        """Limits for one queue: max_length=…, delivery_limit=… and so on.

        Set before the queue is declared they hold at once, later after some seconds.
        """
        vhost = url.rsplit("/", 1)[1]
        self.api(
            "PUT",
            f"policies/{vhost}/{queue}",
            {
                "pattern": f"^{queue}$",
                "definition": {key.replace("_", "-"): value for key, value in definition.items()},
                "apply-to": "queues",
            },
        )

    def _environment(self) -> dict[str, str]:
        base = str(self.base)
        return os.environ | {
            "HOME": base,
            "RABBITMQ_NODENAME": "rk@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": f"{base}/mnesia",
            "RABBITMQ_LOG_BASE": f"{base}/log",
            "RABBITMQ_SCHEMA_DIR": f"{base}/schema",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{base}/schema",
            "RABBITMQ_PID_FILE": f"{base}/pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{base}/enabled_plugins",
            "RABBITMQ_CONFIG_FILE": f"{base}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": f"{base}/env.conf",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
        }

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(_GREETING)
                return connection.recv(1) == b"\x01"
        except OSError:
            return False

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return bool(self.api("GET", "vhosts"))
        return False


class PrivatePostgres(Server):
    """A PostgreSQL cluster, user app, no password, on loopback only."""

    def __init__(self, base: Path, ports: list[int], *, fsync: bool) -> None:
        super().__init__(base)
        self.process_id_file = base / "data" / "postmaster.pid"
        self.port = ports[0]
        self._fsync = fsync

    @classmethod
    def create(cls, base: Path, *, fsync: bool) -> "PrivatePostgres":
        cluster = cls(base, free_ports(1), fsync=fsync)
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(base, "postgres", "postgres")
        cluster._run(
            "initdb",
            "-U",
            "app",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        cluster.watch(_owner())
        cluster.start()
        return cluster

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://app@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str | None = None, template: str | None = None) -> str:
        """A new database, empty or like the template; its URL."""
        database = name or f"d{uuid.uuid4().hex[:12]}"
        like = psycopg.sql.Identifier(template or "template1")
        statement = psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.format(psycopg.sql.Identifier(database), like))
        return self.url(database)

    def start(self) -> None:
        self.process_id_file.unlink(missing_ok=True)  # names a zombie, after a kill
        options = f"-p {self.port} -k '' -c listen_addresses=127.0.0.1"
        if not self._fsync:
            options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._run("pg_ctl", "-w", "-l", f"{self.base}/log", "-o", options, "start")

    def stop(self) -> None:
        if self.is_running:
            self.resume()
            self._run("pg_ctl", "-m", "fast", "-w", "stop")

    def kill(self) -> None:
        """kill -9 of the server; its children notice and end."""
        listed = Path(f"/proc/{self.process_id}/task/{self.process_id}/children").read_text()
        super().kill()
        children = [int(child) for child in listed.split()]
        wait_until(lambda: not any(map(is_alive, children)), "end of PostgreSQL's processes")

    def restart(self) -> None:
        """Whatever state it is in, afterwards it runs anew."""
        self.stop()
        self.start()

    def remove(self) -> None:
        if self.is_running:
            self._run("pg_ctl", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.base, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        folders = glob.glob("/usr/lib/postgresql/*/bin")
        newest = max(folders, key=lambda folder: int(folder.split("/")[4]))
        who: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": []}
            if os.geteuid() == 0
            else {}
        )
        subprocess.run(
            [f"{newest}/{program}", "-D", f"{self.base}/data", *arguments],
            check=True,
            cwd=self.base,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.base)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **who,
        )


def _owner() -> int:
    """The process that a server must not outlive: the whole test run, not a worker of xdist."""
    return os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid()


_started: list[subprocess.Popen[bytes]] = []  # kept, so that no warning tells of their ends


def _folder(kind: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"rueckhalt-{kind}-"))


def _require(mark: str) -> None:
    program = programs.PROGRAMS[mark]
    if program.path is None:
        reason = f"{program.package} is not installed"
        if programs.in_ci():
            pytest.fail(f"{reason}, and CI=true leaves nothing out", pytrace=False)
        pytest.skip(reason)


@contextlib.contextmanager
def private_rabbitmq() -> Iterator[PrivateRabbitMQ]:
    """A broker of one's own, to kill, suspend and wipe; gone at the end."""
    _require("rabbitmq")
    broker = PrivateRabbitMQ.create(_folder("rabbitmq"))
    try:
        yield broker
    finally:
        broker.remove()


@contextlib.contextmanager
def private_postgres(*, fsync: bool = False) -> Iterator[PrivatePostgres]:
    """A cluster of one's own; gone at the end."""
    _require("postgres")
    cluster = PrivatePostgres.create(_folder("postgres"), fsync=fsync)
    try:
        yield cluster
    finally:
        cluster.remove()


@contextlib.contextmanager
def _shared(kind: str, root: Path, create: Callable[[Path], Server]) -> Iterator[Server]:
    """One server for all processes of a test run; the last user stops it."""
    _require(kind)
    state, users = root / f"{kind}.pickle", root / f"{kind}-users"
    mine = users / str(os.getpid())
    with _locked(root / f"{kind}.lock"):
        users.mkdir(exist_ok=True)
        server: Server | None = None
        if state.exists():
            server = pickle.loads(state.read_bytes())
        if server is None or not server.is_running:
            server = create(_folder(kind))
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


def _run_root(factory: pytest.TempPathFactory) -> Path:
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRabbitMQ]:
    """The broker of this test run. Take a vhost of your own; never stop it: use your own then."""
    with _shared("rabbitmq", _run_root(tmp_path_factory), PrivateRabbitMQ.create) as broker:
        assert isinstance(broker, PrivateRabbitMQ)
        yield broker


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePostgres]:
    """The cluster of this test run (no fsync). Create a database of your own; never stop it."""
    create = functools.partial(PrivatePostgres.create, fsync=False)
    with _shared("postgres", _run_root(tmp_path_factory), create) as cluster:
        assert isinstance(cluster, PrivatePostgres)
        yield cluster
