# SPDX-License-Identifier: EUPL-1.2
"""An incident all services know, and how it is erased in all of them."""

import sqlite3
from typing import Any

import psycopg

from tests.flows.system import SERVICES, Installation
from tests.support import eventually

KNOWN = {
    "routing": "SELECT count(*) FROM assignments WHERE incident_id = '{0}'",
    "notify": "SELECT count(*) FROM notices WHERE subject = '{0}' AND state = 'sent'",
    "reporting": "SELECT count(*) FROM facts WHERE incident = '{0}' AND notice = 'sent'",
}

HEARD = KNOWN | {"reporting": "SELECT count(*) FROM facts WHERE incident = '{0}'"}


def known_to(town: Installation, service: str, incident: str) -> int:
    return int(asked(town, service, KNOWN[service].format(incident))[0][0])


def asked(town: Installation, service: str, query: str) -> list[Any]:
    url = town.database_url(service)
    if url.startswith("postgresql"):
        with psycopg.connect(url, options="-c rueckhalt.reach=*") as connection:
            return connection.execute(query).fetchall()
    connection = sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def erase(town: Installation, incident: str) -> dict[str, Any]:
    """Order it and wait for every receipt."""
    wanted = {"scope": "case", "reason": "request"}
    answer = town.api("POST", "intake", f"/v1/incidents/{incident}/erasure", json=wanted)
    assert answer.status_code == 202, answer.text
    order = answer.json()["id"]
    eventually(lambda: shown(town, order)["state"] == "complete", what="all receipts")
    eventually(lambda: all(is_swept(town, each) for each in SERVICES), what="all swept")
    return shown(town, order)


def shown(town: Installation, order: str) -> dict[str, Any]:
    return dict(town.api("GET", "intake", f"/v1/erasures/{order}").json())


def is_swept(town: Installation, service: str) -> bool:
    return asked(town, service, "SELECT count(*) FROM erasure_leftovers")[0][0] == 0


def walked(town: Installation, **told: Any) -> str:
    """An incident that all services know, to the last notice."""
    incident = town.report(**told)
    for service in ("routing", "notify", "reporting"):
        eventually(lambda s=service: known_to(town, s, incident), what=f"{service} knows it")
    return incident
