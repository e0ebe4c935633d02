# SPDX-License-Identifier: EUPL-1.2
"""Ours and the peers behind one door: start, post, kill a part, ask what became of everything.

Each gets the same servers (fresh databases, a fresh vhost), the same sink, the same report and
two hundred rules of which the last one fits. The parts are `intake`, `router` and `notify`.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from tests.bench.accept import report
from tests.bench.environments import environment_of
from tests.bench.machine import check_free
from tests.bench.running import ROOT, Processes, Sink, Target, listens
from tests.flows.system import ARS, Installation
from tests.servers import PrivatePostgres, PrivateRabbitMQ
from tests.support import eventually, free_port

PEERS = ("celery", "nameko", "faststream")
_SCHEMA = """
CREATE TABLE incidents (id varchar(36) PRIMARY KEY, municipality varchar(12) NOT NULL,
                        body text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE assignments (id varchar(36) PRIMARY KEY, incident varchar(36) NOT NULL,
                          rule integer NOT NULL, person varchar(200) NOT NULL);
CREATE INDEX ON assignments (incident)
"""
Command = tuple[list[str], Mapping[str, str]]


@dataclass(frozen=True)
class Servers:
    """What everybody uses."""

    broker: PrivateRabbitMQ
    cluster: PrivatePostgres
    sink: Sink

    def roots(self) -> dict[str, list[int]]:
        """Their process ids."""
        return {
            "rabbitmq": [self.broker.process_id],
            "postgresql": [self.cluster.process_id],
            "sink": [self.sink.pid],
        }

    def roots_left(self) -> dict[str, list[int]]:
        """The same while the broker may be dead."""
        if self.broker.is_running:
            return self.roots()
        return {"postgresql": [self.cluster.process_id], "sink": [self.sink.pid]}


class Contender(Protocol):
    """One pipeline."""

    name: str
    processes: Processes

    @property
    def commands(self) -> Mapping[str, Command]: ...

    @property
    def target(self) -> Target:
        """Where reports go."""

    def parts(self, part: str) -> list[str]:
        """The processes that are killed when this part is."""

    def committed(self) -> set[str]:
        """Ids of the incidents in intake's database."""

    def incident_of(self) -> dict[str, str]:
        """Message-ID of each mail to the incident it is about."""


def begin(contender: Contender) -> None:
    """Start all its processes and wait until it takes reports."""
    for name, (command, env) in contender.commands.items():
        contender.processes.start(name, command, env=env)
    port = contender.target.port

    def ready() -> bool:
        contender.processes.check()
        return listens(port)

    eventually(ready, within=60, what=f"{contender.name} listens")


class Peer:
    """Celery, nameko or FastStream in its own environment."""

    def __init__(self, name: str, folder: Path, servers: Servers) -> None:
        self.name = name
        folder.mkdir(parents=True)
        self.processes = Processes(folder)
        base, _, variant = name.partition("-")
        self._database = servers.cluster.create_database()
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute(_SCHEMA)
        self._port = check_free(free_port())
        home = ROOT / "tests/bench/peers"
        self._binaries = environment_of(base) / "bin"
        self._env = {
            "PATH": f"{self._binaries}:/usr/bin:/bin",
            "HOME": str(folder),
            "PYTHONPATH": f"{home / base}:{home}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "BENCH_DATABASE_URL": self._database,
            "BENCH_BUS_URL": servers.broker.new_vhost(),
            "BENCH_SMTP_PORT": str(servers.sink.port),
            "BENCH_PORT": str(self._port),
            "BENCH_ACKS_LATE": "1" if variant == "acks_late" else "",
        }
        self.commands = {part: (line, self._env) for part, line in self._lines(base, home).items()}

    def _lines(self, base: str, home: Path) -> dict[str, list[str]]:
        python, bound = str(self._binaries / "python"), f"127.0.0.1:{self._port}"
        if base == "celery":
            gunicorn = [python, "-m", "gunicorn", "--worker-class", "gthread", "-w", "2"]
            worker = [python, "-m", "celery", "-A", "app", "worker", "-c", "2", "-l", "WARNING"]
            return {
                "intake": [*gunicorn, "--threads", "4", "-b", bound, "app:web"],
                "router": [*worker, "-Q", "route", "-n", "route@%h"],
                "notify": [*worker, "-Q", "notify", "-n", "notify@%h"],
            }
        if base == "nameko":
            run = [str(self._binaries / "nameko"), "run"]
            run += ["--config", str(home / "nameko/config.yaml")]
            return {
                "intake": [*run, "app:Intake"],
                "router": [*run, "app:Router"],
                "notify": [*run, "app:Notify"],
            }
        uvicorn = [python, "-m", "uvicorn", "--workers", "2", "--port", str(self._port)]
        run = [str(self._binaries / "faststream"), "run"]
        return {
            "intake": [*uvicorn, "--log-level", "warning", "app:web"],
            "router": [*run, "app:router", "--log-level", "warning"],
            "notify": [*run, "app:notifier", "--log-level", "warning"],
        }

    @property
    def target(self) -> Target:
        """Where reports go."""
        return Target(self._port, "/v1/incidents", report())

    def parts(self, part: str) -> list[str]:
        """One process each."""
        return [part]

    def committed(self) -> set[str]:
        """Ids of the incidents in intake's database."""
        with psycopg.connect(self._database) as connection:
            return {str(row[0]) for row in connection.execute("SELECT id FROM incidents")}

    def incident_of(self) -> dict[str, str]:
        """The Message-ID says it."""
        return {f"<{incident}@bench>": incident for incident in self.committed()}


class Ours:
    """Rückhalt on the same servers: intake's web and the workers of three (or four) services."""

    def __init__(
        self,
        folder: Path,
        servers: Servers,
        *,
        services: tuple[str, ...] = ("intake", "routing", "notify"),
        embedded: bool = False,
    ) -> None:
        self.name = "rueckhalt" if len(services) == 3 else "rueckhalt-4"  # with reporting
        self.name += "-embedded" if embedded else ""
        folder.mkdir(parents=True)
        self.processes = Processes(folder)
        names = () if embedded else (*services, "identity")
        self._town = Installation(
            folder / "town",
            services=services,
            bus_url="" if embedded else servers.broker.new_vhost(),
            database_urls={name: servers.cluster.create_database() for name in names},
            smtp_port=servers.sink.port,
        )
        self._town.prepare()
        units = folder / "town/intake/units.csv"  # without it the unit stays in intake
        units.write_text("municipality,unit,cluster\n,buergeramt,schalter\n", encoding="utf-8")
        plan = folder / "plan.yaml"
        plan.write_text(plan_of_two_hundred_rules(), encoding="utf-8")
        self._town.run("routing", "plan", "load", str(plan))
        binaries = Path(sys.executable).parent
        self.commands = {
            "intake": ([str(binaries / "rueckhalt-intake"), "web"], self._env("intake"))
        }
        for service in services:
            line = [str(binaries / f"rueckhalt-{service}"), "worker"]
            self.commands[f"{service}-worker"] = (line, self._env(service))

    def _env(self, service: str) -> dict[str, str]:
        return self._town.env(service)

    @property
    def target(self) -> Target:
        """Where reports go."""
        headers = {"Authorization": f"Bearer {self._town.key}"}
        return Target(self._town.ports["intake"], "/v1/incidents", report(), headers)

    def parts(self, part: str) -> list[str]:
        """Intake is two processes."""
        names = {
            "intake": ["intake", "intake-worker"],
            "router": ["routing-worker"],
            "notify": ["notify-worker"],
        }
        return names[part]

    def committed(self) -> set[str]:
        """Ids of the incidents in intake's database."""
        return {row[0] for row in self._rows("intake", "SELECT id FROM incidents")}

    def incident_of(self) -> dict[str, str]:
        """By notify's table: the Message-ID is made of the notice's key."""
        rows = self._rows("notify", "SELECT key, subject FROM notices")
        return {key[:40]: subject for key, subject in rows}

    def _rows(self, service: str, query: str) -> list[tuple[str, ...]]:
        url = self._town.database_url(service)
        if url.startswith("sqlite"):
            import sqlite3

            with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
                return file.execute(query).fetchall()
        # Past row-level security, as the worker.
        with psycopg.connect(url, options="-c rueckhalt.reach=*") as connection:
            return connection.execute(query.encode()).fetchall()


def incident_in(mails: list[tuple[float, str]], contender: Contender) -> list[tuple[float, str]]:
    """(time, incident) of each mail; "-" for one nobody knows."""
    known = contender.incident_of()
    found = []
    for at, message in mails:
        key = message.strip("<>").partition("@")[0]
        found.append((at, known.get(message) or known.get(key) or "-"))
    return found


def plan_of_two_hundred_rules() -> str:
    """Musterstadt's plan, whose own rules are units that do not fit, and at last one that does.

    It has one recipient, so that ours sends one mail for each report as the peers do.
    """
    plan = ROOT / "services/routing/rueckhalt_routing/content/musterstadt/plan.yaml"
    text = plan.read_text(encoding="utf-8")
    units = [f"amt_{n:02}" for n in range(40)]
    text = text.replace("units:\n", "units:\n" + "".join(f"  - {unit}\n" for unit in units), 1)
    forms = ("assault", "coercion", "stalking", "weapon", "trespass")
    rules = [_rule(f"{unit}_{form}", unit, form) for unit in units for form in forms][:199]
    return text + "\nrules:\n" + "".join([*rules, _rule("bench", "buergeramt", "threat")])


def _rule(code: str, unit: str, form: str) -> str:
    return (
        f"  - code: {code}\n    tier: 1\n    title: Regel {code}\n"
        f"    when: {{form: [{form}], unit: [{unit}]}}\n    then: {{chain: ansprechstelle}}\n"
    )


__all__ = ["ARS", "PEERS", "Contender", "Ours", "Peer", "Servers", "begin", "incident_in"]
