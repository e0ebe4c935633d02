# SPDX-License-Identifier: EUPL-1.2
"""Signed-in people of the town, and what routing says about who is responsible."""

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event, Recipient
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.identity.accounts import handlers
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.intake.town import ARS
from tests.support import NOON

QUEUE = "intake.note-responsibility"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Person:
    """Somebody with an account, a session and, where the plan knows them, an id of the plan."""

    client: FlaskClient
    account: str

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=OWN_PAGE)

    def post(self, body: Any, path: str = "/v1/incidents") -> TestResponse:
        return self.client.post(path, json=body, headers=OWN_PAGE)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self.client.patch(path, json=body, headers=OWN_PAGE)

    def ids(self, query: str = "") -> list[str]:
        """The ids of the incidents in their list."""
        return [each["id"] for each in self.get(f"/v1/incidents{query}").json["items"]]

    def page(self, path: str) -> TestResponse:
        return self.client.get(path, headers=OWN_PAGE | {"Accept": "text/html"})

    def send(self, page: str, to: str = "", **fields: Any) -> TestResponse:
        """Open a page and send its form."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page(page).text)
        assert token is not None, page
        headers = OWN_PAGE | {"Accept": "text/html"}
        return self.client.post(
            to or page, data={"csrf_token": token[1], **fields}, headers=headers
        )


def signed_in(
    client: FlaskClient, keys: KeyStore, name: str, person: str | None, *held: tuple[str, str]
) -> Person:
    """A new account, already signed in."""
    database = keys.database.prepare()
    roles = held or (("responsible", ARS),)
    account = database.run(handlers.add_account, name, held=roles, person=person)
    token = database.run(sessions.begin_full, account.id, device="test")
    client.set_cookie("rueckhalt_session", token, domain="localhost")
    return Person(client, account.id)


def assigned(incident: str, *persons: str, version: int = 1, **more: Any) -> Event:
    """The first of these leads, the others are asked."""
    parts = ["lead", *["asked"] * (len(persons) - 1)]
    told = [Recipient(person=each, part=part) for each, part in zip(persons, parts, strict=False)]
    fields: dict[str, Any] = {
        "decision": "d-1",
        "plan_version": 1,
        "rule": "r",
        "tier": 2,
        "chain": "c",
        "step": 0,
        "recipients": tuple(told),
        "forms": ("threat",),
        "urgency": "u2",
        "take_over_by": NOON,
    }
    return contracts.ResponsibilityAssigned(**(_about(incident, version) | fields | more))


def escalated(incident: str, person: str, *, version: int, **more: Any) -> Event:
    """The next one of the chain."""
    fields: dict[str, Any] = {
        "step": 1,
        "round": 0,
        "recipients": (Recipient(person=person, part="lead"),),
        "urgency": "u2",
        "take_over_by": NOON,
        "cause": "nobody_took_over",
    }
    return contracts.ResponsibilityEscalated(**(_about(incident, version) | fields | more))


def taken_over(incident: str, person: str, *, version: int) -> Event:
    """Somebody said "Ich übernehme"."""
    about = _about(incident, version) | {"role": "ansprechstelle", "person": person}
    return contracts.ResponsibilityTakenOver(**about, taken_over_at=NOON, follow_up_by=NOON)


def changed(kind: str, incident: str, person: str | None, *, version: int) -> Event:
    """`Lapsed`, `HandedOver` or `Completed`."""
    about = _about(incident, version) | {"role": "ansprechstelle", "person": person, "at": NOON}
    made: Event = getattr(contracts, f"Responsibility{kind}")(**about)
    return made


def deliver(worker: Worker, *events: Event) -> None:
    """Let intake hear it."""
    for event in events:
        envelope = contracts.wrap(event, service="routing", id=uuid7(), time=NOON)
        worker.deliver(QUEUE, envelope)


def _about(incident: str, version: int) -> dict[str, Any]:
    return {"subject": incident, "municipality": ARS, "version": version, "assignment": "a-1"}
