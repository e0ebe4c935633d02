# SPDX-License-Identifier: EUPL-1.2
"""Every minute: has each incident somebody, and each open assignment a next due time?

What is missing is healed and told; a clean sweep says so, too.
"""

from datetime import timedelta

from rueckhalt_routing.assignments import domain, handlers, store, undecided
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state

log = get_logger(__name__)
TIMER_LOST = "timer_lost"
_LATE = timedelta(minutes=5)


def audit(database: Database) -> bool:
    """Look at everything open; never more work at once than one sweep."""
    lost, late = database.read(_look)
    failed = database.read(undecided.failed_reports)
    for id in sorted(lost):
        database.run(_heal, id)
    for envelope in failed:
        database.run(undecided.assign_undecided, envelope)
    faults = {"without timer": len(lost), "late": late, "not decided": len(failed)}
    told = ", ".join(f"{count} {what}" for what, count in faults.items() if count)
    if told:
        log.error("audit found faults", cause=told)
    database.run(_note, told or None)
    return False


def _look(tx: Transaction) -> tuple[set[str], int]:
    lost = timers.without_timer(tx, ESCALATE, store.open_ids(tx))
    return lost, timers.overdue(tx, tx.now - _LATE)


def _heal(tx: Transaction, id: str) -> None:
    assignment = handlers.locked(tx, id)
    if assignment.state != domain.OPEN or not timers.without_timer(tx, ESCALATE, {id}):
        return
    log.error("timer lost", assignment_id=id, municipality=assignment.municipality)
    store.save(tx, domain.mark_red(assignment, TIMER_LOST))
    timers.set_timer(tx, ESCALATE, id, tx.now)


def _note(tx: Transaction, fault: str | None) -> None:
    note_state(tx, "auditor", "red" if fault else "clean", fault)
