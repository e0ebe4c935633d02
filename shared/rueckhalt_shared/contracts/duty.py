# SPDX-License-Identifier: EUPL-1.2
"""What routing says about who has duty: swaps between two, and duties set by the plan's owner."""

from dataclasses import dataclass
from datetime import datetime

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded
from rueckhalt_shared.contracts.event import ROUTING, Addressees, Event, PayloadSchema, Recipient
from rueckhalt_shared.contracts.fields import Instant


class SwapChangedSchema(PayloadSchema):
    """What became of it, of which time, until when an answer counts, and who is to be told."""

    state = Coded(codes.SWAP_STATES)
    from_at = Instant(data_key="from")
    until_at = Instant(data_key="until")
    answer_by = Instant(optional=True)
    recipients = Addressees()


@dataclass(frozen=True, kw_only=True)
class SwapChanged(Event):
    """Somebody was asked to take over a duty, answered, or was set in."""

    type = "de.rueckhalt.swap.changed.v1"
    producers = ROUTING
    schema = SwapChangedSchema()

    state: str
    from_at: datetime
    until_at: datetime
    answer_by: datetime | None = None
    recipients: tuple[Recipient, ...] = ()
