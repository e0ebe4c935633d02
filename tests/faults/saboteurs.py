# SPDX-License-Identifier: EUPL-1.2
"""Faults planted into a service's process before its command line starts.

A report with the form `weapon` is the bad one: its registration fails, or kills, wherever the
saboteur was let in.
"""

import os
import signal
from typing import Any

from rueckhalt_shared.contracts import IncidentRegistered
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.subscriptions import Consumer, Subscriptions

BAD_FORM = "weapon"


class Poisoned(Exception):
    """A fault of ours that no other attempt mends."""


def raise_at_the_bad_one() -> None:
    """The handler raises each time."""
    _before_the_bad_one(_raise)


def die_at_the_bad_one() -> None:
    """The handler kills its process each time."""
    _before_the_bad_one(lambda: os.kill(os.getpid(), signal.SIGKILL))


def _raise() -> None:
    raise Poisoned("this event cannot be applied")


def _before_the_bad_one(act: Any) -> None:
    found = Subscriptions.consumer

    def consumer(self: Subscriptions, queue: str, type_: str) -> Consumer | None:
        consume = found(self, queue, type_)
        if consume is None:
            return None

        def sabotaged(tx: Transaction, event: Any) -> None:
            consume(tx, event)
            if isinstance(event, IncidentRegistered) and BAD_FORM in event.forms:
                act()

        return sabotaged

    Subscriptions.consumer = consumer  # type: ignore[method-assign]
