# SPDX-License-Identifier: EUPL-1.2
"""Every minute: has each incident somebody, and each live assignment a next due time?

What is missing is healed, told and counted; only a clean sweep touches the heartbeat, so whoever
watches that file hears of a sweep that finds faults and of one that never came.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rueckhalt_routing.assignments import (
    domain,
    escalation,
    following_up,
    handlers,
    holding,
    store,
    undecided,
)
from rueckhalt_routing.assignments.domain import HELD, OFFERED, OPEN, Assignment
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_routing.timers.watching import ClockWatch
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state, states

log = get_logger(__name__)
TIMER_LOST = "timer_lost"
_LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Auditor:
    """The sweep of one worker process, with its look at the clock and its heartbeat."""

    watch: ClockWatch
    heartbeat: Path | None = None

    def sweep(self, database: Database) -> bool:
        """Look at everything live; never more work at once than one sweep."""
        jump = self.watch.jump(database.clock())
        if jump is not None:
            log.error("wall clock jumped", seconds=int(jump.total_seconds()))
        faults = audit(database, jump=jump)
        if jump is not None:
            self.watch.thaw()
        if not faults and self.heartbeat is not None:
            self.heartbeat.touch()
        return False


def audit(database: Database, *, jump: timedelta | None = None) -> dict[str, int]:
    """Find and heal; answers the faults by kind, and keeps the answer for the probes."""
    lost, late, nobody = database.read(_look)
    failed = database.read(undecided.failed_reports)
    for id in sorted(lost):
        database.run(_heal, id)
    for envelope in failed:
        database.run(undecided.assign_undecided, envelope)
    database.run(holding.release_in_crisis)
    counted = {
        "healed": len(lost),
        "late": late,
        "not decided": len(failed),
        "without anybody": nobody,
        "clock jumped by seconds": int(jump.total_seconds()) if jump else 0,
    }
    faults = {what: count for what, count in counted.items() if count}
    told = ", ".join(f"{count} {what}" for what, count in faults.items())
    if told:
        log.error("audit found faults", cause=told)
    database.run(_note, told or None)
    return faults


def _look(tx: Transaction) -> tuple[set[str], int, int]:
    lost = timers.without_timer(tx, ESCALATE, store.live_ids(tx))
    lost |= store.at_fault(tx, late=tx.now - _LATE, ahead=tx.now + _LATE)
    return lost, timers.overdue(tx, tx.now - _LATE), store.without_anybody(tx)


def _heal(tx: Transaction, id: str) -> None:
    """What this one lacks, if it still does; each gets its due time and its timer back."""
    assignment = handlers.locked(tx, id)
    if assignment.state == domain.CLOSED:
        return
    if assignment.stepped_at is not None and assignment.stepped_at > tx.now + _LATE:
        _set_back(tx, assignment, assignment.stepped_at)
    elif _has_nobody(assignment):
        log.error("nobody responsible", assignment_id=id, municipality=assignment.municipality)
        again = domain.reopen(assignment)
        escalation.advance(tx, again, cause=escalation.NOBODY_REACHABLE, anew=True)
    elif assignment.next_due_at is None or timers.without_timer(tx, ESCALATE, {id}):
        log.error("timer lost", assignment_id=id, municipality=assignment.municipality)
        due = _due(tx, assignment)
        store.save(tx, domain.mark_red(domain.move(assignment, next_due_at=due), TIMER_LOST))
        timers.set_timer(tx, ESCALATE, id, due)


def _has_nobody(assignment: Assignment) -> bool:
    return assignment.lead is None and assignment.red != store.NOBODY


def _due(tx: Transaction, assignment: Assignment) -> datetime:
    """What waits for a promised instant goes on waiting; everything else is due now."""
    if assignment.state == OPEN:
        return tx.now
    promised = {
        HELD: assignment.held_until,
        OFFERED: assignment.offer_until,
    }.get(assignment.state, assignment.follow_up_by)
    return max(promised or tx.now, tx.now)


def _set_back(tx: Transaction, assignment: Assignment, stepped_at: datetime) -> None:
    """The wait began in a future that the clock has been set back from: it begins again now."""
    too_far = stepped_at - tx.now
    log.error(
        "wait began in the future",
        assignment_id=assignment.id,
        seconds=int(too_far.total_seconds()),
    )
    if assignment.state == HELD:  # promised as an instant of the calendar, never moved
        store.save(tx, domain.move(assignment, stepped_at=tx.now))
        return
    names = ("next_due_at", "take_over_by", "follow_up_by", "offer_until")
    instants = {name: getattr(assignment, name) for name in names}
    moved = domain.move(
        assignment,
        stepped_at=tx.now,
        **{name: at - too_far for name, at in instants.items() if at is not None},
    )
    store.save(tx, moved)
    if moved.state == domain.TAKEN:
        following_up.start(tx, moved)
    else:
        timers.set_timer(tx, ESCALATE, moved.id, moved.next_due_at or tx.now)


def is_clean(tx: Transaction) -> bool:
    """Has the last sweep found nothing? Before the first one nothing is known to be wrong."""
    known = states(tx).get("auditor")
    return known is None or known.state == "clean"


def _note(tx: Transaction, fault: str | None) -> None:
    note_state(tx, "auditor", "red" if fault else "clean", fault)
