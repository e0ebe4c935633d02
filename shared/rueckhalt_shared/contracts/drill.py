# SPDX-License-Identifier: EUPL-1.2
"""What routing says about drills."""

from dataclasses import dataclass

from rueckhalt_shared.contracts.event import ROUTING, Event, PayloadSchema
from rueckhalt_shared.contracts.fields import Count, Minutes, Name


class DrillSchema(PayloadSchema):
    """How many contacts, how many reached, after how many minutes each."""

    scope = Name()
    contacts = Count()
    reached = Count()
    minutes = Minutes()


@dataclass(frozen=True, kw_only=True)
class Drill(Event):
    """A drill in figures; at its start nobody is reached yet."""

    scope: str
    contacts: int
    reached: int = 0
    minutes: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DrillStarted(Drill):
    """A drill has begun."""

    type = "de.rueckhalt.drill.started.v1"
    producers = ROUTING
    schema = DrillSchema()


@dataclass(frozen=True, kw_only=True)
class DrillFinished(Drill):
    """A drill is over."""

    type = "de.rueckhalt.drill.finished.v1"
    producers = ROUTING
    schema = DrillSchema()
