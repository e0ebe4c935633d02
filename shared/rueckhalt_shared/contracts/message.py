# SPDX-License-Identifier: EUPL-1.2
"""What intake says about the mailbox of an incident: that something came, never what."""

from dataclasses import dataclass, field
from datetime import datetime

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded
from rueckhalt_shared.contracts.event import INTAKE, ModalEvent, ModalSchema
from rueckhalt_shared.contracts.fields import Id, Instant


class MessageReceivedSchema(ModalSchema):
    """Which message, in which direction."""

    message = Id()
    direction = Coded(codes.MESSAGE_DIRECTIONS)
    at = Instant()


@dataclass(frozen=True, kw_only=True)
class MessageReceived(ModalEvent):
    """A message of an incident's mailbox has arrived."""

    type = "de.rueckhalt.message.received.v1"
    producers = INTAKE
    schema = MessageReceivedSchema()

    message: str
    direction: str
    at: datetime = field()
