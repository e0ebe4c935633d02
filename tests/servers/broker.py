# SPDX-License-Identifier: EUPL-1.2
"""A RabbitMQ of our own."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.servers.process import (
    Server,
    end_process,
    free_ports,
    new_folder,
    owner,
    require,
    run_root,
    shared,
    started_processes,
    wait_until,
)

_RABBITMQ = "/usr/lib/rabbitmq/bin"
_GREETING = b"AMQP\x00\x00\x09\x01"


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
        broker.watch(owner(), broker._environment())
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
        started_processes.append(started)
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


@contextlib.contextmanager
def private_rabbitmq() -> Iterator[PrivateRabbitMQ]:
    """A broker of one's own, to kill, suspend and wipe; gone at the end."""
    require("rabbitmq")
    broker = PrivateRabbitMQ.create(new_folder("rabbitmq"))
    try:
        yield broker
    finally:
        broker.remove()


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateRabbitMQ]:
    """The broker of this test run. Take a vhost of your own; never stop it: use your own then."""
    with shared("rabbitmq", run_root(tmp_path_factory), PrivateRabbitMQ.create) as broker:
        assert isinstance(broker, PrivateRabbitMQ)
        yield broker
