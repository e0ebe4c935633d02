# SPDX-License-Identifier: EUPL-1.2
"""What encryption and rights add to accepting a report: CPU time with and without them.

In process, without HTTP in between: the WSGI app is called with a report of about 1.5 KB. `with`
is intake as it is; `without` has a vault that seals nothing and a caller nobody looked up. Both
take turns on databases of their own; each figure is the median of the turns, the database server
included. The goal of the design is 15 % at most.
"""

import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask

from rueckhalt_intake.app import create_app
from rueckhalt_intake.settings import Settings
from rueckhalt_intake.vault.domain import Place
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared import access
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import Caller, KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.bench.accept import report
from tests.bench.machine import Watch, tree_seconds
from tests.flows.system import ARS
from tests.servers import PrivatePostgres, private_postgres

SCOPES = frozenset({"incident:create"})


@dataclass
class Length:
    """How many reports a turn has, and how many turns there are."""

    reports: int = 200
    turns: int = 15


class OpenVault(Vault):
    """A vault that makes no keys and leaves texts as they are; for this bench only."""

    def __init__(self, real: Vault) -> None:
        super().__init__(real.keys, real.masters, real.pool, secret=real._secret)
        self._only = real.new_key()

    def new_key(self) -> IncidentKey:
        """Always the same under another name."""
        return replace(self._only, id=uuid4().hex)

    def seal(self, key: IncidentKey, text: str, place: Place) -> bytes:
        """Nothing is sealed."""
        return text.encode()


class Intake:
    """One intake with its own databases, and the ways to report to it."""

    def __init__(self, folder: Path, urls: dict[str, str], *, is_whole: bool) -> None:
        folder.mkdir(parents=True)
        self._is_whole = is_whole
        calm = {"hourly_network": 10**9, "hourly_system": 10**9}
        self.settings = Settings(service="intake", data=folder, **urls, **calm)  # type: ignore[arg-type]
        upgrade(self.settings.database_url, "rueckhalt_intake.migrations")
        self.database = Database(self.settings.database_url, "intake")
        self.app: Flask = create_app(self.settings, self.database)
        self.keys = KeyStore.of(self.settings.identity_url)
        self._body = json.dumps(report()).encode()
        self.headers = {"key": self._by_key(), "person": self._by_session()}
        if not is_whole:
            rooms = self.app.extensions["rueckhalt"]
            reception = rooms.extensions["reception"]
            bare = replace(reception, vault=OpenVault(reception.vault))
            rooms.extensions["reception"] = bare

    def _by_key(self) -> dict[str, str]:
        plain = self.keys.create(sender="bench", scopes=SCOPES, municipalities=[ARS])
        return {"HTTP_AUTHORIZATION": f"Bearer {plain}"}

    def _by_session(self) -> dict[str, str]:
        store = self.keys.database.prepare()
        account = store.run(accounts.add_account, "bench", held=[("reporter", ARS)])
        token = store.run(sessions.begin_full, account.id, device="bench")
        return {
            "HTTP_COOKIE": f"rueckhalt_session={token}",
            "HTTP_SEC_FETCH_SITE": "same-origin",
        }

    def accept(self, who: str, count: int) -> None:
        """Report so often, as a key or as a signed-in person."""
        with self._known():
            for _ in range(count):
                status = self._post(self.headers[who])
                if not status.startswith("201"):
                    raise RuntimeError(status)

    def _post(self, headers: dict[str, str]) -> str:
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/v1/incidents",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(self._body)),
            "wsgi.input": BytesIO(self._body),
            "wsgi.url_scheme": "http",
            **headers,
        }

        def note(status: str, headers: Any, _: Any = None) -> Any:
            told.append(status)

        answer = self.app(environ, note)
        for _ in answer:
            pass
        return told[0]

    @contextmanager
    def _known(self) -> Iterator[None]:
        """Without rights, everybody is the same caller, whom nobody looked up."""
        if self._is_whole:
            yield
            return
        somebody = Caller(
            sender="bench", key_id="", mode="live", scopes=SCOPES, municipalities=(ARS,)
        )
        real = access._authenticated
        access._authenticated = lambda scopes: somebody
        try:
            yield
        finally:
            access._authenticated = real

    def close(self) -> None:
        """Close every connection."""
        self.app.extensions["rueckhalt"].extensions["reception"].vault.keys.dispose()
        self.keys.close()
        self.database.dispose()


def bench(folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """One row per database and kind of caller."""
    with private_postgres(fsync=True) as cluster:
        for name in ("postgresql", "sqlite"):
            server = cluster if name == "postgresql" else None
            both = [
                Intake(
                    folder / f"{name}-{is_whole}",
                    _urls(folder, server, is_whole),
                    is_whole=is_whole,
                )
                for is_whole in (True, False)
            ]
            try:
                for who in ("key", "person"):
                    yield _row(name, who, both, length, server)
            finally:
                for each in both:
                    each.close()


def _urls(folder: Path, cluster: PrivatePostgres | None, is_whole: bool) -> dict[str, str]:
    names = ("database_url", "identity_url")
    if cluster is not None:
        return {name: cluster.create_database() for name in names}
    place = folder / f"sqlite-{is_whole}"
    return {name: f"sqlite:///{place}/{name}.db" for name in names}


def _row(
    database: str,
    who: str,
    both: list[Intake],
    length: Length,
    cluster: PrivatePostgres | None,
) -> dict[str, Any]:
    def used() -> float:
        server = tree_seconds(cluster.process_id) if cluster is not None else 0.0
        return time.process_time() + server

    spent: dict[bool, list[float]] = {True: [], False: []}
    roots = {"bench": [os.getpid()], "server": [cluster.process_id] if cluster else []}
    watch = Watch(lambda: roots).start()
    for turn in range(-1, length.turns):  # the first turn warms up
        for intake in both if turn % 2 else reversed(both):
            before = used()
            intake.accept(who, length.reports)
            if turn >= 0:
                each = (used() - before) * 1000 / length.reports
                spent[intake._is_whole].append(each)
    watch.stop()
    whole, bare = (statistics.median(spent[is_whole]) for is_whole in (True, False))
    return {
        "bench": "cost",
        "database": database,
        "who": who,
        "with_cpu_ms": round(whole, 3),
        "without_cpu_ms": round(bare, 3),
        "added_ms": round(whole - bare, 3),
        "added_percent": round((whole / bare - 1) * 100, 1),
        "others": watch.others,
    }
