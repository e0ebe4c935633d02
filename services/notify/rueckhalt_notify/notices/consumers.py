# SPDX-License-Identifier: EUPL-1.2
"""The events whose recipients must be told."""

from collections.abc import Iterable
from typing import Any

from rueckhalt_notify.contacts.domain import Owner
from rueckhalt_notify.notices import handlers
from rueckhalt_notify.notices.domain import OPEN_SWAPS, SWAPS
from rueckhalt_notify.notices.handlers import Asking, Recipient
from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import (
    DeadlineApproaching,
    IncidentClosed,
    IncidentRegistered,
    MessageReceived,
    PlanGapClosed,
    PlanGapFound,
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
    ResponsibilityOffered,
    ResponsibilityReminded,
    ResponsibilityTakenOver,
    SwapChanged,
)
from rueckhalt_shared.database import Transaction

QUEUE = "notify.send-notices"
_DEADLINE, _MESSAGE = "deadline", "message"
_FROM_REPORTER = "from_reporter"
_A_MINUTE = 60


@subscriptions.on(ResponsibilityAssigned, queue=QUEUE)
def responsibility_assigned(tx: Transaction, event: ResponsibilityAssigned) -> None:
    """Ask whoever leads, tell the others."""
    asking = _asking(
        tx,
        event,
        step=event.step,
        round=-event.version if event.version > 1 else 0,  # a new decision asks anew
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


@subscriptions.on(ResponsibilityOffered, queue=QUEUE)
def responsibility_offered(tx: Transaction, event: ResponsibilityOffered) -> None:
    """Somebody is asked whether they take it from whoever has it."""
    told = {"urgency": event.urgency, "take_over_by": event.answer_by}
    handlers.ask(tx, _word(tx, event, part="asked", purpose="offer", **told))


@subscriptions.on(ResponsibilityReminded, queue=QUEUE)
def responsibility_reminded(tx: Transaction, event: ResponsibilityReminded) -> None:
    """Whoever has it reads that something is due; of a deadline also its day."""
    if event.reminder == _DEADLINE:
        until = {"purpose": _DEADLINE, "take_over_by": event.due_at}
        handlers.ask(tx, _word(tx, event, part="told", **until))
    elif event.reminder == _MESSAGE:
        handlers.tell_impartial(tx, _word(tx, event, part="told", purpose=_MESSAGE))
    else:
        handlers.ask(tx, _word(tx, event, part="told", purpose="remind"))


@subscriptions.on(ResponsibilityCompleted, queue=QUEUE)
def responsibility_completed(tx: Transaction, event: ResponsibilityCompleted) -> None:
    """Nothing is asked any more."""
    handlers.note_completed(tx, _asking(tx, event))


@subscriptions.on(IncidentClosed, queue=QUEUE)
def incident_closed(tx: Transaction, event: IncidentClosed) -> None:
    """Nothing is asked any more."""
    handlers.note_closed(tx, event.subject, municipality=event.municipality)


@subscriptions.on(PlanGapFound, queue=QUEUE)
def plan_gap_found(tx: Transaction, event: PlanGapFound) -> None:
    """Whoever keeps the plan is told, and again each time the gap draws nearer."""
    handlers.tell(tx, _of_the_house(tx, event, purpose="plan_gap"))


@subscriptions.on(PlanGapClosed, queue=QUEUE)
def plan_gap_closed(tx: Transaction, event: PlanGapClosed) -> None:
    """What was still to be said about the gap is not said any more."""
    handlers.forget_subject(tx, event.subject, municipality=event.municipality)


@subscriptions.on(SwapChanged, queue=QUEUE)
def swap_changed(tx: Transaction, event: SwapChanged) -> None:
    """Whoever is asked to swap a duty, or waits for the answer, is told what became of it."""
    if event.state not in OPEN_SWAPS:  # nobody is asked any more for what is settled
        handlers.forget_subject(tx, event.subject, municipality=event.municipality)
    if (purpose := SWAPS.get(event.state)) is not None:  # a state of later on has no words yet
        handlers.tell(tx, _of_the_house(tx, event, purpose=purpose))


@subscriptions.on(IncidentRegistered, queue="notify.announce-incidents")
def incident_registered(tx: Transaction, event: IncidentRegistered) -> None:
    """Only where routing is not deployed: tell the configured addresses. Imports are history."""
    if not event.imported:
        handlers.announce(tx, _asking(tx, event, excluded=event.excluded))


@subscriptions.on(DeadlineApproaching, queue="notify.announce-incidents")
def deadline_approaching(tx: Transaction, event: DeadlineApproaching) -> None:
    """Only where routing is not deployed: the configured addresses hear of the day."""
    handlers.announce(tx, _asking(tx, event, purpose=_DEADLINE, round=event.days_left))


@subscriptions.on(MessageReceived, queue="notify.announce-incidents")
def message_received(tx: Transaction, event: MessageReceived) -> None:
    """Only where routing is not deployed: the configured addresses hear that somebody wrote."""
    if event.direction == _FROM_REPORTER:
        minute = int(event.at.timestamp()) // _A_MINUTE
        handlers.announce(tx, _asking(tx, event, purpose=_MESSAGE, round=minute))


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


def _of_the_house(tx: Transaction, event: PlanGapFound | SwapChanged, *, purpose: str) -> Asking:
    """A word about plan and duties, which have no mode of their own; each event is one."""
    return Asking(
        source_event=event.event_id,
        subject=event.subject,
        municipality=event.municipality,
        mode="demo" if handlers.policy(tx).is_demo else "live",
        asked_at=event.at or tx.now,
        round=event.version,
        purpose=purpose,
        urgency="u1",
        recipients=_recipients(event.recipients),
    )


def _word(tx: Transaction, event: Any, *, part: str, **given: Any) -> Asking:
    """To the one person or partner an event names; each event is a word of its own."""
    owner = _owner(event.person, event.partner)
    recipients = (Recipient(owner=owner, part=part),) if owner else ()
    return _asking(tx, event, round=event.version, recipients=recipients, **given)


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
