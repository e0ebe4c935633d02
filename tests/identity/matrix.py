# SPDX-License-Identifier: EUPL-1.2
"""The rights matrix: every route of every service, asked by every role, at home and elsewhere.

`rights.csv` is what came out when it was reviewed last. After a wanted change write it anew with
`python -m tests.identity.matrix` and look at the difference: that is the review.
"""

import csv
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from rueckhalt_intake.erasure import asking
from rueckhalt_intake.erasure.asking import Overseer
from rueckhalt_intake.old_lists.keeping import OldLists
from rueckhalt_intake.waves import store as waves
from rueckhalt_intake.waves.domain import SetAside
from rueckhalt_routing.assignments.domain import REASONS
from rueckhalt_routing.demo import sample_plan
from rueckhalt_shared import access, contracts
from rueckhalt_shared.audit import reading
from rueckhalt_shared.contracts import Event, ids
from rueckhalt_shared.identity.accounts import domain, handlers
from rueckhalt_shared.identity.roles import ROLES
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.identity.sessions.domain import FRESH
from rueckhalt_shared.keys import SCOPES, KeyStore
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.worker import Worker
from tests.identity.house import ARS, OTHER
from tests.intake import filing, staff
from tests.notify.town import ANNA, CONTACTS, QUEUE, assigned, lead
from tests.routing import drafting
from tests.routing.town import Town as RoutingTown
from tests.rules.house import SERVICES
from tests.support import NOON, FakeClock

GOLDEN = Path(__file__).with_name("rights.csv")
HEAD = ("service", "method", "route", "rule", *ROLES)
UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"
REPORT = {"municipality": ARS, "forms": ["threat"]}
CLOSE = {"reason": next(iter(contracts.codes.CLOSE_REASONS.entries)), "feedback_given": True}
READING = {
    "municipality": ARS,
    "since": "2025-06-01T00:00:00Z",
    "until": "2025-07-01T00:00:00Z",
    "why": next(iter(reading.WHYS)),
}
HTML = {"Accept": "text/html"}
APIS = ("/v1", "/open311")


@dataclass(frozen=True, kw_only=True)
class Request:
    """How a route is asked so that it is about the municipality of the matrix."""

    query: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


JSON, YAML = {"json": {}}, {"data": sample_plan().encode(), "content_type": "application/yaml"}
LINE = b'{"municipality": "160770999999", "forms": ["threat"]}\n'
REQUESTS: dict[str, Request] = {
    "POST /v1/incidents": Request(given={"json": REPORT}),
    "POST /v1/incidents/bulk": Request(
        given={"data": LINE, "content_type": "application/x-ndjson"}
    ),
    "POST /v1/incidents/<uuid:incident_id>/close": Request(given={"json": CLOSE}),
    "POST /desk/<uuid:incident_id>/close": Request(
        given={"data": {"reason": "resolved", "feedback_given": "true"}}
    ),
    "POST /set-aside": Request(given={"data": {"incidents": UNKNOWN, "decision": "wave"}}),
    "POST /v1/audit/requests": Request(given={"json": READING}),
    "POST /v1/set-aside/decisions": Request(
        given={"json": {"incidents": [UNKNOWN], "decision": "wave"}}
    ),
    **{
        f"POST /open311/v2/requests.{ending}": Request(
            given={"data": {"service_code": "threat", "jurisdiction_id": ARS}}
        )
        for ending in ("json", "xml")
    },
    "GET /v1/plan": Request(query=f"?municipality={ARS}"),
    "GET /v1/responsible": Request(query=f"?municipality={ARS}&forms=threat"),
    "POST /v1/plan": Request(query="?dry_run=true", given=YAML),
    "PUT /v1/plan": Request(query="?dry_run=true", given=YAML),
    "POST /v1/assignments/<uuid:id>/decline": Request(given={"json": {"reason": REASONS[0]}}),
    "POST /v1/assignments/<uuid:id>/offer": Request(given={"json": {"to": UNKNOWN}}),
    "PATCH /v1/contacts/<uuid:contact_id>": Request(given={"json": {"state": "usable"}}),
    "POST /v1/contacts/import": Request(
        query=f"?municipality={ARS}&dry_run=true",
        given={"data": CONTACTS.encode(), "content_type": "text/csv"},
    ),
}


