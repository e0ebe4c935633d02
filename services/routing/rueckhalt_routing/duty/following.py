# SPDX-License-Identifier: EUPL-1.2
"""Swaps nobody has answered yet: reminded of in time, and said to have lapsed."""

from dataclasses import replace

from rueckhalt_routing.duty import store, swap_words
from rueckhalt_routing.duty.entries import LAPSED, RotaChange
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


def follow_up(database: Database) -> bool:
    """The worker's round."""
    if done := database.run(remind_and_end):
        log.info("open swaps followed up", count=done)
    return False


def remind_and_end(tx: Transaction) -> int:
    """Remind whoever has not answered, and end what lapsed. Answers how many swaps."""
    return sum(_follow(tx, each) for each in store.open_swaps(tx))


def _follow(tx: Transaction, change: RotaChange) -> bool:
    if change.lapses_at <= tx.now:
        store.save_change(tx, replace(change, state=LAPSED, ended_at=tx.now))
        swap_words.tell(tx, change, change.involved, state=LAPSED)
        return True
    step = change.reminder_due(tx.now)
    if step is None:
        return False
    store.save_change(tx, replace(change, reminded_hours=step))
    swap_words.tell(tx, change, change.waits_for, state=swap_words.REMINDED)
    return True
