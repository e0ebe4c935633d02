# SPDX-License-Identifier: EUPL-1.2
"""What an assignment's one timer does, by its state: each live assignment has exactly one."""

from rueckhalt_routing.assignments import (
    drilling,
    escalation,
    following_up,
    handlers,
    holding,
    offering,
)
from rueckhalt_routing.assignments.domain import CLOSED, HELD, OFFERED, OPEN, TAKEN
from rueckhalt_routing.assignments.participating import DRILL
from rueckhalt_shared.database import Transaction

_WORKS = {
    HELD: holding.release,
    TAKEN: following_up.fall_due,
    OFFERED: offering.expire,
}


def step_due(tx: Transaction, assignment_id: str) -> None:
    """A wait is over: the next ones are told, unless somebody has taken over meanwhile."""
    assignment = handlers.locked(tx, assignment_id)
    if assignment.mode == DRILL and tx.now >= drilling.ends_at(tx, assignment):
        if assignment.state != CLOSED:
            drilling.finish(tx, assignment)
    elif assignment.state == OPEN:
        escalation.advance(tx, assignment, cause=escalation.NOBODY_TOOK_OVER)
    elif assignment.state in _WORKS:
        _WORKS[assignment.state](tx, assignment)