class Installation:
    """All services over one identity store, and in each of them something of the municipality.

    Every account is one person of the plan, who is responsible for the incident there is.
    """

    def __init__(self, folder: Path, urls: Mapping[str, str] | None = None) -> None:
        """On SQLite in the folder, or on these databases by the names of the services."""
        self.folder = folder
        self.urls = urls or {}
        self.apps: dict[str, Flask] = {}
        self.databases: list[Any] = []
        self.workers: dict[str, Worker] = {}
        self.standing: dict[str, tuple[str, datetime]] = {}
        self.tokens: dict[tuple[str, str], str] = {}
        self.keys = KeyStore.of(f"sqlite:///{folder.resolve()}/identity.db")
        self.accounts = {
            (role, place): self.keys.database.prepare().run(
                handlers.add_account, f"{role}.{place}", held=[(role, place)], person=ANNA
            )
            for role in ROLES
            for place in (ARS, OTHER)
        }
        plain = self.keys.create(sender="town", scopes=SCOPES, municipalities=[ARS])
        self.things = {"key_id": plain.split("_")[2], "ref": UNKNOWN, "token": "x"}
        self.things["account_id"] = self.accounts["reporter", ARS].id
        for name in SERVICES:
            getattr(self, f"_{name}")(self._app(name), {"Authorization": f"Bearer {plain}"})

    def _app(self, name: str) -> Flask:
        composed = import_module(f"rueckhalt_{name}.app").service
        given = {"data": self.folder, "municipality": ARS, "services": frozenset(SERVICES)}
        if name in self.urls:
            given["database_url"] = self.urls[name]
        settings = composed.settings_from_env(given)
        upgrade(settings.database_url, composed.migrations)
        database = composed.database(settings)
        self.databases.append(database)
        self.apps[name] = composed.create_app(settings, database)
        if name != "routing":
            self.workers[name] = composed.create_worker(settings, database)
        return self.apps[name]

    def _intake(self, app: Flask, key: dict[str, str]) -> None:
        answer = app.test_client().post("/v1/incidents", json=REPORT, headers=key)
        self.things |= {"incident_id": answer.json["id"], "step": "make", "code": "strafanzeige"}
        self.things |= {"deadline": "strafantrag", "entitled": "affected", "offender": "1"}
        self.things |= {"card": "07", "entry_id": "hateaid"}
        lists = OldLists(self.databases[-1], self.databases[-1].context["vault"])
        self.things["list_id"] = lists.arrive(b"x", ARS, scheme=None, by="x", mode="live")
        self.things["attachment_id"] = filing.filed(self.databases[-1], answer.json["id"])
        mark = SetAside(
            incident_id=answer.json["id"],
            municipality=ARS,
            mode="live",
            cause="network",
            since_at=NOON,
        )
        self.databases[-1].run(waves.add, [mark])
        staff.deliver(self.workers["intake"], staff.assigned(answer.json["id"], ANNA))
        asked = app.test_client().post("/v1/audit/requests", json=READING, headers=key)
        self.things["request_id"] = asked.json["id"]
        who = Overseer(sender="x", person=None, municipalities=(ARS,), mode="live")
        wish = {"scope": "case", "reason": "request"}
        wanted = self.databases[-1].run(asking.ask, answer.json["id"], who, **wish)
        self.things["erasure_request_id"] = wanted.id
        reason = {"ground": "legal_hold", "reason": "12 Js 3/26"}
        held = self.databases[-1].run(asking.set_hold, answer.json["id"], who, **reason)
        self.things["hold_id"] = held.id

    def _routing(self, app: Flask, key: dict[str, str]) -> None:
        town = RoutingTown(self.databases[-1], FakeClock())
        town.publish_plan()
        self.things["id"] = town.report().id
        self.things["draft_id"] = drafting.begun(town.database, clock=town.clock)

    def _notify(self, app: Flask, key: dict[str, str]) -> None:
        client = app.test_client()
        request = REQUESTS["POST /v1/contacts/import"].given
        client.post(f"/v1/contacts/import?municipality={ARS}", headers=key, **request)
        contact = client.get("/v1/contacts", headers=key).json["items"][0]
        self.things["contact_id"] = contact["id"]
        self.tell("notify", QUEUE, assigned(lead()))
        notice = client.get("/v1/notices", headers=key).json["items"][0]
        self.things["notice_id"] = notice["id"]

    def _reporting(self, app: Flask, key: dict[str, str]) -> None:
        self.things |= {"ars": ARS, "period": "2025-06"}

    def tell(self, name: str, queue: str, event: Event) -> None:
        """Let a service hear an event."""
        service = min(type(event).producers)
        envelope = contracts.wrap(event, service=service, id=ids.uuid7(), time=NOON)
        self.workers[name].deliver(queue, envelope)

    def routes(self) -> Iterator[tuple[str, str, Rule]]:
        """(service, method, rule) of everything that is not public; the account pages once."""
        for name, app in self.apps.items():
            for rule in sorted(app.url_map.iter_rules(), key=str):
                is_account = str(rule).startswith("/account")
                if access.access_of(app, rule.endpoint) == "public" or (
                    is_account and name != "intake"
                ):
                    continue
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    yield name, method, rule

    def ask(self, name: str, method: str, rule: Rule, account_id: str) -> str:
        """What somebody with this account is told: yes, none (an empty list), 403 or 404."""
        answer = self.answer(name, method, rule, account_id)
        listed = str(rule) != "/desk" or self.things["incident_id"] in answer.text
        return outcome(answer) if answer.status_code != 200 or listed else "none"

    def answer(self, name: str, method: str, rule: Rule, account_id: str) -> TestResponse:
        """The answer somebody with this account gets."""
        # What touches sessions gets one of its own, everything else the account's standing one.
        is_own = str(rule).startswith("/account")
        session = self._begun(account_id) if is_own else self._standing(account_id)
        client = self.apps[name].test_client()
        client.set_cookie("rueckhalt_session", session, domain="localhost")
        request = REQUESTS.get(f"{method} {rule}", Request(given={} if method == "GET" else JSON))
        given, headers = dict(request.given), {"Sec-Fetch-Site": "same-origin"}
        if not str(rule).startswith(APIS):
            headers |= HTML
            if method == "POST":
                token = {"csrf_token": self._token(name, client, session)}
                given = {"data": token | given.get("data", {"action": "link"})}
        address = self.path(self.apps[name], rule) + request.query
        answer = client.open(address, method=method, headers=headers, **given)
        if is_own:
            self.keys.database.run(sessions.end, domain.digest(session))
        return answer

    def _begun(self, account_id: str) -> str:
        return self.keys.database.run(sessions.begin_full, account_id, device="matrix")

    def _standing(self, account_id: str) -> str:
        """A session whose second factor stays fresh however slow the machine is."""
        session, since = self.standing.get(account_id, ("", NOON))
        if datetime.now(UTC) - since > FRESH / 5:
            session = self._begun(account_id)
            self.standing[account_id] = session, datetime.now(UTC)
        return session

    def _token(self, name: str, client: FlaskClient, session: str) -> str:
        """What its forms carry; asked for once per service and session."""
        if (name, session) not in self.tokens:
            page = client.get("/account", headers={"Sec-Fetch-Site": "same-origin"} | HTML).text
            found = re.search(r'name="csrf_token" value="([^"]+)"', page)
            self.tokens[name, session] = found[1] if found else ""
        return self.tokens[name, session]

    def path(self, app: Flask, rule: Rule) -> str:
        """The address of the thing that belongs to the municipality."""
        values = {name: self.things.get(name, UNKNOWN) for name in rule.arguments}
        with app.test_request_context():
            return app.url_for(rule.endpoint, **values)

    def rows(self) -> Iterator[dict[str, str]]:
        """The matrix, line by line: at home/elsewhere."""
        for name, method, rule in self.routes():
            told = {}
            for role in ROLES:
                both = (
                    self.ask(name, method, rule, self.accounts[role, place].id)
                    for place in (ARS, OTHER)
                )
                told[role] = "/".join(both)
            app = self.apps[name]
            declared = access.access_of(app, rule.endpoint) or ""
            if getattr(app.view_functions[rule.endpoint], "_fresh", False):
                declared += " (fresh)"
            yield {
                "service": "account" if str(rule).startswith("/account") else name,
                "method": method,
                "route": str(rule),
                "rule": declared,
                **told,
            }

    def close(self) -> None:
        """Close every connection."""
        for database in self.databases:
            for opened in (database, getattr(database.context.get("vault"), "keys", None)):
                if opened is not None:
                    opened.dispose()
        self.keys.close()


def outcome(answer: TestResponse) -> str:
    """An answer in one word; `yes` means that rights stopped nothing."""
    if answer.status_code in (401, 403, 404):
        return str(answer.status_code)
    if answer.status_code >= 500:
        return f"fault {answer.status_code}"
    said = answer.json if answer.is_json else None
    is_empty = said == [] or (isinstance(said, dict) and said.get("items") == [])
    marks = (b" data-nothing>", b"<service_requests></service_requests>")
    if is_empty or any(mark in answer.data for mark in marks):  # how an empty list looks
        return "none"
    results = answer.json if answer.is_json and isinstance(answer.json, dict) else {}
    lines = results.get("lines", [])
    if lines and all(line.get("result") == "rejected" for line in lines):
        return "none"
    if answer.mimetype == "application/x-ndjson" and b'"status":403' in answer.data.replace(
        b" ", b""
    ):
        return "403"
    return "yes"


def golden() -> list[dict[str, str]]:
    """The reviewed matrix."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Write the matrix anew."""
    for name in [each for each in os.environ if each.startswith("RUECKHALT_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        with GOLDEN.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEAD, lineterminator="\n")
            writer.writeheader()
            writer.writerows(installation.rows())
        installation.close()


if __name__ == "__main__":
    main()
