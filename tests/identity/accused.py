# SPDX-License-Identifier: EUPL-1.2
"""What an accused person finds: every route, in every role, beside a town without the incident.

Two installations are alike but for one incident that accuses the person whose accounts ask. Each
answer of the one is compared with the same answer of its twin. `accused.csv` is what came out
when it was reviewed last; `python -m tests.identity.accused` writes it anew.
"""

import csv
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from rueckhalt_shared.identity.roles import ROLES
from tests.identity.house import ARS
from tests.identity.matrix import REQUESTS, Installation, outcome
from tests.intake import staff
from tests.notify.town import ANNA, GRETA, LARS, QUEUE, assigned, lead
from tests.reporting import events as facts
from tests.routing import drafting
from tests.routing.town import Town as RoutingTown
from tests.support import FakeClock

GOLDEN = Path(__file__).with_name("accused.csv")
HEAD = ("service", "method", "route", *ROLES)
TEXT = "Kanarienvogel in der Schilderung"
SECRET = {
    "municipality": ARS,
    "forms": ["stalking"],
    "narrative": TEXT,
    "accused": {"persons": [ANNA]},
    "reference": "Az 4711",
}
HARMLESS = {"municipality": ARS, "forms": ["threat"]}
JUNE = datetime(2025, 6, 10, 12, tzinfo=UTC)
TOLD = "told"

_NOISE = (
    (re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), b"<id>"),
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), b"<time>"),
    (re.compile(rb"\d\d\.\d\d\.\d{4}, \d\d:\d\d(:\d\d)? Uhr"), b"<time>"),
    (re.compile(rb'(name="csrf_token" value=")[^"]*'), rb"\1"),
    (re.compile(rb"rk_[a-z]+_\w+"), b"<key>"),
    (re.compile(rb"/account/(first|sessions)/[\w-]+"), rb"/account/\1/<token>"),
    (re.compile(rb"/duty/calendar/[\w-]+\.ics"), rb"/duty/calendar/<token>.ics"),
    (re.compile(rb'("\w+_hash":")[0-9a-f]{64}'), rb"\1"),  # of a certificate: over its times
    (re.compile(rb"D:\d{14}[^)]*"), b"<time>"),  # of a PDF, and its names made of the time
    (re.compile(rb"/ID\s*\[[^\]]*\]"), b"<id>"),
    (re.compile(rb"<xmpMM:(InstanceID|DocumentID)>[^<]*"), b"<id>"),
)
_OF_THE_MOMENT = {"date", "content-length", "set-cookie"}  # a page's ETag: with its token


class Town(Installation):
    """One of the twins. The one without the incident is asked for the ids of its `twin`."""

    def __init__(self, folder: Path, twin: "Town | None" = None) -> None:
        self.twin = twin
        super().__init__(folder)

    def _intake(self, app: Flask, key: dict[str, str]) -> None:
        client = app.test_client()
        for body in (HARMLESS, *([SECRET] if self.twin is None else []), HARMLESS):
            incident = client.post("/v1/incidents", json=body, headers=key).json["id"]
            excluded = (ANNA,) if body is SECRET else ()
            # The grant is there on purpose: it must not help.
            event = staff.assigned(incident, LARS, ANNA, excluded=excluded)
            staff.deliver(self.workers["intake"], event)
            if body is SECRET:
                self.things["incident_id"] = incident
        self._as_the_twin("incident_id")
        self.things["request_id"] = self.things["incident_id"]

    def _routing(self, app: Flask, key: dict[str, str]) -> None:
        town = RoutingTown(self.databases[-1], FakeClock())
        town.publish_plan()
        town.report()
        if self.twin is None:
            town.report(subject=self.things["incident_id"], excluded=(ANNA,))
            self.things["id"] = town.assignment(self.things["incident_id"]).id
        town.report()
        self.things["draft_id"] = drafting.begun(town.database, clock=town.clock)
        self._as_the_twin("id")

    def _notify(self, app: Flask, key: dict[str, str]) -> None:
        client = app.test_client()
        request = REQUESTS["POST /v1/contacts/import"].given
        client.post(f"/v1/contacts/import?municipality={ARS}", headers=key, **request)
        contact = client.get("/v1/contacts", headers=key).json["items"][0]
        self.things["contact_id"] = contact["id"]
        self.tell("notify", QUEUE, assigned(lead(), subject="a", assignment="a"))
        if self.twin is None:
            incident = self.things["incident_id"]
            event = assigned(
                lead(LARS), lead(GRETA), subject=incident, assignment="b", excluded=(ANNA,)
            )
            self.tell("notify", QUEUE, event)
            found = client.get(f"/v1/notices?incident={incident}", headers=key).json["items"]
            self.things["notice_id"] = found[0]["id"]
        self.tell("notify", QUEUE, assigned(lead(LARS), subject="c", assignment="c"))
        self._as_the_twin("notice_id")

    def _reporting(self, app: Flask, key: dict[str, str]) -> None:
        super()._reporting(app, key)
        names = ("a", *([self.things["incident_id"]] if self.twin is None else []), "c")
        for name in names:
            excluded = (ANNA,) if name not in ("a", "c") else ()
            event = facts.registered(name, registered_at=JUNE, excluded=excluded)
            self.tell("reporting", facts.QUEUE, event)

    def _as_the_twin(self, name: str) -> None:
        if self.twin is not None:
            self.things[name] = self.twin.things[name]


def twins(folder: Path) -> tuple[Town, Town]:
    """The town with the incident, and the one that never had it."""
    for name in ("with", "without"):
        (folder / name).mkdir()
    first = Town(folder / "with")
    return first, Town(folder / "without", first)


def plain(answer: TestResponse, town: Town) -> Any:
    """An answer without what differs between any two moments: ids, times, tokens."""
    moment = _OF_THE_MOMENT | ({"etag"} if b"csrf_token" in answer.data else set())
    headers = sorted(
        (name.lower(), _quiet(value.encode()))
        for name, value in answer.headers
        if name.lower() not in moment
    )
    body = answer.data.replace(town.things["key_id"].encode(), b"<key>")
    return answer.status_code, headers, _quiet(body)


def rows(town: Town, twin: Town) -> Iterator[dict[str, str]]:
    """The table, line by line: what each role is told, `told` where the incident shows."""
    elsewhere = {(name, method, str(rule)): rule for name, method, rule in twin.routes()}
    for name, method, rule in town.routes():
        cells = {}
        for role in ROLES:
            same = elsewhere[name, method, str(rule)]
            # Both at one instant: a minute may end between two answers, and what counts from it.
            with time_machine.travel(datetime.now(UTC), tick=False):
                here = town.answer(name, method, rule, town.accounts[role, ARS].id)
                there = twin.answer(name, method, same, twin.accounts[role, ARS].id)
            shows = plain(here, town) != plain(there, twin) or TEXT.encode() in here.data
            cells[role] = TOLD if shows else outcome(here)
        service = "account" if str(rule).startswith("/account") else name
        yield {"service": service, "method": method, "route": str(rule), **cells}


def golden() -> list[dict[str, str]]:
    """The reviewed table."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Write the table anew."""
    for name in [each for each in os.environ if each.startswith("RUECKHALT_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        both = twins(Path(folder))
        with GOLDEN.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEAD, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows(*both))
        for each in both:
            each.close()


def _quiet(raw: bytes) -> bytes:
    for pattern, instead in _NOISE:
        raw = pattern.sub(instead, raw)
    return raw


if __name__ == "__main__":
    main()
