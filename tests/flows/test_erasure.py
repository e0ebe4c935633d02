# SPDX-License-Identifier: EUPL-1.2
"""An incident walks the whole way and is erased: searched for byte by byte, before and after."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rueckhalt_shared.contracts.ids import uuid7
from tests.flows.mail_sink import MailSink
from tests.flows.system import SERVICES, Installation
from tests.support import eventually

CANARIES = {
    "narrative": "Kanarienvogel-Schilderung-0815",
    "name": "Kanarina Zeisig-Fink",
    "email": "kanarina.0815@zeisig.example",
    "phone": "+49 361 0815 4711",
    "reference": "Kanarien-Aktenzeichen-0815",
}
EVERYTHING = "-c rueckhalt.reach=*"  # past row-level security, as the worker
NOT_OURS = ("bus.db",)  # the bus file is looked at on its own: it may hold other events' bytes


def spellings(word: str) -> list[bytes]:
    """A word as different programs write it."""
    return [word.encode(), word.encode("utf-16-le"), json.dumps(word)[1:-1].encode()]


def hits(where: dict[str, bytes], words: dict[str, str]) -> list[tuple[str, str]]:
    """Which file holds which word."""
    return sorted(
        (place, name)
        for place, raw in where.items()
        for name, word in words.items()
        if any(each in raw for each in spellings(word))
    )


def everything(town: Installation, sink: MailSink) -> dict[str, bytes]:
    """Every byte the installation keeps or says: files, dumps of tables, logs, mails, metrics."""
    found = {
        str(path.relative_to(town.folder)): path.read_bytes()
        for path in town.folder.rglob("*")
        if path.is_file() and path.name != "installation.json"
    }
    found |= {f"mail {n}": str(mail).encode() for n, mail in enumerate(sink.mails())}
    for service in SERVICES:
        found[f"metrics {service}"] = town.api("GET", service, "/metrics").content
        if town.database_url(service).startswith("postgresql"):
            found |= dumped(service, town.database_url(service))
    return found


def dumped(service: str, url: str) -> dict[str, bytes]:
    """Every row of every table of a PostgreSQL database, as text."""
    listed = (
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    with psycopg.connect(url, options=EVERYTHING) as connection:
        tables = [row[0] for row in connection.execute(listed)]
        return {
            f"{service} {table}": repr(
                connection.execute(f"SELECT * FROM {table}").fetchall()
            ).encode()
            for table in tables
        }


def walked(town: Installation, **told: Any) -> str:
    """An incident that all services know, to the last notice."""
    incident = town.report(**told)
    for service in ("routing", "notify", "reporting"):
        eventually(lambda s=service: known_to(town, s, incident), what=f"{service} knows it")
    return incident


@pytest.fixture
def canary(town: Installation) -> str:
    """An incident with a canary in every personal field."""
    reporter = {name: CANARIES[name] for name in ("name", "email", "phone")}
    told = {name: CANARIES[name] for name in ("narrative", "reference")}
    return walked(town, reporter=reporter, **told)


_KNOWN = {
    "routing": "SELECT count(*) FROM assignments WHERE incident_id = '{0}'",
    "notify": "SELECT count(*) FROM notices WHERE subject = '{0}' AND state = 'sent'",
    "reporting": "SELECT count(*) FROM facts WHERE incident = '{0}' AND notice = 'sent'",
}

_HEARD = _KNOWN | {"reporting": "SELECT count(*) FROM facts WHERE incident = '{0}'"}


def known_to(town: Installation, service: str, incident: str) -> int:
    return int(asked(town, service, _KNOWN[service].format(incident))[0][0])


def asked(town: Installation, service: str, query: str) -> list[Any]:
    url = town.database_url(service)
    if url.startswith("postgresql"):
        with psycopg.connect(url, options=EVERYTHING) as connection:
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


def test_nothing_personal_lies_in_clear_and_nothing_at_all_after_an_erasure(
    town: Installation, sink: MailSink, canary: str
) -> None:
    before = everything(town, sink)
    assert hits(before, CANARIES) == []
    holders = {place for place, _ in hits(before, {"id": canary})}
    assert len(holders) >= 4  # the id itself is known to every service

    order = erase(town, canary)

    assert [each["service"] for each in order["receipts"]] == sorted(SERVICES)
    after = everything(town, sink)
    assert hits(after, CANARIES) == []
    logs = {place for place in after if place.startswith("logs/")}
    left = {place for place, _ in hits(after, {"id": canary})} - logs
    assert {place for place in left if not Path(place).name.startswith(NOT_OURS)} == set()
    assert town.api("GET", "intake", f"/v1/incidents/{canary}").status_code == 410


def test_what_comes_late_brings_nothing_back(town: Installation) -> None:
    incident = walked(town)
    month = asked(town, "reporting", "SELECT sum(n) FROM rollups WHERE dimension = 'total'")
    body = asked(
        town,
        "intake",
        f"SELECT body FROM outbox WHERE subject = '{incident}' AND type LIKE '%registered%'",
    )[0][0]
    erase(town, incident)
    late = json.loads(body) | {"id": uuid7()}

    for service in ("routing", "notify", "reporting"):
        for event in (late, amended(late)):
            path = "/v1/events"
            given = {"Content-Type": "application/cloudevents+json"}
            town.api("POST", service, path, data=json.dumps(event), headers=given)

    for service in ("routing", "reporting"):
        eventually(lambda s=service: refused(town, s) >= 2, what=f"{service} refuses")
    assert known_to(town, "routing", incident) == 0
    assert known_to(town, "notify", incident) == 0
    assert known_to(town, "reporting", incident) == 0
    assert asked(town, "reporting", "SELECT sum(n) FROM rollups WHERE dimension = 'total'") == month


def amended(registered: dict[str, Any]) -> dict[str, Any]:
    """A correction of the same incident, as intake would say it."""
    kind = "de.rueckhalt.incident.amended.v1"
    data = registered["data"] | {"changed": ["place"]}
    return registered | {"id": uuid7(), "type": kind, "version": 7, "data": data}


def refused(town: Installation, service: str) -> int:
    return int(asked(town, service, "SELECT coalesce(sum(refused), 0) FROM tombstones")[0][0])


@pytest.fixture
def own_town(tmp_path: Path, sink: MailSink) -> Iterator[Installation]:
    """An embedded installation to restore a backup into."""
    installation = Installation(tmp_path / "town", smtp_port=sink.port, roles=("serve",))
    try:
        yield installation.prepare().start_all()
    finally:
        installation.stop()


def test_a_restored_backup_forgets_again_before_the_start(
    own_town: Installation, tmp_path: Path
) -> None:
    town = own_town
    incident = town.report(narrative=CANARIES["narrative"])
    for service in ("routing", "reporting"):
        query = _HEARD[service].format(incident)
        eventually(lambda s=service, q=query: asked(town, s, q)[0][0], what=f"{service} knows it")
    backups = {service: tmp_path / f"{service}.backup" for service in SERVICES}
    for service, path in backups.items():
        with sqlite3.connect(town.folder / f"{service}.db") as connection:
            connection.execute("VACUUM INTO ?", [str(path)])
        connection.close()
    erase(town, incident)
    town.stop()
    for service in SERVICES:
        town.run(service, "tombstones", "export", str(tmp_path / f"{service}.tombstones"))
        for part in town.folder.glob(f"{service}.db*"):
            part.unlink()
        (town.folder / f"{service}.db").write_bytes(backups[service].read_bytes())
    assert known_to(town, "routing", incident) == 1

    for service in SERVICES:
        town.run(service, "tombstones", "replay", str(tmp_path / f"{service}.tombstones"))
    town.start_all()

    assert known_to(town, "routing", incident) == 0
    assert town.api("GET", "intake", f"/v1/incidents/{incident}").status_code == 410
    eventually(lambda: all(is_swept(town, each) for each in SERVICES), what="all swept")
    raw = {p.name: p.read_bytes() for p in town.folder.glob("*.db*") if "bus" not in p.name}
    assert hits(raw, {"id": incident}) == []
