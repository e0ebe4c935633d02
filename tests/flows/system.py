# SPDX-License-Identifier: EUPL-1.2
"""A whole installation as processes of its own: one web and one worker process per service.

The same command lines, users' settings and environment as docker-compose.yml and systemd use.
`Installation` knows how to start, kill and restart each of them; the faults and benches use it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.settings import SERVICES
from tests.support import eventually, free_port

ARS = "160770999999"
ALL_SCOPES = (
    "incident:create",
    "incident:read",
    "incident:import",
    "incident:erase",
    "incident:hold",
    "audit:read",
    "assignment:read",
    "assignment:take-over",
    "plan:write",
    "contact:write",
    "notice:read",
    "stats:internal",
    "stats:public",
    "event:publish",
    "metrics:read",
)
_BIN = Path(sys.executable).parent
_ROOT = Path(__file__).parents[2]


@dataclass
class Installation:
    """Services, their databases and their bus. Empty urls mean SQLite and the embedded bus."""

    folder: Path
    services: tuple[str, ...] = SERVICES
    bus_url: str = ""
    database_urls: dict[str, str] = field(default_factory=dict)
    smtp_port: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    mode: str = "live"
    processes: dict[tuple[str, str], subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    key: str = ""
    plan: Path = _ROOT / "services/routing/rueckhalt_routing/content/musterstadt/plan.yaml"
    contacts: Path = _ROOT / "services/notify/rueckhalt_notify/content/demo/contacts.csv"
    roles: tuple[str, ...] = ("web", "worker")
    """`("serve",)` is one process a service, which answers below its name as `up` does."""

    def prepare(self) -> "Installation":
        """Migrate, load the plan and the contacts of Musterstadt, make a key."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("logs", *self.services):
            (self.folder / name).mkdir(exist_ok=True)
        self.ports = {service: free_port() for service in self.services}
        for service in self.services:
            upgrade(self.database_url(service), f"rueckhalt_{service}.migrations")
        self.key = self.new_key(sender="fachverfahren", mode=self.mode)
        if "routing" in self.services:
            self.run("routing", "plan", "load", str(self.plan))
        if "notify" in self.services:
            self.run("notify", "import", "contacts", "--municipality", ARS, str(self.contacts))
        return self

    def new_key(self, *, sender: str, mode: Any) -> str:
        """A key with every scope for Musterstadt."""
        store = KeyStore(self.identity_url)
        try:
            return store.create(sender=sender, scopes=ALL_SCOPES, municipalities=(ARS,), mode=mode)
        finally:
            store.close()

    @property
    def identity_url(self) -> str:
        """The installation's key store."""
        return self.database_urls.get("identity") or f"sqlite:///{self.folder}/identity.db"

    def database_url(self, service: str) -> str:
        """Where the service keeps its rows."""
        return self.database_urls.get(service) or f"sqlite:///{self.folder}/{service}.db"

    def url(self, service: str) -> str:
        """Where the service answers."""
        mount = f"/{service}" if "serve" in self.roles else ""
        return f"http://127.0.0.1:{self.ports[service]}{mount}"

    def env(self, service: str) -> dict[str, str]:
        """The environment of a process of this service."""
        values = {
            "RUECKHALT_DATA": str(self.folder / service),
            "RUECKHALT_BUS_URL": self.bus_url or f"rkbus:///{self.folder}/bus.db",
            "RUECKHALT_IDENTITY_URL": self.identity_url,
            "RUECKHALT_SERVICES": ",".join(self.services),
            "RUECKHALT_MUNICIPALITY": ARS,
            f"RUECKHALT_{service.upper()}_DATABASE_URL": self.database_url(service),
            f"RUECKHALT_{service.upper()}_PORT": str(self.ports[service]),
        }
        for other in self.services:
            values[f"RUECKHALT_{other.upper()}_BASE_URL"] = self.url(other)
        if service == "notify":
            values |= {
                "RUECKHALT_NOTIFY_SMTP_HOST": "127.0.0.1",
                "RUECKHALT_NOTIFY_SMTP_PORT": str(self.smtp_port),
                "RUECKHALT_NOTIFY_SMTP_SECURITY": "none",
                "RUECKHALT_NOTIFY_SENDER": "rueckhalt@musterstadt.example",
            }
        clean = {k: v for k, v in os.environ.items() if not k.startswith("RUECKHALT_")}
        return clean | values | self.environment

    def run(self, service: str, *arguments: str) -> str:
        """Run one command of a service to its end."""
        done = subprocess.run(
            [_BIN / f"rueckhalt-{service}", *arguments],
            env=self.env(service),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, service: str, role: str, **extra: str) -> subprocess.Popen[bytes]:
        """Start `web` or `worker`; extra variables for this process only (crash points)."""
        log = (self.folder / "logs" / f"{service}-{role}.log").open("ab")
        process = subprocess.Popen(
            [_BIN / f"rueckhalt-{service}", role],
            env=self.env(service) | extra,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes[(service, role)] = process
        return process

    def start_all(self) -> "Installation":
        """Start everything and wait until it answers."""
        for service in self.services:
            for role in self.roles:
                self.start(service, role)
        for service in self.services:
            self.wait_ready(service)
        return self

    def wait_ready(self, service: str) -> None:
        """Wait until the web process answers."""
        eventually(lambda: self._answers(service), within=60, what=f"{service} answers")

    def _answers(self, service: str) -> bool:
        role = self.roles[0]
        process = self.processes[(service, role)]
        if process.poll() is not None:
            log = (self.folder / "logs" / f"{service}-{role}.log").read_text()[-3000:]
            raise RuntimeError(f"{service} {role} ended with {process.returncode}:\n{log}")
        try:
            return requests.get(self.url(service) + "/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def kill(self, service: str, role: str) -> None:
        """kill -9, with everything the process started."""
        process = self.processes.pop((service, role))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def restart(self, service: str, role: str) -> None:
        """SIGTERM, start again, wait until it answers."""
        process = self.processes.pop((service, role))
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        self.start(service, role)
        self.wait_ready(service)

    def stop(self) -> None:
        """SIGTERM to all, SIGKILL to whoever is still there after fifteen seconds."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 15
        for key in list(self.processes):
            try:
                self.processes[key].wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(self.processes[key].pid, signal.SIGKILL)
                self.processes[key].wait(10)
            self.processes.pop(key)

    def api(self, method: str, service: str, path: str, **options: Any) -> requests.Response:
        """One request with the key of this installation."""
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        return requests.request(
            method, self.url(service) + path, headers=headers, timeout=30, **options
        )

    def report(self, **fields: Any) -> str:
        """Post an incident; answers its id."""
        answer = self.api(
            "POST",
            "intake",
            "/v1/incidents",
            json={"municipality": ARS, "forms": ["threat"]} | fields,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def summary(self, period: str, **query: str) -> dict[str, Any]:
        """The internal summary of a month or a year."""
        answer = self.api(
            "GET", "reporting", f"/v1/summaries/{ARS}/{period}", params={"view": "internal"} | query
        )
        assert answer.status_code == 200, answer.text
        return dict(json.loads(answer.text))

    def assignments(self, state: str = "all") -> list[dict[str, Any]]:
        """All assignments, page by page."""
        items: list[dict[str, Any]] = []
        url = f"/v1/assignments?state={state}&page_size=500"
        while url:
            answer = self.api("GET", "routing", url)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            following = answer.links.get("next", {}).get("url")
            url = following.removeprefix(self.url("routing")) if following else ""
        return items
