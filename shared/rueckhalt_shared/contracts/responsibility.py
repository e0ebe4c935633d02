# SPDX-License-Identifier: EUPL-1.2
"""What routing says about who is responsible for an incident; the subject is the incident."""

from dataclasses import dataclass, field
from datetime import datetime

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded, Level
from rueckhalt_shared.contracts.event import (
    ROUTING,
    Addressees,
    ModalEvent,
    ModalSchema,
    Recipient,
)
from rueckhalt_shared.contracts.fields import Count, Id, Instant, Name, PersonId, Several


class ResponsibilityAssignedSchema(ModalSchema):
    """The decision, who is told, and until when somebody must have taken over."""

    assignment = Id()
    decision = Id()
    plan_version = Count()
    rule = Name()
    tier = Level(codes.TIERS)
    chain = Name()
    step = Count()
    recipients = Addressees()
    forms = Several(Coded(codes.FORMS))
    urgency = Coded(codes.URGENCIES)
    take_over_by = Instant()
    held_until = Instant(optional=True)
    steps = Several(Name())
    role = Coded(codes.ROLES, optional=True)
    excluded = Several(PersonId(), optional=True)
    stand_in = Coded(codes.ROLES, optional=True)


@dataclass(frozen=True, kw_only=True)
class ResponsibilityAssigned(ModalEvent):
    """Somebody is responsible for an incident and must take over by a time."""

    type = "de.rueckhalt.responsibility.assigned.v1"
    producers = ROUTING
    schema = ResponsibilityAssignedSchema()

    assignment: str
    decision: str
    plan_version: int
    rule: str
    tier: int | None
    chain: str
    step: int
    recipients: tuple[Recipient, ...]
    forms: tuple[str, ...]
    urgency: str
    take_over_by: datetime
    held_until: datetime | None = None
    steps: tuple[str, ...] = ()
    role: str | None = None  # in which the lead is asked; producers before it leave it out
    excluded: tuple[str, ...] | None = None  # who must not learn of it, as routing decided
    stand_in: str | None = None  # the role that is asked next if nobody takes over


class ResponsibilityEscalatedSchema(ModalSchema):
    """The next step of the chain and why it came to that."""

    assignment = Id()
    step = Count()
    round = Count()
    recipients = Addressees()
    urgency = Coded(codes.URGENCIES)
    take_over_by = Instant()
    cause = Coded(codes.ESCALATION_CAUSES)
    role = Coded(codes.ROLES, optional=True)


@dataclass(frozen=True, kw_only=True)
class ResponsibilityEscalated(ModalEvent):
    """Nobody has taken over; the next ones are told."""

    type = "de.rueckhalt.responsibility.escalated.v1"
    producers = ROUTING
    schema = ResponsibilityEscalatedSchema()

    assignment: str
    step: int
    round: int
    recipients: tuple[Recipient, ...]
    urgency: str
    take_over_by: datetime
    cause: str
    role: str | None = None


class ResponsibilityTakenOverSchema(ModalSchema):
    """Who, in which role, since when."""

    assignment = Id()
    role = Coded(codes.ROLES)
    person = PersonId()
    taken_over_at = Instant()
    follow_up_by = Instant()


@dataclass(frozen=True, kw_only=True)
class ResponsibilityTakenOver(ModalEvent):
    """A person has taken over."""

    type = "de.rueckhalt.responsibility.taken_over.v1"
    producers = ROUTING
    schema = ResponsibilityTakenOverSchema()

    assignment: str
    role: str
    person: str
    taken_over_at: datetime
    follow_up_by: datetime


class ResponsibilityChangeSchema(ModalSchema):
    """Whose responsibility changed, when, and what is due next."""

    assignment = Id()
    role = Coded(codes.ROLES)
    person = PersonId(optional=True)
    partner = PersonId(optional=True)
    at = Instant()
    next_due_at = Instant(optional=True)


@dataclass(frozen=True, kw_only=True)
class ResponsibilityChange(ModalEvent):
    """What the three changes after a take-over have in common."""

    assignment: str
    role: str
    person: str | None = None
    partner: str | None = None
    at: datetime = field()
    next_due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ResponsibilityLapsed(ResponsibilityChange):
    """Whoever had taken over has gone silent; the chain runs again."""

    type = "de.rueckhalt.responsibility.lapsed.v1"
    producers = ROUTING
    schema = ResponsibilityChangeSchema()


@dataclass(frozen=True, kw_only=True)
class ResponsibilityHandedOver(ResponsibilityChange):
    """Somebody else, named here, is responsible now."""

    type = "de.rueckhalt.responsibility.handed_over.v1"
    producers = ROUTING
    schema = ResponsibilityChangeSchema()


@dataclass(frozen=True, kw_only=True)
class ResponsibilityCompleted(ResponsibilityChange):
    """All response steps are done and feedback was given."""

    type = "de.rueckhalt.responsibility.completed.v1"
    producers = ROUTING
    schema = ResponsibilityChangeSchema()


class ResponsibilityOfferedSchema(ModalSchema):
    """Who offers to whom, in which role, until when an answer is awaited."""

    assignment = Id()
    role = Coded(codes.ROLES)
    person = PersonId(optional=True)
    partner = PersonId(optional=True)
    giver = PersonId()
    urgency = Coded(codes.URGENCIES)
    answer_by = Instant()


@dataclass(frozen=True, kw_only=True)
class ResponsibilityOffered(ModalEvent):
    """Whoever has taken over offers it to somebody, and stays responsible until they accept."""

    type = "de.rueckhalt.responsibility.offered.v1"
    producers = ROUTING
    schema = ResponsibilityOfferedSchema()

    assignment: str
    role: str
    person: str | None = None
    partner: str | None = None
    giver: str
    urgency: str
    answer_by: datetime


class ResponsibilityRemindedSchema(ModalSchema):
    """Whom, of what, and when it is due."""

    assignment = Id()
    role = Coded(codes.ROLES)
    person = PersonId(optional=True)
    partner = PersonId(optional=True)
    reminder = Coded(codes.REMINDERS)
    due_at = Instant()


@dataclass(frozen=True, kw_only=True)
class ResponsibilityReminded(ModalEvent):
    """Whoever has taken over is reminded; nothing about the responsibility changes."""

    type = "de.rueckhalt.responsibility.reminded.v1"
    producers = ROUTING
    schema = ResponsibilityRemindedSchema()

    assignment: str
    role: str
    person: str | None = None
    partner: str | None = None
    reminder: str
    due_at: datetime
