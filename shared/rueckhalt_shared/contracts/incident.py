# SPDX-License-Identifier: EUPL-1.2
"""What intake says about an incident: coded facts only, never what somebody wrote."""

from dataclasses import dataclass, field
from datetime import date, datetime

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded, Level
from rueckhalt_shared.contracts.event import ANYONE, INTAKE, ModalEvent, ModalSchema
from rueckhalt_shared.contracts.fields import (
    Day,
    Flag,
    Id,
    Instant,
    Name,
    PersonId,
    Several,
    UnitName,
)


class IncidentFactsSchema(ModalSchema):
    """The coded facts, as they are now."""

    registered_at = Instant()
    occurred_on = Day(optional=True)
    forms = Several(Coded(codes.FORMS))
    channel = Coded(codes.CHANNELS)
    place = Coded(codes.PLACES)
    affected_groups = Several(Coded(codes.AFFECTED_GROUPS))
    relation = Coded(codes.RELATIONS)
    motives_perceived = Several(Coded(codes.MOTIVES))
    severity = Level(codes.SEVERITIES)
    severity_derived = Flag()
    danger_level = Coded(codes.DANGER_LEVELS)
    danger = Several(Coded(codes.DANGERS), optional=True)
    wishes = Several(Coded(codes.WISHES))
    unit = UnitName()
    cluster = UnitName()
    reporter_role = Coded(codes.REPORTER_ROLES)
    reporter_kind = Coded(codes.REPORTER_KINDS)
    sender = Name()
    excluded = Several(PersonId())
    exclude_supervisor = Flag()
    imported = Flag()
    excluded_unit = UnitName(optional=True)


@dataclass(frozen=True, kw_only=True)
class IncidentFacts(ModalEvent):
    """The coded facts of an incident. `danger` None: not asked; (): asked, nothing applies."""

    registered_at: datetime
    occurred_on: date | None = None
    forms: tuple[str, ...]
    channel: str = "unknown"
    place: str = "unknown"
    affected_groups: tuple[str, ...] = ()
    relation: str = "unknown"
    motives_perceived: tuple[str, ...] = ()
    severity: int | None = None
    severity_derived: bool = False
    danger_level: str = "unknown"
    danger: tuple[str, ...] | None = None
    wishes: tuple[str, ...] = ()
    unit: str = "unknown"
    cluster: str = "unknown"
    reporter_role: str = "unknown"
    reporter_kind: str = "unknown"
    sender: str
    excluded: tuple[str, ...] = ()
    exclude_supervisor: bool = False
    imported: bool = False
    excluded_unit: str | None = None  # the accused unit: nobody of it is told


@dataclass(frozen=True, kw_only=True)
class IncidentRegistered(IncidentFacts):
    """An incident was reported and accepted."""

    type = "de.rueckhalt.incident.registered.v1"
    producers = INTAKE
    schema = IncidentFactsSchema()


class IncidentAmendedSchema(IncidentFactsSchema):
    """The facts after the change."""

    changed = Several(Name())
    motives_assessed = Several(Coded(codes.MOTIVES), optional=True)


@dataclass(frozen=True, kw_only=True)
class IncidentAmended(IncidentFacts):
    """An incident was corrected; the facts are those after the change."""

    type = "de.rueckhalt.incident.amended.v1"
    producers = INTAKE
    schema = IncidentAmendedSchema()

    changed: tuple[str, ...] = ()
    motives_assessed: tuple[str, ...] | None = None


class IncidentClosedSchema(ModalSchema):
    """When and why."""

    closed_at = Instant()
    reason = Coded(codes.CLOSE_REASONS)
    feedback_given = Flag()


@dataclass(frozen=True, kw_only=True)
class IncidentClosed(ModalEvent):
    """An incident is closed."""

    type = "de.rueckhalt.incident.closed.v1"
    producers = INTAKE
    schema = IncidentClosedSchema()

    closed_at: datetime
    reason: str = "unknown"
    feedback_given: bool = False


class IncidentErasureOrderedSchema(ModalSchema):
    """What is to be erased, until when."""

    order = Id()
    scope = Coded(codes.ERASURE_SCOPES)
    due_at = Instant()


@dataclass(frozen=True, kw_only=True)
class IncidentErasureOrdered(ModalEvent):
    """Every service must erase what it holds of the incident."""

    type = "de.rueckhalt.incident.erasure_ordered.v1"
    producers = INTAKE
    schema = IncidentErasureOrderedSchema()

    order: str
    scope: str
    due_at: datetime


class IncidentHoldChangedSchema(ModalSchema):
    """Must it be kept now?"""

    held = Flag()


@dataclass(frozen=True, kw_only=True)
class IncidentHoldChanged(ModalEvent):
    """An incident must be kept, or may go again; by its own version, whatever the reason is."""

    type = "de.rueckhalt.incident.hold_changed.v1"
    producers = INTAKE
    schema = IncidentHoldChangedSchema()

    held: bool


class IncidentErasedSchema(ModalSchema):
    """The receipt of one service."""

    order = Id()
    scope = Coded(codes.ERASURE_SCOPES)
    at = Instant()


@dataclass(frozen=True, kw_only=True)
class IncidentErased(ModalEvent):
    """One service has carried out an erasure order."""

    type = "de.rueckhalt.incident.erased.v1"
    producers = ANYONE
    schema = IncidentErasedSchema()

    order: str
    scope: str
    at: datetime = field()
