# SPDX-License-Identifier: EUPL-1.2
"""What routing says about persons: only that one is no longer active."""

from dataclasses import dataclass, field
from datetime import datetime

from rueckhalt_shared.contracts.event import ROUTING, Event, PayloadSchema
from rueckhalt_shared.contracts.fields import Instant


class PersonDeactivatedSchema(PayloadSchema):
    """Since when."""

    at = Instant()


@dataclass(frozen=True, kw_only=True)
class PersonDeactivated(Event):
    """A person has left; contacts are erased, running assignments move on."""

    type = "de.rueckhalt.person.deactivated.v1"
    producers = ROUTING
    schema = PersonDeactivatedSchema()

    at: datetime = field()
