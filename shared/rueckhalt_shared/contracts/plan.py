# SPDX-License-Identifier: EUPL-1.2
"""What routing says about the responsibility plan: published, proved, and its gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded, MinutesByCode
from rueckhalt_shared.contracts.event import ROUTING, Addressees, Event, PayloadSchema, Recipient
from rueckhalt_shared.contracts.fields import Count, Instant, PersonId


class PlanStateSchema(PayloadSchema):
    """What the proof found."""

    plan_version = Count()
    valid_until = Instant()
    cells_weak = Count()
    cells_none = Count()
    by_urgency = MinutesByCode(codes.URGENCIES)
    emergency_until = Instant(optional=True)


@dataclass(frozen=True, kw_only=True)
class PlanState(Event):
    """A plan and its proof; `by_urgency` holds the worst minutes until somebody was told.

    With `emergency_until` it was published in an emergency: pages say so until another counts.
    """

    plan_version: int
    valid_until: datetime
    cells_weak: int
    cells_none: int
    by_urgency: Mapping[str, int]
    emergency_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PlanPublished(PlanState):
    """A new version of the plan is in force."""

    type = "de.rueckhalt.plan.published.v1"
    producers = ROUTING
    schema = PlanStateSchema()


@dataclass(frozen=True, kw_only=True)
class PlanProved(PlanState):
    """The plan in force was proved again."""

    type = "de.rueckhalt.plan.proved.v1"
    producers = ROUTING
    schema = PlanStateSchema()


class PlanGapSchema(PayloadSchema):
    """Which gap, when, and who must close it."""

    kind = Coded(codes.GAP_KINDS)
    from_at = Instant(optional=True, data_key="from")
    until_at = Instant(optional=True, data_key="until")
    owner = PersonId()
    recipients = Addressees()


@dataclass(frozen=True, kw_only=True)
class PlanGap(Event):
    """A gap of the plan, with the person who must close it."""

    kind: str
    from_at: datetime | None = None
    until_at: datetime | None = None
    owner: str
    recipients: tuple[Recipient, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlanGapFound(PlanGap):
    """For some incident or some time nobody would be responsible and reachable."""

    type = "de.rueckhalt.plan.gap_found.v1"
    producers = ROUTING
    schema = PlanGapSchema()


@dataclass(frozen=True, kw_only=True)
class PlanGapClosed(PlanGap):
    """A gap exists no longer."""

    type = "de.rueckhalt.plan.gap_closed.v1"
    producers = ROUTING
    schema = PlanGapSchema()
