# SPDX-License-Identifier: EUPL-1.2
"""Set, cancel, claim and fire timers, each inside one open transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from rueckhalt_routing.timers import store
from rueckhalt_routing.timers.store import Timer
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction

ESCALATE = "escalate"
LEASE = timedelta(seconds=30)
BATCH = 100
_PAUSES = (5, 15, 30, 60)  # seconds between attempts of a timer whose work fails
Work = Callable[[Transaction, str], None]


def set_timer(
    tx: Transaction, kind: str, ref: str, due_at: datetime, *, is_new: bool = False
) -> None:
    """Something of this kind falls due for this reference at that instant, and not before."""
    store.put(tx, Timer(key=f"{kind}:{ref}", kind=kind, ref=ref, due_at=due_at), is_new=is_new)
    if due_at <= tx.now:
        tx.wake("timers")


def cancel(tx: Transaction, ref: str) -> None:
    """Nothing falls due for this reference any more."""
    store.remove(tx, ref)


def hold(tx: Transaction, ref: str) -> None:
    """Lock before the thing itself is locked: everybody in the same order."""
    store.hold(tx, ref)


def without_timer(tx: Transaction, kind: str, refs: set[str]) -> set[str]:
    """Those that should have a timer of this kind and have none."""
    return refs - store.refs(tx, kind)


def overdue(tx: Transaction, before: datetime) -> int:
    """How many timers are late."""
    return store.overdue(tx, before)


def claim(tx: Transaction) -> list[Timer]:
    """Take up to a hundred due timers under a lease of my own."""
    return store.claim(tx, ids.uuid7(), until=tx.now + LEASE, limit=BATCH)


def fire(tx: Transaction, timer: Timer, work: Work) -> bool:
    """Do the work of a timer unless somebody was faster; the row goes with the effects."""
    if not store.finish(tx, timer):
        return False
    work(tx, timer.ref)
    return True


def put_off(tx: Transaction, timer: Timer) -> None:
    """Work that failed is tried again, later each time."""
    pause = _PAUSES[min(timer.attempt - 1, len(_PAUSES) - 1)]
    store.put_off(tx, timer, until=tx.now + timedelta(seconds=pause))
