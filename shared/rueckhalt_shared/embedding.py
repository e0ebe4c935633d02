# SPDX-License-Identifier: EUPL-1.2
"""Services in one process: everything that happens in the one worker of `rueckhalt up`.

Order: catcher (demo) → settings → migrations → leases voided, bus declared → key → sample → apps,
workers → server → seeds → ready line. The arbiter imports none of this and stays small.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from rueckhalt_shared import emergencies, leases, migrations
from rueckhalt_shared.contracts import topology
from rueckhalt_shared.database import Database
from rueckhalt_shared.deployed import installed_services
from rueckhalt_shared.folder import ClaimedFolder
from rueckhalt_shared.introducing import introduced
from rueckhalt_shared.keys import SCOPES, KeyStore
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.migrating import HeadStart
from rueckhalt_shared.mounting import Mounts, Proxied
from rueckhalt_shared.pages.frame import Frame
from rueckhalt_shared.pipe import BusUnavailable, Pipe, void_leases
from rueckhalt_shared.service import Service, installed
from rueckhalt_shared.settings import PREFIX
from rueckhalt_shared.states import note_state
from rueckhalt_shared.worker import Worker

log = get_logger(__name__)
_QUIET_SECONDS = 10.0  # seeds are through all services by then, or the log says so


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `rueckhalt up` was asked for."""

    folder: ClaimedFolder
    url: str
    only: frozenset[str] | None
    as_json: bool

    @property
    def is_demo(self) -> bool:
        """The sample installation?"""
        return self.folder.installation.mode == "demo"


@dataclass(kw_only=True)
class Member:
    """One service of this process."""

    service: Service
    settings: Any
    database: Database
    app: Any = None
    worker: Worker | None = None


