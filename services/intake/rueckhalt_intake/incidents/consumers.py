# SPDX-License-Identifier: EUPL-1.2
"""Bus in: who has an incident. Queue names are spelled out: they are an API."""

from typing import Any

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import Responsibility
from rueckhalt_intake.subscriptions import subscriptions
from rueckhalt_shared.contracts import (
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
    ResponsibilityTakenOver,
)
from rueckhalt_shared.database import Transaction

QUEUE = "intake.note-responsibility"


@subscriptions.on(ResponsibilityAssigned, queue=QUEUE)
def responsibility_assigned(tx: Transaction, event: ResponsibilityAssigned) -> None:
    """Somebody is responsible now, in the named role."""
    _note(tx, event, "assigned", **_lead(event), take_over_by=event.take_over_by)


@subscriptions.on(ResponsibilityEscalated, queue=QUEUE)
def responsibility_escalated(tx: Transaction, event: ResponsibilityEscalated) -> None:
    """Nobody took over in time; the next one was told."""
    _note(tx, event, "escalated", **_lead(event), take_over_by=event.take_over_by)


@subscriptions.on(ResponsibilityTakenOver, queue=QUEUE)
def responsibility_taken_over(tx: Transaction, event: ResponsibilityTakenOver) -> None:
    """Somebody said "Ich übernehme"."""
    _note(
        tx,
        event,
        "taken_over",
        role=event.role,
        person=event.person,
        next_due_at=event.follow_up_by,
    )


@subscriptions.on(ResponsibilityLapsed, queue=QUEUE)
def responsibility_lapsed(tx: Transaction, event: ResponsibilityLapsed) -> None:
    """Who had taken over did not follow up."""
    _noted(tx, event, "lapsed")


@subscriptions.on(ResponsibilityHandedOver, queue=QUEUE)
def responsibility_handed_over(tx: Transaction, event: ResponsibilityHandedOver) -> None:
    """Another person or a partner has it now."""
    _noted(tx, event, "handed_over")


@subscriptions.on(ResponsibilityCompleted, queue=QUEUE)
def responsibility_completed(tx: Transaction, event: ResponsibilityCompleted) -> None:
    """What was to be done is done."""
    _noted(tx, event, "completed")


def _noted(
    tx: Transaction,
    event: ResponsibilityLapsed | ResponsibilityHandedOver | ResponsibilityCompleted,
    state: str,
) -> None:
    who = {"role": event.role, "person": event.person, "partner": event.partner}
    _note(tx, event, state, **who, next_due_at=event.next_due_at)


def _note(tx: Transaction, event: Any, state: str, **told: Any) -> None:
    fact = Responsibility(state=state, version=event.version, at=event.at or tx.now, **told)
    handlers.note_responsibility(tx, event.subject, fact, municipality=event.municipality)


def _lead(event: ResponsibilityAssigned | ResponsibilityEscalated) -> dict[str, str | None]:
    lead = next((each for each in event.recipients if each.part == "lead"), None)
    who = {"person": lead.person, "partner": lead.partner} if lead else {}
    return {"role": event.role} | who
