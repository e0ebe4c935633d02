# SPDX-License-Identifier: EUPL-1.2
"""Assignments, decisions, steps and timers go some months after the assignment was closed.

Only where intake is not deployed: else its deletion classes and holds decide, and its orders take
the rows here along.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from rueckhalt_routing.assignments import erasing as assignments
from rueckhalt_routing.erasing import ERASER
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import carrying_out
from rueckhalt_shared.erasing.carrying_out import Leftover
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state, states

log = get_logger(__name__)
_STATE, _CASE = "retention", "case"
_DAY = timedelta(days=1)
_MONTH = timedelta(days=30, hours=12)  # on average; a day more or less keeps nobody's promise
_AT_ONCE = 100


@dataclass(frozen=True)
class Retention:
    """Months after which closed assignments are erased."""

    months: int

    def daily(self, database: Database) -> bool:
        """The worker's round: a day after the last one; the first time a day after the start."""
        if not database.run(_is_due):
            return False
        erased = 0
        while found := database.run(self.erase_some):
            erased += found
        if erased:
            log.info("deletion classes applied", count=erased)
        database.run(note_state, _STATE, "running")
        return False

    def erase_some(self, tx: Transaction) -> int:
        """Erase what is due, some at a time; answers how many."""
        before = tx.now - self.months * _MONTH
        due = assignments.closed_before(tx, before, limit=_AT_ONCE)
        for incident in due:
            carrying_out.bury(tx, incident, ERASER, municipality=None)
            order = f"retention-{uuid4()}"
            carrying_out.leave(tx, Leftover(order, incident, _CASE))
        return len(due)


def round_of(months: int, deployed: frozenset[str]) -> Callable[[Database], bool] | None:
    """The daily round; None where nothing is ever due, or intake decides."""
    if not months or "intake" in deployed:
        return None
    return Retention(months).daily


def _is_due(tx: Transaction) -> bool:
    last = states(tx).get(_STATE)
    if last is None:
        note_state(tx, _STATE, "running")
        return False
    return tx.now - last.at >= _DAY
