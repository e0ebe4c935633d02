# SPDX-License-Identifier: EUPL-1.2
"""Bus in: who has an incident. Queue names are spelled out: they are an API."""

from typing import Any

from rueckhalt_intake.grants.domain import PARTS, Fact
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
DECLINED = "declined"


@subscriptions.on(ResponsibilityAssigned, queue=QUEUE)
def responsibility_assigned(tx: Transaction, event: ResponsibilityAssigned) -> None:
    """Somebody is responsible now, in the named role; nobody else has it any more."""
    access = _access(event, *_reading(event), excluded=event.excluded, urgency=event.urgency)
    told = {"take_over_by": event.take_over_by, "held_until": event.held_until}
    _note(tx, event, "assigned", access, **_lead(event), **told, stand_in=event.stand_in)


@subscriptions.on(ResponsibilityEscalated, queue=QUEUE)
def responsibility_escalated(tx: Transaction, event: ResponsibilityEscalated) -> None:
    """Nobody took over in time; the next one was told.

    Who was asked before may still take over, and look into it before, unless somebody declined.
    """
    told = {"replaces": event.cause == DECLINED, "urgency": event.urgency}
    access = _access(event, *_reading(event), **told)
    _note(tx, event, "escalated", access, **_lead(event), take_over_by=event.take_over_by)


@subscriptions.on(ResponsibilityTakenOver, queue=QUEUE)
def responsibility_taken_over(tx: Transaction, event: ResponsibilityTakenOver) -> None:
    """Somebody said "Ich übernehme"."""
    _note(
        tx,
        event,
        "taken_over",
        _access(event, event.person),
        role=event.role,
        person=event.person,
        next_due_at=event.follow_up_by,
    )


@subscriptions.on(ResponsibilityLapsed, queue=QUEUE)
def responsibility_lapsed(tx: Transaction, event: ResponsibilityLapsed) -> None:
    """Who had taken over has it no longer."""
    _note(
        tx,
        event,
        "lapsed",
        _access(event),
        role=event.role,
        person=event.person,
        partner=event.partner,
        next_due_at=event.next_due_at,
    )


@subscriptions.on(ResponsibilityHandedOver, queue=QUEUE)
def responsibility_handed_over(tx: Transaction, event: ResponsibilityHandedOver) -> None:
    """Another person or a partner has it now."""
    _noted(tx, event, "handed_over")


@subscriptions.on(ResponsibilityCompleted, queue=QUEUE)
def responsibility_completed(tx: Transaction, event: ResponsibilityCompleted) -> None:
    """What was to be done is done."""
    _noted(tx, event, "completed")


def _noted(
    tx: Transaction, event: ResponsibilityHandedOver | ResponsibilityCompleted, state: str
) -> None:
    who = {"role": event.role, "person": event.person, "partner": event.partner}
    _note(tx, event, state, _access(event, event.person), **who, next_due_at=event.next_due_at)


def _note(tx: Transaction, event: Any, state: str, access: Fact, **told: Any) -> None:
    fact = Responsibility(state=state, version=event.version, at=event.at or tx.now, **told)
    handlers.note_responsibility(tx, event.subject, fact, access, municipality=event.municipality)


def _access(event: Any, *persons: str | None, **more: Any) -> Fact:
    """Who may open the incident from this event on."""
    named = tuple(dict.fromkeys(person for person in persons if person))
    return Fact(version=event.version, persons=named, assignment=event.assignment, **more)


def _reading(event: ResponsibilityAssigned | ResponsibilityEscalated) -> list[str | None]:
    return [each.person for each in event.recipients if each.part in PARTS]


def _lead(event: ResponsibilityAssigned | ResponsibilityEscalated) -> dict[str, str | None]:
    lead = next((each for each in event.recipients if each.part == "lead"), None)
    who = {"person": lead.person, "partner": lead.partner} if lead else {}
    return {"role": event.role} | who
