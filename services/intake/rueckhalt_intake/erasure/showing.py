# SPDX-License-Identifier: EUPL-1.2
"""Orders and holds as plain values, for the API and the command line alike."""

from datetime import datetime
from typing import Any

from rueckhalt_intake.erasure.domain import Hold, Order
from rueckhalt_shared.contracts.instants import spell_instant

_ORDER = ("id", "municipality", "scope", "reason", "ordered_by")
_HOLD = ("id", "ground", "reason", "set_by", "lifted_by", "lift_reason")


def order_shown(order: Order, now: datetime) -> dict[str, Any]:
    """An order with what was confirmed and what is missing."""
    receipts = [{"service": who, "at": spell_instant(at)} for who, at in order.receipts.items()]
    return {
        **{name: getattr(order, name) for name in _ORDER},
        "ordered_at": spell_instant(order.ordered_at),
        "due_at": spell_instant(order.due_at),
        "state": order.state(now),
        "receipts": receipts,
        "missing": list(order.missing),
    }


def hold_shown(hold: Hold) -> dict[str, Any]:
    """A hold; lifted ones say by whom and why."""
    return {
        **{name: getattr(hold, name) for name in _HOLD},
        "set_at": spell_instant(hold.set_at),
        "lifted_at": spell_instant(hold.lifted_at) if hold.lifted_at else None,
    }
