# SPDX-License-Identifier: EUPL-1.2
"""Bus in: incidents, answers to notices, notices that failed."""

from rueckhalt_routing.assignments import answers, handlers, reminding
from rueckhalt_routing.assignments.cases import Case, bias_of
from rueckhalt_routing.subscriptions import subscriptions
from rueckhalt_shared.contracts import (
    DeadlineApproaching,
    IncidentAmended,
    IncidentClosed,
    IncidentRegistered,
    MessageReceived,
    NoticeAnswered,
    NoticeFailed,
    codes,
)
from rueckhalt_shared.database import Transaction

_FROM_REPORTER = "from_reporter"


@subscriptions.on(IncidentRegistered, queue="routing.assign-incidents")
def incident_registered(tx: Transaction, event: IncidentRegistered) -> None:
    """An incident needs somebody who is responsible."""
    handlers.assign(
        tx,
        event.subject,
        case_of(event),
        version=event.version,
        mode=_mode(event.mode),
        imported=event.imported,
    )


@subscriptions.on(IncidentAmended, queue="routing.assign-incidents")
def incident_amended(tx: Transaction, event: IncidentAmended) -> None:
    """Corrected facts may mean somebody else, or more haste."""
    handlers.amend(tx, event.subject, case_of(event), version=event.version)


@subscriptions.on(IncidentClosed, queue="routing.assign-incidents")
def incident_closed(tx: Transaction, event: IncidentClosed) -> None:
    """Nothing is left to do."""
    handlers.close(tx, event.subject, municipality=event.municipality, version=event.version)


@subscriptions.on(DeadlineApproaching, queue="routing.remind-of-deadlines")
def deadline_approaching(tx: Transaction, event: DeadlineApproaching) -> None:
    """Intake names roles, the plan knows who holds them."""
    reminding.remind_of_deadline(
        tx,
        event.subject,
        event.recipients,
        municipality=event.municipality,
        until=event.safe_until,
    )


@subscriptions.on(MessageReceived, queue="routing.tell-of-messages")
def message_received(tx: Transaction, event: MessageReceived) -> None:
    """Whoever reported has written; what staff wrote themselves they know."""
    if event.direction == _FROM_REPORTER:
        where = event.municipality
        reminding.tell_of_message(tx, event.subject, municipality=where, at=event.at)


@subscriptions.on(NoticeAnswered, queue="routing.note-answers")
def notice_answered(tx: Transaction, event: NoticeAnswered) -> None:
    """Somebody has answered by the link of a notice."""
    answers.note_answer(
        tx, event.assignment, event.person, event.verb, municipality=event.municipality
    )


@subscriptions.on(NoticeFailed, queue="routing.note-failures")
def notice_failed(tx: Transaction, event: NoticeFailed) -> None:
    """A notice did not go through; it matters when no other way to the person is left."""
    if event.final and event.contacts_left == 0 and event.assignment is not None:
        recipient = event.person or event.partner
        answers.note_unreachable(tx, event.assignment, recipient, municipality=event.municipality)


def _mode(mode: str) -> str:
    """Only routing itself makes drills: what calls itself one from outside is a test."""
    return "test" if mode == "drill" else mode


def case_of(event: IncidentRegistered | IncidentAmended) -> Case:
    """The coded facts routing needs, out of the event."""
    motives = set(event.motives_perceived)
    if isinstance(event, IncidentAmended):
        motives |= set(event.motives_assessed or ())
    return Case(
        municipality=event.municipality,
        registered_at=event.registered_at,
        forms=event.forms,
        affected_groups=event.affected_groups,
        relation=event.relation,
        bias=bias_of(motives, codes.BIAS_MOTIVES),
        severity=event.severity,
        danger_level=event.danger_level,
        wishes=event.wishes,
        unit=event.unit,
        excluded=frozenset(event.excluded),
        exclude_supervisor=event.exclude_supervisor or "exclude_supervisor" in event.wishes,
        excluded_unit=event.excluded_unit,
    )