@dataclass(kw_only=True)
class House:
    """The running services of this process, built in `load`, started and stopped by gunicorn."""

    plan: Plan
    members: list[Member] = field(default_factory=list)
    catcher: Any = None

    def load(self) -> Any:
        """Build everything; answers the WSGI app."""
        only = self.plan.only or installed_services()
        head_start = HeadStart(self.plan.folder.path, sorted(only))
        if self.plan.folder.is_new:
            head_start.begin()
        services = installed(only)
        if self.plan.is_demo:
            from rueckhalt_shared.demo.catcher import Catcher  # noqa: PLC0415 - demo only

            self.catcher = Catcher(self.plan.folder.path / "mails.db")
            self.catcher.start()
        names = frozenset(service.name for service in services)
        for service in services:
            settings = service.settings_from_env(self._given(service, names))
            self.members.append(
                Member(service=service, settings=settings, database=service.database(settings))
            )
        head_start.wait()
        for member in self.members:
            migrations.upgrade(member.settings.database_url, member.service.migrations)
        self._declare()
        self._introduce()
        if self.plan.is_demo:
            self._prepare_demo()
        return self._mounted()

    def start(self, *, first: bool) -> None:
        """Start the workers; when all is ready, say so once."""
        for member in self.members:
            member.worker = member.service.create_worker(member.settings, member.database)
            member.worker.start()
        threading.Thread(target=self._first_steps, args=(first,), daemon=True).start()

    def stop(self) -> None:
        """Stop all workers side by side, so that the slowest one sets the time."""
        stopping = [
            threading.Thread(target=member.worker.stop) for member in self.members if member.worker
        ]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        if self.catcher is not None:
            self.catcher.stop()

    def _given(self, service: Service, names: frozenset[str]) -> dict[str, Any]:
        given: dict[str, Any] = {
            "data": self.plan.folder.path,
            "mode": self.plan.folder.installation.mode,
            "neighbours": {name: f"{self.plan.url}/{name}" for name in names},
            "embedded": True,
        }
        # Said in the environment: neighbours in other processes, a public address at a proxy.
        if not os.environ.get(f"{PREFIX}SERVICES"):
            given["services"] = names
        if not os.environ.get(f"{PREFIX}{service.name.upper()}_BASE_URL"):
            given["base_url"] = f"{self.plan.url}/{service.name}"
        if self.plan.is_demo:
            from rueckhalt_shared.demo import sample  # noqa: PLC0415 - demo only

            given |= sample.settings_for(service, self.catcher.port)
        return given

    def _declare(self) -> None:
        """Everything is declared before any relay publishes; a broker that is away may come."""
        for url in {member.settings.bus_url for member in self.members}:
            void_leases(url)  # the folder is ours: whoever held them is dead
        for member in self.members:
            if member.database.dialect == "sqlite":
                member.database.run(leases.void_all)
        for member in self.members:
            pipe = Pipe(member.settings.bus_url, service=member.service.name)
            state, cause = "up", None
            try:
                pipe.declare(topology.queues_for(member.settings.services))
            except BusUnavailable as error:
                state, cause = "down", str(error)
                log.warning("bus unavailable", cause=cause)
            finally:
                pipe.close()
            member.database.run(note_state, "bus", state, cause)

    def _introduce(self) -> None:
        """Who calls a neighbour's API gets its address and a key."""
        here = {member.service.name for member in self.members}
        for member in self.members:
            for neighbour, scope in member.service.calls.items():
                if neighbour in here:
                    member.settings = introduced(
                        member.settings,
                        member.service.name,
                        neighbour,
                        scope,
                        folder=self.plan.folder,
                        url=f"{self.plan.url}/{neighbour}",
                    )

    def _prepare_demo(self) -> None:
        from rueckhalt_shared.demo import people as demo_people  # noqa: PLC0415 - demo only
        from rueckhalt_shared.demo import sample  # noqa: PLC0415

        store = KeyStore.of(self.members[0].settings.identity_url)
        key = self.plan.folder.installation.api_key
        if not key or store.authenticate(key) is None:
            key = store.create(
                sender="demo",
                scopes=SCOPES,
                municipalities=[sample.MUNICIPALITY],
                mode="demo",
                lifetime=sample.LIFETIME,
            )
            self.plan.folder.remember(api_key=key, municipality=sample.MUNICIPALITY)
        known = self.plan.folder.installation.accounts
        made = demo_people.prepare(store.database.prepare(), known)
        if made != known:
            self.plan.folder.remember(accounts=made)
        for member in self.members:
            if member.service.prepare_demo is not None:
                member.service.prepare_demo(member.settings)

    def _mounted(self) -> Any:
        from rueckhalt_shared.demo.start import start_app  # noqa: PLC0415 - after the settings

        for member in self.members:
            member.app = member.service.create_app(member.settings, member.database)
        mounts = {member.service.name: member.app for member in self.members}
        front = start_app(self, self._rooms())
        emergencies.show_beside(front, mounts.values())
        app: Any = Mounts(mounts, front)
        proxies = self.members[0].settings.proxy if self.members else ()
        return Proxied(app, proxies) if proxies else app

    def _rooms(self) -> Any:
        """What the pages about signing in need; they exist once, beside the services."""
        from rueckhalt_shared.identity.people import People  # noqa: PLC0415 - after the settings
        from rueckhalt_shared.web import Rooms  # noqa: PLC0415

        if not self.members:
            return None
        first = self.members[0]
        keys = KeyStore.of(first.settings.identity_url)
        return Rooms(
            service="",
            settings=first.settings,
            database=first.database,
            keys=keys,
            people=People.of(keys.database, first.settings),
            migrations=None,
        )

    def _first_steps(self, first: bool) -> None:
        try:
            if self.plan.is_demo and not self.plan.folder.installation.seeded:
                self._seed()
        except Exception as error:
            log.error("the sample incidents could not be posted", exc_info=error)
        if first:
            self._tell()

    def _seed(self) -> None:
        from rueckhalt_shared.demo.client import DemoClient  # noqa: PLC0415 - demo only

        client = DemoClient(self.addresses(), self.plan.folder.installation.api_key)
        for member in self.members:
            if member.service.seed_demo is not None:
                member.service.seed_demo(client)
        if not _soon(self._quiet, _QUIET_SECONDS):
            log.warning("the sample incidents are still on their way")
        if any(member.service.seed_demo for member in self.members):
            self.plan.folder.remember(seeded=True)

    def _quiet(self) -> bool:
        """Is nothing on its way between the services?"""
        if not all(member.worker and member.worker.is_idle() for member in self.members):
            return False
        names = frozenset(member.service.name for member in self.members)
        pipe = Pipe(self.members[0].settings.bus_url, service=self.members[0].service.name)
        try:
            return not any(pipe.depth(queue) for queue in topology.queues_for(names))
        finally:
            pipe.close()

    def addresses(self) -> dict[str, str]:
        """Where each service of this process answers."""
        return {member.service.name: member.settings.base_url for member in self.members}

    def frame(self) -> Frame:
        """What stands around the pages that belong to no service."""
        if not self.members:
            return Frame(is_demo=self.plan.is_demo)
        around = Frame.of(self.members[0].settings)
        beside = frozenset(self.addresses())
        return replace(around, service="", beside=beside, mounted=False)

    def ready(self) -> dict[str, Any]:
        """What the ready line of `--json` says."""
        told: dict[str, Any] = {"url": self.plan.url, "services": self.addresses()}
        if not self.plan.is_demo:
            return told
        known = self.plan.folder.installation
        return told | {
            "mail": f"{self.plan.url}/mail",
            "municipality": known.municipality,
            "api_key": known.api_key,
            "accounts": known.accounts,
        }

    def _tell(self) -> None:
        if self.plan.as_json:
            sys.stdout.write(json.dumps(self.ready()) + "\n")
            sys.stdout.flush()
            return
        from rueckhalt_shared.demo.greeting import greet  # noqa: PLC0415 - for terminals only

        greet(self)


def _soon(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
