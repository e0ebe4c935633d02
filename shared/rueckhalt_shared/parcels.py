# SPDX-License-Identifier: EUPL-1.2
"""What goes through the pipe, what can go wrong with it, and the names of the fixed topology."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EVENTS = "rk.events"
UNROUTED = "rk.unrouted"
DEAD_EXCHANGE = "rk.dlx"
DEAD = "rk.dead"

JSON = "application/json"
LARGEST_BODY = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One event on its way to the bus; the id is the event's."""

    id: str
    type: str
    routing_key: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One message as it came, undecoded. The tag is good for this pipe only.

    ``redelivered``: it was handed out before and may have killed whoever had it.
    """

    queue: str
    body: bytes
    redelivered: bool
    tag: str
    headers: Mapping[str, Any]
    content_type: str | None = JSON


class BusUnavailable(Exception):
    """The bus did not do it, or nobody knows; the connection is dropped already.

    ``unconfirmed`` are those of a publish whose fate is unknown: they may still arrive.
    """

    def __init__(self, cause: object, unconfirmed: tuple[Outgoing, ...] = ()) -> None:
        text = str(cause) or type(cause).__name__
        super().__init__(text)
        self.unconfirmed = unconfirmed


class TopologyConflict(Exception):
    """An exchange or queue is there already, but declared otherwise; the text says what differs."""

    def __init__(self, text: str, *, object_name: str = "", argument: str = "") -> None:
        super().__init__(text)
        self.object_name = object_name
        self.argument = argument


class TooLarge(Exception):
    """A body over 64 KiB; a service's outbox never takes one."""


def refuse_too_large(outgoing: Outgoing) -> None:
    length = len(outgoing.body.encode())
    if length > LARGEST_BODY:
        raise TooLarge(f"event {outgoing.id} has {length} bytes, the limit is {LARGEST_BODY}")
