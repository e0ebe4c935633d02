# SPDX-License-Identifier: EUPL-1.2
"""An erased incident stays erased: late events, a restored backup."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_shared.contracts.ids import uuid7
from tests.flows.erasing import HEARD, asked, erase, is_swept, known_to, walked
from tests.flows.mail_sink import MailSink
from tests.flows.searching import hits
from tests.flows.system import SERVICES, Installation
from tests.support import eventually


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
    incident = town.report(narrative="Er hat gedroht.")
    for service in ("routing", "reporting"):
        query = HEARD[service].format(incident)
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
