# SPDX-License-Identifier: EUPL-1.2
"""kill -9 in the middle of an erasure: the restart goes on, and nothing of the incident is left."""

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.faults import points
from tests.faults.conftest import EMBEDDED, SERVERS
from tests.faults.town import Town
from tests.support import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
KILLED = [
    (("intake", "worker"), "erase.after_rows"),
    (("intake", "worker"), "erase.after_key"),
    (("intake", "worker"), "erase.before_sweep"),
    (("intake", "worker"), "erase.after_sweep"),
    (("routing", "worker"), "consume.before_commit"),
    (("routing", "worker"), "consume.after_commit"),
    (("notify", "worker"), "erase.before_sweep"),
    (("reporting", "worker"), "erase.after_sweep"),
]


def asked(town: Town, service: str, query: str) -> Any:
    """The one value of a query."""
    url = make_url(town.database_url(service))
    if url.get_backend_name() == "postgresql":
        whole = {"options": "-c rueckhalt.reach=*"}  # past row-level security, as the worker
        with psycopg.connect(url.render_as_string(hide_password=False), **whole) as connection:
            return connection.execute(query).fetchone()[0]  # type: ignore[index]
    connection = sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchone()[0]
    finally:
        connection.close()


def is_erased(town: Town, order: str) -> bool:
    """Every receipt is here, every key gone, every trace swept."""
    state = town.api("GET", "intake", f"/v1/erasures/{order}").json()["state"]
    left = [asked(town, s, "SELECT count(*) FROM erasure_leftovers") for s in town.services]
    keys = asked(town, "intake", "SELECT count(*) FROM key_shreddings")
    return state == "complete" and not any(left) and not keys


def died(town: Town, process: points.Process, point: str) -> bool:
    """The point has fired. A process that is started again by its server is not armed any more."""
    log = (town.folder / "logs" / f"{'-'.join(process)}.log").read_bytes()
    return f"crash point {point}\n".encode() in log


@pytest.mark.parametrize("set_up", [EMBEDDED, SERVERS])
def test_an_erasure_goes_on_wherever_it_was_killed(set_up: str, build: Callable[..., Town]) -> None:
    town = build(set_up)
    known = {
        "routing": "SELECT count(*) FROM assignments",
        "notify": "SELECT count(*) FROM notices WHERE state = 'sent'",
        "reporting": "SELECT count(*) FROM facts WHERE incident NOT LIKE 'erased-%'",
    }

    for process, point in KILLED:
        incident = town.report(narrative="Er stand vor dem Kindergarten.")
        for service, query in known.items():
            eventually(lambda s=service, q=query: asked(town, s, q), within=60, what=service)
        town.kill(*process)
        town.start(*process, RUECKHALT_CRASH_AT=point)
        wanted = {"scope": "case", "reason": "request"}
        given = town.api("POST", "intake", f"/v1/incidents/{incident}/erasure", json=wanted)
        order = given.json()["id"]
        eventually(
            lambda p=process, at=point: died(town, p, at), within=60, what=f"dies at {point}"
        )
        town.kill(*process)
        town.start(*process)

        eventually(lambda o=order: is_erased(town, o), within=60, what=f"erased after {point}")
        assert {s: asked(town, s, q) for s, q in known.items()} == dict.fromkeys(known, 0)
        assert town.api("GET", "intake", f"/v1/incidents/{incident}").status_code == 410

    assert {point for _, point in KILLED} >= set(points.ERASE)
    total = "SELECT coalesce(sum(n), 0) FROM rollups WHERE dimension = 'total'"
    assert asked(town, "reporting", total) == len(KILLED)
