# SPDX-License-Identifier: EUPL-1.2
"""Musterstadt's routing in the hand of a test: report, wait, answer, look at what was said."""

from datetime import datetime
from typing import Any

from rueckhalt_routing.assignments import auditing, store
from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_routing.assignments.falling_due import step_due
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.subscriptions import subscriptions
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_routing.timers.running import run_due
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event, ids
from rueckhalt_shared.database import Database
from rueckhalt_shared.worker import Worker
from tests.support import NOON, FakeClock, outbox

ARS = "160770999999"
PREFIX = "de.rueckhalt."


def person(key: str, municipality: str = ARS) -> str:
    """The id of somebody of Musterstadt."""
    return ids.person_id(municipality, key)


def partner(key: str) -> str:
    """The id of a partner of Musterstadt."""
    return ids.partner_id(ARS, key)


def facts(**changes: Any) -> dict[str, Any]:
    """An insult at the counter, or what the test makes of it."""
    return {
        "municipality": ARS,
        "version": 1,
        "registered_at": NOON,
        "forms": ("insult",),
        "affected_groups": ("staff_front",),
        "severity": 1,
        "danger_level": "normal",
        "unit": "buergeramt",
        "sender": "form",
        **changes,
    }


class Town:
    """One routing service without bus and without threads."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.worker = Worker(
            service="routing",
            database=database,
            bus_url="rkbus:////nowhere",
            subscriptions=subscriptions,
            deployed=frozenset({"routing"}),
        )

    def publish_plan(self, text: str | None = None) -> None:
        """Publish this plan, or Musterstadt's."""
        draft = plans.draft_of(text or sample_plan())
        self.database.run(plans.publish, draft, author="test")

    def report(self, **changes: Any) -> Assignment:
        """Report an incident; answers its assignment."""
        incident = changes.pop("subject", None) or ids.uuid7()
        self.hear(contracts.IncidentRegistered(subject=incident, **facts(**changes)))
        return self.assignment(incident)

    def amend(self, incident: str, version: int = 2, **changes: Any) -> Assignment:
        """Correct an incident; answers its assignment."""
        given = facts(**changes) | {"version": version}
        self.hear(contracts.IncidentAmended(subject=incident, **given))
        return self.assignment(incident)

    def close(self, incident: str, version: int = 9, municipality: str = ARS) -> Assignment:
        """Close an incident; answers its assignment."""
        self.hear(
            contracts.IncidentClosed(
                subject=incident,
                municipality=municipality,
                version=version,
                closed_at=self.clock.now,
            )
        )
        return self.assignment(incident)

    def answer(
        self, assignment: Assignment, key: str, verb: str, *, municipality: str = ARS
    ) -> Assignment:
        """Somebody answers a notice."""
        self.hear(
            contracts.NoticeAnswered(
                subject=assignment.incident_id,
                municipality=municipality,
                version=1,
                notice=ids.uuid7(),
                assignment=assignment.id,
                person=person(key),
                verb=verb,
                at=self.clock.now,
            )
        )
        return self.assignment(assignment.incident_id)

    def fail(self, assignment: Assignment, key: str, **changes: Any) -> Assignment:
        """A notice to somebody has failed for good, and no contact is left."""
        given: dict[str, Any] = {
            "municipality": ARS,
            "final": True,
            "contacts_left": 0,
            "failure": "contact_dead",
        } | changes
        self.hear(
            contracts.NoticeFailed(
                subject=assignment.incident_id,
                version=1,
                notice=ids.uuid7(),
                assignment=assignment.id,
                person=person(key),
                channel="mail",
                **given,
            )
        )
        return self.assignment(assignment.incident_id)

    def hear(self, event: Event) -> None:
        """Bring an event as the bus would."""
        service = sorted(type(event).producers)[0]
        envelope = contracts.wrap(event, service=service, id=ids.uuid7(), time=self.clock.now)
        for queue in subscriptions.queues_of(type(event).type):
            self.worker.deliver(queue, envelope)

    def assignment(self, incident: str) -> Assignment:
        """The assignment of an incident as it is now."""
        found = self.database.read(store.find, incident)
        assert found is not None
        return found

    def pass_(self, **span: float) -> datetime:
        """Let time pass and do what is due, as often as something is."""
        now = self.clock.pass_(**span)
        self.run_timers()
        return now

    def run_timers(self) -> None:
        """Do what is due now."""
        while run_due(self.database, {ESCALATE: step_due}):
            pass

    def audit(self) -> None:
        """Run the auditor once."""
        auditing.audit(self.database)

    def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything published, as short type and data."""
        return [
            (envelope["type"].removeprefix(PREFIX).removesuffix(".v1"), envelope["data"])
            for envelope in outbox(self.database)
        ]

    def said_with_subjects(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Everything published, as short type, subject and data."""
        return [
            (each["type"].removeprefix(PREFIX).removesuffix(".v1"), each["subject"], each["data"])
            for each in outbox(self.database)
        ]

    def said_types(self) -> list[str]:
        """The short types of everything published."""
        return [type for type, _ in self.said()]
