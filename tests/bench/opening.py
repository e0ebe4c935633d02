# SPDX-License-Identifier: EUPL-1.2
"""What opening an incident costs: GET of one with its narrative, by the person who is responsible.

Session, rights, grant, the locked row, the row in the audit chain, its commit, the narrative
unsealed: all of it, in one process and without a network. Beside it what an id costs that is not
one's own. The goal is 50 ms.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rueckhalt_intake.app import Settings, create_app, create_worker, service
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.bench.accept import report
from tests.bench.machine import Watch, milliseconds
from tests.bench.running import text_of
from tests.flows.system import ARS
from tests.intake.staff import Person, assigned, deliver, signed_in
from tests.intake.town import ANNA, BERND, Sender
from tests.servers import private_postgres

GOAL_MS = 50
SENDER = ("incident:create",)


@dataclass
class Length:
    """How many incidents there are, and how often one of them is opened."""

    incidents: int = 300
    times: int = 600


def bench(folder: Path, length: Length) -> Iterator[dict[str, Any]]:
    """One row per database and kind of request."""
    with private_postgres(fsync=True) as cluster:
        yield from _on("postgresql", folder, cluster.create_database(), length)
    yield from _on("sqlite", folder, f"sqlite:///{folder}/intake.db", length)


def _on(name: str, folder: Path, url: str, length: Length) -> Iterator[dict[str, Any]]:
    with _town(folder / name, url) as (person, mine, others):
        for index in range(length.incidents):
            (mine if index % 2 else others)()
        own = [mine() for _ in range(20)]
        for what, found in (("opened", own), ("not one's own", [others() for _ in range(20)])):
            yield {"bench": "opening", "database": name, "what": what} | _asked(
                person, found, length.times
            )


def _asked(person: Person, incidents: list[str], times: int) -> dict[str, Any]:
    for incident in incidents:  # warm
        status = person.get(f"/v1/incidents/{incident}").status_code
    took = []
    watch = Watch(lambda: {"ours": [os.getpid()]}).start()
    for number in range(times):
        path = f"/v1/incidents/{incidents[number % len(incidents)]}"
        started = time.perf_counter()
        person.get(path)
        took.append(time.perf_counter() - started)
    watch.stop()
    found = milliseconds(took)
    told = {"status": status, "times": times, "goal_ms": GOAL_MS, "others": watch.others}
    return {"p50_ms": found["p50"], "p99_ms": found["p99"]} | told


@contextmanager
def _town(folder: Path, url: str) -> Iterator[tuple[Person, Any, Any]]:
    folder.mkdir(parents=True)
    settings = Settings(
        service="intake",
        data=folder,
        services=frozenset({"intake", "routing"}),
        identity_url=f"sqlite:///{folder}/identity.db",
        database_url=url,
        base_url="https://meldung.example/intake",
    )
    upgrade(url, service.migrations)
    database = Database(url, "intake")
    app, worker = create_app(settings, database), create_worker(settings, database)
    keys = KeyStore(settings.identity_url)
    sender = Sender(
        app.test_client(), keys.create(sender="bench", scopes=SENDER, municipalities=[ARS])
    )

    def add(person: str) -> str:
        incident = sender.post(report() | {"narrative": text_of(1100)}).get_json()["id"]
        deliver(worker, assigned(incident, person))
        return str(incident)

    try:
        person = signed_in(app.test_client(), keys, "anna", ANNA)
        yield person, lambda: add(ANNA), lambda: add(BERND)
    finally:
        database.context["vault"].keys.dispose()
        database.dispose()
        keys.close()
