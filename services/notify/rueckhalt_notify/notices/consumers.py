# SPDX-License-Identifier: EUPL-1.2
"""The events whose recipients must be told."""

from collections.abc import Iterable
from typing import Any

from rueckhalt_notify.contacts.domain import Owner
from rueckhalt_notify.notices import handlers
from rueckhalt_notify.notices.handlers import Asking, Recipient
from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import (
    IncidentClosed,
    IncidentRegistered,
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
    ResponsibilityTakenOver,
)
from rueckhalt_shared.database import Transaction

QUEUE = "notify.send-notices"


@subscriptions.on(ResponsibilityAssigned, queue=QUEUE)
def responsibility_assigned(tx: Transaction, event: ResponsibilityAssigned) -> None:
    """Ask whoever leads, tell the others."""
    asking = _asking(
        tx,
        event,
        step=event.step,
        urgency=event.urgency,
        take_over_by=event.take_over_by,
        recipients=_recipients(event.recipients),
        excluded=event.excluded,
    )
    handlers.ask(tx, asking)


@subscriptions.on(ResponsibilityEscalated, queue=QUEUE)
def responsibility_escalated(tx: Transaction, event: ResponsibilityEscalated) -> None:
    """Ask the next step."""
    asking = _asking(
        tx,
        event,
        step=event.step,
        round=event.round,
        urgency=event.urgency,
        take_over_by=event.take_over_by,
        recipients=_recipients(event.recipients),
    )
    handlers.ask(tx, asking)


@subscriptions.on(ResponsibilityTakenOver, queue=QUEUE)
def responsibility_taken_over(tx: Transaction, event: ResponsibilityTakenOver) -> None:
    """Nobody else needs to."""
    handlers.note_taken_over(tx, _asking(tx, event), person=event.person)


@subscriptions.on(ResponsibilityLapsed, queue=QUEUE)
def responsibility_lapsed(tx: Transaction, event: ResponsibilityLapsed) -> None:
    """The taker has fallen silent."""
    handlers.note_lapsed(tx, _asking(tx, event))


@subscriptions.on(ResponsibilityHandedOver, queue=QUEUE)
def responsibility_handed_over(tx: Transaction, event: ResponsibilityHandedOver) -> None:
    """Somebody else has it now."""
    owner = _owner(event.person, event.partner)
    recipients = (Recipient(owner=owner, part="told"),) if owner else ()
    handlers.note_handed_over(tx, _asking(tx, event, recipients=recipients))


@subscriptions.on(ResponsibilityCompleted, queue=QUEUE)
def responsibility_completed(tx: Transaction, event: ResponsibilityCompleted) -> None:
    """Nothing is asked any more."""
    handlers.note_completed(tx, _asking(tx, event))


@subscriptions.on(IncidentClosed, queue=QUEUE)
def incident_closed(tx: Transaction, event: IncidentClosed) -> None:
    """Nothing is asked any more."""
    handlers.note_closed(tx, event.subject, municipality=event.municipality)


@subscriptions.on(IncidentRegistered, queue="notify.announce-incidents")
def incident_registered(tx: Transaction, event: IncidentRegistered) -> None:
    """Only where routing is not deployed: tell the configured addresses. Imports are history."""
    if not event.imported:
        handlers.announce(tx, _asking(tx, event, excluded=event.excluded))


def _asking(tx: Transaction, event: Any, **given: Any) -> Asking:
    return Asking(
        source_event=event.event_id,
        subject=event.subject,
        municipality=event.municipality,
        mode=event.mode,
        asked_at=event.at or tx.now,
        version=event.version,
        assignment=getattr(event, "assignment", None),
        **given,
    )


def _recipients(recipients: Iterable[contracts.Recipient]) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(owner=owner, part=each.part)
        for each in recipients
        if (owner := _owner(each.person, each.partner)) is not None
    )


def _owner(person: str | None, partner: str | None) -> Owner | None:
    if person:
        return Owner(kind="person", id=person)
    return Owner(kind="partner", id=partner) if partner else None
