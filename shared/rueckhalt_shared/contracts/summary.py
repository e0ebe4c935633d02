# SPDX-License-Identifier: EUPL-1.2
"""What reporting says about its releases."""

from dataclasses import dataclass

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded
from rueckhalt_shared.contracts.event import (
    REPORTING,
    Addressees,
    Event,
    PayloadSchema,
    Recipient,
)
from rueckhalt_shared.contracts.fields import Count, Period


class SummaryReleasedSchema(PayloadSchema):
    """Which period, for whom."""

    period = Period()
    release_version = Count()
    audience = Coded(codes.AUDIENCES)
    recipients = Addressees()


@dataclass(frozen=True, kw_only=True)
class SummaryReleased(Event):
    """A summary was released; it never changes again."""

    type = "de.rueckhalt.summary.released.v1"
    producers = REPORTING
    schema = SummaryReleasedSchema()

    period: str
    release_version: int
    audience: str
    recipients: tuple[Recipient, ...] = ()
