# SPDX-License-Identifier: EUPL-1.2
"""Every type there is. A type that is not listed here can be neither said nor heard."""

from rueckhalt_shared.contracts import (
    audit,
    contact,
    deadline,
    drill,
    duty,
    incident,
    ledger,
    message,
    notice,
    person,
    plan,
    responsibility,
    summary,
)
from rueckhalt_shared.contracts.envelope import routing_key_of
from rueckhalt_shared.contracts.event import Event

EVENTS: tuple[type[Event], ...] = (
    incident.IncidentRegistered,
    incident.IncidentAmended,
    incident.IncidentClosed,
    incident.IncidentErasureOrdered,
    incident.IncidentHoldChanged,
    message.MessageReceived,
    deadline.DeadlineApproaching,
    responsibility.ResponsibilityAssigned,
    responsibility.ResponsibilityEscalated,
    responsibility.ResponsibilityTakenOver,
    responsibility.ResponsibilityLapsed,
    responsibility.ResponsibilityHandedOver,
    responsibility.ResponsibilityCompleted,
    responsibility.ResponsibilityOffered,
    responsibility.ResponsibilityReminded,
    plan.PlanPublished,
    plan.PlanProved,
    plan.PlanGapFound,
    plan.PlanGapClosed,
    drill.DrillStarted,
    drill.DrillFinished,
    duty.SwapChanged,
    person.PersonDeactivated,
    notice.NoticeSent,
    notice.NoticeDelivered,
    notice.NoticeFailed,
    notice.NoticeAnswered,
    contact.ContactReachabilityChanged,
    contact.ReachabilityConfirmed,
    contact.ChannelChanged,
    summary.SummaryReleased,
    incident.IncidentErased,
    audit.AuditHeadStated,
    audit.AuditHeadPosted,
    ledger.LedgerStated,
    ledger.ResendRequested,
)

TYPES: dict[str, type[Event]] = {event.type: event for event in EVENTS}


def routing_key(event_class: type[Event]) -> str:
    """`incident.registered.v1` for `IncidentRegistered`."""
    return routing_key_of(event_class.type)
