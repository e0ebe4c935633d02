# SPDX-License-Identifier: EUPL-1.2
"""Bus in: every coded fact about an incident, its responsibility and its notices, in any order."""

from collections.abc import Callable
from functools import partial

from rueckhalt_reporting.facts import domain, handlers
from rueckhalt_reporting.facts.domain import Coding, Fact
from rueckhalt_reporting.facts.handlers import Noted
from rueckhalt_reporting.subscriptions import subscriptions
from rueckhalt_shared.contracts import (
    IncidentAmended,
    IncidentClosed,
    IncidentRegistered,
    NoticeDelivered,
    NoticeFailed,
    NoticeSent,
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
    ResponsibilityTakenOver,
)
from rueckhalt_shared.database import Transaction

QUEUE = "reporting.collect-facts"
_Change = Callable[[Fact], Fact]
_Told = (
    IncidentRegistered
    | IncidentAmended
    | IncidentClosed
    | ResponsibilityAssigned
    | ResponsibilityEscalated
    | ResponsibilityTakenOver
    | ResponsibilityLapsed
    | ResponsibilityHandedOver
    | ResponsibilityCompleted
    | NoticeSent
    | NoticeDelivered
    | NoticeFailed
)


@subscriptions.on(IncidentRegistered, queue=QUEUE)
def incident_registered(tx: Transaction, event: IncidentRegistered) -> None:
    """An incident counts from now on."""
    _note(tx, event, partial(_coded, event=event))


@subscriptions.on(IncidentAmended, queue=QUEUE)
def incident_amended(tx: Transaction, event: IncidentAmended) -> None:
    """Its codes were corrected; it counts even when this overtook the registration."""
    _note(tx, event, partial(_coded, event=event))


@subscriptions.on(IncidentClosed, queue=QUEUE)
def incident_closed(tx: Transaction, event: IncidentClosed) -> None:
    """It is over."""
    change = partial(
        domain.note_closed,
        reason=event.reason,
        feedback_given=event.feedback_given,
        version=event.version,
    )
    _note(tx, event, change)


@subscriptions.on(ResponsibilityAssigned, queue=QUEUE)
def responsibility_assigned(tx: Transaction, event: ResponsibilityAssigned) -> None:
    """Somebody is responsible."""
    change = partial(
        domain.note_assigned, urgency=event.urgency, at=event.at, version=event.version
    )
    _note(tx, event, change)


@subscriptions.on(ResponsibilityEscalated, queue=QUEUE)
def responsibility_escalated(tx: Transaction, event: ResponsibilityEscalated) -> None:
    """Nobody had taken over in time."""
    _note(tx, event, partial(domain.note_escalated, urgency=event.urgency, version=event.version))


@subscriptions.on(ResponsibilityTakenOver, queue=QUEUE)
def responsibility_taken_over(tx: Transaction, event: ResponsibilityTakenOver) -> None:
    """Somebody has taken over."""
    _note(tx, event, partial(domain.note_taken_over, at=event.taken_over_at, version=event.version))


@subscriptions.on(ResponsibilityLapsed, queue=QUEUE)
def responsibility_lapsed(tx: Transaction, event: ResponsibilityLapsed) -> None:
    """Nobody is responsible any more."""
    _note(tx, event, partial(domain.note_responsibility, state="lapsed", version=event.version))


@subscriptions.on(ResponsibilityHandedOver, queue=QUEUE)
def responsibility_handed_over(tx: Transaction, event: ResponsibilityHandedOver) -> None:
    """A partner has it now."""
    _note(
        tx, event, partial(domain.note_responsibility, state="handed_over", version=event.version)
    )


@subscriptions.on(ResponsibilityCompleted, queue=QUEUE)
def responsibility_completed(tx: Transaction, event: ResponsibilityCompleted) -> None:
    """Everything was done."""
    _note(tx, event, partial(domain.note_responsibility, state="completed", version=event.version))


@subscriptions.on(NoticeSent, queue=QUEUE)
def notice_sent(tx: Transaction, event: NoticeSent) -> None:
    """A server took the notice."""
    _note(tx, event, partial(domain.note_notice, outcome="sent"))


@subscriptions.on(NoticeDelivered, queue=QUEUE)
def notice_delivered(tx: Transaction, event: NoticeDelivered) -> None:
    """A receipt came."""
    _note(tx, event, partial(domain.note_notice, outcome="delivered"))


@subscriptions.on(NoticeFailed, queue=QUEUE)
def notice_failed(tx: Transaction, event: NoticeFailed) -> None:
    """The notice reached nobody; only the final failure says so."""
    _note(tx, event, partial(domain.note_notice, outcome="failed" if event.final else "none"))


def _note(tx: Transaction, event: _Told, change: _Change) -> None:
    noted = Noted(event.subject, event.municipality, change)
    handlers.note(tx, noted, mode=event.mode)


def _coded(fact: Fact, event: IncidentRegistered | IncidentAmended) -> Fact:
    fact = domain.note_registered(fact, registered_at=event.registered_at, imported=event.imported)
    return domain.note_coding(fact, _coding(event), version=event.version)


def _coding(event: IncidentRegistered | IncidentAmended) -> Coding:
    return Coding(
        forms=tuple(event.forms),
        channel=event.channel,
        place=event.place,
        affected_groups=tuple(event.affected_groups),
        relation=event.relation,
        motives=tuple(event.motives_perceived),
        severity=domain.UNKNOWN if event.severity is None else str(event.severity),
        danger_level=event.danger_level,
        unit=event.unit,
        cluster=event.cluster,
        reporter_kind=event.reporter_kind,
    )
