# SPDX-License-Identifier: EUPL-1.2
"""The numbered messages that the suite sends; light enough for a process that is killed at once."""

import json
from collections.abc import Sequence
from typing import Any

from rueckhalt_shared.parcels import Delivery, Outgoing

KEY = "incident.registered.v1"
TYPE = f"de.rueckhalt.{KEY}"


def outgoing(number: object, *, key: str = KEY, body: str | None = None) -> Outgoing:
    """One message with its number in the id and in the body."""
    text = json.dumps({"number": number}) if body is None else body
    return Outgoing(id=f"event-{number}", type=f"de.rueckhalt.{key}", routing_key=key, body=text)


def numbers(deliveries: Sequence[Delivery]) -> list[Any]:
    """The numbers of what came, in the order it came."""
    return [json.loads(delivery.body)["number"] for delivery in deliveries]
