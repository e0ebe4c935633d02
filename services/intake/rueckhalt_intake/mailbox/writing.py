# SPDX-License-Identifier: EUPL-1.2
"""Seals and opens messages, outside the transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.mailbox.domain import Message
from rueckhalt_intake.vault.domain import Place
from rueckhalt_intake.vault.sealing import Vault


@dataclass(frozen=True, kw_only=True)
class Read:
    """A message in clear, for one answer only."""

    direction: str
    kind: str
    sent_at: datetime
    text: str


def sealed(
    vault: Vault, incident: Incident, text: str, *, direction: str, kind: str, now: datetime
) -> Message:
    """A message to keep; raises SealedStrictly where only the role key opens the incident."""
    number = str(uuid4())
    message = Message(
        id=number, incident_id=incident.id, direction=direction, kind=kind, sent_at=now, text=b""
    )
    blob = vault.seal(vault.key_of(incident.key_id), text, Place(incident.id, message.place, 0))
    return Message(**(vars(message) | {"text": blob}))


def opened(vault: Vault, messages: Iterable[Message]) -> list[Read]:
    """Messages in clear; raises Tampered, SealedStrictly."""
    return [
        Read(
            direction=each.direction,
            kind=each.kind,
            sent_at=each.sent_at,
            text=vault.open(each.text, Place(each.incident_id, each.place, 0)),
        )
        for each in messages
    ]
