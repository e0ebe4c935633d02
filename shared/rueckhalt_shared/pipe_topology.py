# SPDX-License-Identifier: EUPL-1.2
"""Declares exchanges, queues and bindings, by the same words on both buses."""

import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from amqp.exceptions import AccessRefused, NotFound, PreconditionFailed

from rueckhalt_shared.parcels import DEAD, DEAD_EXCHANGE, EVENTS, UNROUTED, TopologyConflict

#: Limits are a matter of policy (deploy/rabbitmq), so that they can be changed without a conflict.
QUORUM = {"x-queue-type": "quorum"}
_SOON = 60_000  # milliseconds: what a killed process leaves behind goes by itself
_INEQUIVALENT = re.compile(r"inequivalent arg '(?P<argument>[^']+)' for (?P<object>\S+ '[^']+')")


def declare(channel: Any, queues: Mapping[str, tuple[str, ...]]) -> None:
    """Everything the installation needs; what is there as asked stays untouched."""
    for exchange, kind, arguments in (
        (UNROUTED, "fanout", {}),
        (DEAD_EXCHANGE, "fanout", {}),
        (EVENTS, "topic", {"alternate-exchange": UNROUTED}),
    ):
        _declare_exchange(channel, exchange, kind, arguments)
    for queue in (UNROUTED, DEAD, *queues):
        _declare_queue(channel, queue)
    _bind(channel, UNROUTED, UNROUTED, "")
    _bind(channel, DEAD, DEAD_EXCHANGE, "")
    for queue, keys in queues.items():
        for key in keys:
            _bind(channel, queue, EVENTS, key)


def settle(channel: Any) -> None:
    """Make RabbitMQ write down what was declared just now.

    A broker that is killed right after its newest quorum queue was made finds that queue without
    a leader for good (3.10.8, seen: 5 of 5 kills; 0 of 4 with this); a further one made and
    deleted makes it write the others down.
    """
    name = f"rk.settling.{uuid.uuid4().hex[:12]}"
    with suppress(AccessRefused):  # a user who may not make queues has not made any just now
        channel.queue_declare(
            name, durable=True, auto_delete=False, arguments=QUORUM | {"x-expires": _SOON}
        )
        channel.queue_delete(name)


def _declare_exchange(channel: Any, name: str, kind: str, arguments: dict[str, str]) -> None:
    def ask(passive: bool) -> None:
        channel.exchange_declare(
            name, kind, durable=True, auto_delete=False, arguments=arguments, passive=passive
        )

    _declare_or_find(f"exchange '{name}'", ask)


def _declare_queue(channel: Any, name: str) -> None:
    def ask(passive: bool) -> None:
        channel.queue_declare(
            name, durable=True, auto_delete=False, arguments=dict(QUORUM), passive=passive
        )

    _declare_or_find(f"queue '{name}'", ask)


def _declare_or_find(what: str, ask: Callable[[bool], None]) -> None:
    """A service's own broker user may not declare the others' queues; then they must be there."""
    try:
        try:
            ask(False)
        except AccessRefused:
            ask(True)
    except PreconditionFailed as error:
        raise conflict(str(error.reply_text)) from error
    except NotFound as error:
        text = f"{what} is missing, and this broker user may not declare it"
        raise TopologyConflict(text, object_name=what) from error


def _bind(channel: Any, queue: str, exchange: str, key: str) -> None:
    with suppress(AccessRefused):  # whoever may not bind relies on the broker's definitions
        channel.queue_bind(queue, exchange, key)


def conflict(text: str) -> TopologyConflict:
    """Which object and which argument, out of the broker's words."""
    found = _INEQUIVALENT.search(text)
    if found is None:
        return TopologyConflict(text)
    return TopologyConflict(text, object_name=found["object"], argument=found["argument"])
