# SPDX-License-Identifier: EUPL-1.2
"""What intake says about the deadlines of an incident."""

from dataclasses import dataclass
from datetime import date

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded
from rueckhalt_shared.contracts.event import INTAKE, ModalEvent, ModalSchema
from rueckhalt_shared.contracts.fields import Day, Number, Several


class DeadlineApproachingSchema(ModalSchema):
    """Which deadline, whose, and how much of it is left."""

    deadline = Coded(codes.DEADLINES)
    entitled = Coded(codes.ENTITLED)
    safe_until = Day()
    legal_end = Day()
    days_left = Number()
    recipients = Several(Coded(codes.ROLES))


@dataclass(frozen=True, kw_only=True)
class DeadlineApproaching(ModalEvent):
    """A deadline comes near; the recipients are roles, routing knows who holds them."""

    type = "de.rueckhalt.deadline.approaching.v1"
    producers = INTAKE
    schema = DeadlineApproachingSchema()

    deadline: str
    entitled: str
    safe_until: date
    legal_end: date
    days_left: int
    recipients: tuple[str, ...] = ()
