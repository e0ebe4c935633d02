# SPDX-License-Identifier: EUPL-1.2
"""The published language: events, envelope, code lists, regional keys, queues.

Needs marshmallow and nothing else, so that a municipality's own system can use it alone.
"""

from rueckhalt_shared.contracts import codes, ids, region, topology
from rueckhalt_shared.contracts.audit import AuditHeadPosted, AuditHeadStated
from rueckhalt_shared.contracts.contact import (
    ChannelChanged,
    ContactReachabilityChanged,
    ReachabilityConfirmed,
)
from rueckhalt_shared.contracts.deadline import DeadlineApproaching
from rueckhalt_shared.contracts.drill import DrillFinished, DrillStarted
from rueckhalt_shared.contracts.duty import SwapChanged
from rueckhalt_shared.contracts.envelope import PREFIX, Envelope, routing_key_of
from rueckhalt_shared.contracts.errors import Fault, InvalidEvent, UnknownType, Unreadable
from rueckhalt_shared.contracts.event import INSTALLATION, Event, Recipient
from rueckhalt_shared.contracts.grading import (
    danger_level,
    derived_severity,
    leading_form,
    severity_of,
)
from rueckhalt_shared.contracts.incident import (
    IncidentAmended,
    IncidentClosed,
    IncidentErased,
    IncidentErasureOrdered,
    IncidentHoldChanged,
    IncidentRegistered,
)
from rueckhalt_shared.contracts.ledger import LedgerStated, ResendRequested, Statement
from rueckhalt_shared.contracts.message import MessageReceived
from rueckhalt_shared.contracts.notice import (
    NoticeAnswered,
    NoticeDelivered,
    NoticeFailed,
    NoticeSent,
)
from rueckhalt_shared.contracts.person import PersonDeactivated
from rueckhalt_shared.contracts.plan import PlanGapClosed, PlanGapFound, PlanProved, PlanPublished
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.contracts.registry import EVENTS, TYPES, routing_key
from rueckhalt_shared.contracts.responsibility import (
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
    ResponsibilityOffered,
    ResponsibilityReminded,
    ResponsibilityTakenOver,
)
from rueckhalt_shared.contracts.summary import SummaryReleased
from rueckhalt_shared.contracts.wrapping import cleaned, unwrap, wrap

__all__ = [
    "EVENTS",
    "INSTALLATION",
    "PREFIX",
    "TYPES",
    "AuditHeadPosted",
    "AuditHeadStated",
    "ChannelChanged",
    "ContactReachabilityChanged",
    "DeadlineApproaching",
    "DrillFinished",
    "DrillStarted",
    "Envelope",
    "Event",
    "Fault",
    "IncidentAmended",
    "IncidentClosed",
    "IncidentErased",
    "IncidentErasureOrdered",
    "IncidentHoldChanged",
    "IncidentRegistered",
    "InvalidEvent",
    "InvalidRegionKey",
    "LedgerStated",
    "MessageReceived",
    "NoticeAnswered",
    "NoticeDelivered",
    "NoticeFailed",
    "NoticeSent",
    "PersonDeactivated",
    "PlanGapClosed",
    "PlanGapFound",
    "PlanProved",
    "PlanPublished",
    "ReachabilityConfirmed",
    "Recipient",
    "RegionKey",
    "ResendRequested",
    "ResponsibilityAssigned",
    "ResponsibilityCompleted",
    "ResponsibilityEscalated",
    "ResponsibilityHandedOver",
    "ResponsibilityLapsed",
    "ResponsibilityOffered",
    "ResponsibilityReminded",
    "ResponsibilityTakenOver",
    "Statement",
    "SummaryReleased",
    "SwapChanged",
    "UnknownType",
    "Unreadable",
    "cleaned",
    "codes",
    "danger_level",
    "derived_severity",
    "ids",
    "leading_form",
    "region",
    "routing_key",
    "routing_key_of",
    "severity_of",
    "topology",
    "unwrap",
    "wrap",
]
