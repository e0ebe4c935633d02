# SPDX-License-Identifier: EUPL-1.2
"""Musterstadt as notify knows it: persons, their events, and a mailer that follows a script."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from rueckhalt_notify.delivery.domain import Answer, Kind, Stage
from rueckhalt_notify.delivery.letter import Letter
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Recipient
from rueckhalt_shared.contracts.ids import partner_id, person_id
from tests.support import NOON

TOWN = "160770999999"
NEIGHBOUR = "160770888888"
ANNA = person_id(TOWN, "anna.aydin")
LARS = person_id(TOWN, "lars.lind")
GRETA = person_id(TOWN, "greta.gross")
NOBODY = person_id(TOWN, "ohne.adresse")
PAULA = person_id(NEIGHBOUR, "paula.park")
POLICE = partner_id(TOWN, "polizei.musterstadt")
INCIDENT = "0198a000-0000-7000-8000-000000000001"
ASSIGNMENT = "0198a000-0000-7000-8000-00000000000a"
QUEUE = "notify.send-notices"

CONTACTS = """person;partner;channel;address;language;rank
anna.aydin;;mail;anna.aydin@musterstadt.example;de;0
anna.aydin;;mail;anna.zweit@musterstadt.example;de;1
lars.lind;;mail;lars.lind@musterstadt.example;en;0
greta.gross;;mail;greta.gross@musterstadt.example;de;0
;polizei.musterstadt;mail;polizei.musterstadt@musterstadt.example;de;0
"""

ACCEPTED = Answer(Stage.END, code=250, text="2.0.0 queued")
UNKNOWN_MAILBOX = Answer(Stage.RCPT, code=550, text="5.1.1 no such user")
MAILBOX_FULL = Answer(Stage.RCPT, code=452, text="4.2.2 mailbox full")
GREYLISTED = Answer(Stage.RCPT, code=451, text="4.7.1 greylisted, come back")
POLICY = Answer(Stage.END, code=550, text="5.7.1 rejected as spam")
BAD_FORM = Answer(Stage.END, code=554, text="5.6.0 bad message content")
DROPPED = Answer(Stage.END, Kind.DROPPED)
REFUSED = Answer(Stage.OPEN, Kind.REFUSED)


def lead(person: str = ANNA) -> Recipient:
    return Recipient(person=person, part="lead")


def told(person: str) -> Recipient:
    return Recipient(person=person, part="told")


def assigned(*recipients: Recipient, **given: Any) -> contracts.ResponsibilityAssigned:
    values: dict[str, Any] = {
        "subject": INCIDENT,
        "municipality": TOWN,
        "version": 1,
        "mode": "live",
        "assignment": ASSIGNMENT,
        "decision": "0198a000-0000-7000-8000-00000000000d",
        "plan_version": 1,
        "rule": "r1",
        "tier": 2,
        "chain": "standard",
        "step": 0,
        "recipients": recipients or (lead(),),
        "forms": ("threat",),
        "urgency": "u1",
        "take_over_by": NOON + timedelta(hours=2),
    }
    return contracts.ResponsibilityAssigned(**values | given)


def escalated(*recipients: Recipient, **given: Any) -> contracts.ResponsibilityEscalated:
    values: dict[str, Any] = {
        "subject": INCIDENT,
        "municipality": TOWN,
        "version": 2,
        "mode": "live",
        "assignment": ASSIGNMENT,
        "step": 1,
        "round": 0,
        "recipients": recipients or (lead(LARS),),
        "urgency": "u1",
        "take_over_by": NOON + timedelta(hours=4),
        "cause": "nobody_took_over",
    }
    return contracts.ResponsibilityEscalated(**values | given)


def taken_over(person: str = ANNA, **given: Any) -> contracts.ResponsibilityTakenOver:
    values: dict[str, Any] = {
        "subject": INCIDENT,
        "municipality": TOWN,
        "version": 5,
        "mode": "live",
        "assignment": ASSIGNMENT,
        "role": "ansprechstelle",
        "person": person,
        "taken_over_at": NOON,
        "follow_up_by": NOON + timedelta(days=1),
    }
    return contracts.ResponsibilityTakenOver(**values | given)


def changed(kind: type[Any], **given: Any) -> Any:
    values: dict[str, Any] = {
        "subject": INCIDENT,
        "municipality": TOWN,
        "version": 6,
        "mode": "live",
        "assignment": ASSIGNMENT,
        "role": "ansprechstelle",
        "person": ANNA,
        "at": NOON,
    }
    return kind(**values | given)


def registered(**given: Any) -> contracts.IncidentRegistered:
    values: dict[str, Any] = {
        "subject": INCIDENT,
        "municipality": TOWN,
        "version": 1,
        "mode": "live",
        "registered_at": NOON,
        "forms": ("threat",),
        "channel": "in_person",
        "place": "office_front",
        "affected_groups": ("staff_front",),
        "relation": "citizen",
        "motives_perceived": (),
        "severity": 2,
        "severity_derived": False,
        "danger_level": "high",
        "danger": ("concrete_threat",),
        "wishes": (),
        "unit": "buergeramt",
        "cluster": "unknown",
        "reporter_role": "affected",
        "reporter_kind": "person",
        "sender": "fachverfahren",
        "excluded": (),
        "exclude_supervisor": False,
        "imported": False,
    }
    return contracts.IncidentRegistered(**values | given)


class ScriptedMailer:
    """Answers from a script, then accepts everything; remembers every letter it was given."""

    name = "scripted"

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.letters: list[Letter] = []
        self.down: Answer | None = None
        self.meanwhile: Callable[[], object] | None = None  # what happens while it sends

    def open(self) -> Answer | None:
        return self.down

    def send(self, letter: Letter) -> Answer:
        self.letters.append(letter)
        if self.meanwhile is not None:
            self.meanwhile()
        return self.script.pop(0) if self.script else ACCEPTED

    def rest(self) -> None: ...

    def close(self) -> None: ...

    def addresses(self) -> list[str]:
        return [letter.to.partition("@")[0] for letter in self.letters]


def kinds(envelopes: Sequence[dict[str, Any]]) -> list[str]:
    """The types without their frame: `notice.sent`."""
    return [each["type"].removeprefix("de.rueckhalt.").removesuffix(".v1") for each in envelopes]


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)
