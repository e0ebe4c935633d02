# SPDX-License-Identifier: EUPL-1.2
"""After the take-over: a reminder before the promised time, then the chain runs again.

Whoever has it is never switched silently: they hear, and the duty of now hears beside them.
"""

from datetime import datetime, timedelta

from rueckhalt_routing.assignments import announcing, domain, drilling, escalation, store
from rueckhalt_routing.assignments.domain import TAKEN, Assignment
from rueckhalt_routing.assignments.participating import DRILL
from rueckhalt_routing.assignments.settling import times_without_plan
from rueckhalt_routing.assignments.staffing import Told
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan, Member
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_shared.database import Transaction

FOLLOW_UP = "follow_up"
_LAST_TAKER = "last_taker"
_BEFORE = timedelta(days=1)


def start(tx: Transaction, assignment: Assignment) -> None:
    """Set the timer of what is due next for whoever has it: the reminder, then the time itself."""
    by = assignment.follow_up_by or tx.now
    remind_at = by if assignment.mode == DRILL else by - min((by - tx.now) / 4, _BEFORE)
    timers.set_timer(tx, ESCALATE, assignment.id, remind_at if by > tx.now else tx.now)


def fall_due(tx: Transaction, assignment: Assignment) -> None:
    """The reminder is due, or the promised time has passed."""
    by = assignment.follow_up_by or tx.now
    if by > tx.now:
        announcing.reminded(tx, assignment, FOLLOW_UP, due_at=by)
        timers.set_timer(tx, ESCALATE, assignment.id, by)
        return
    lapse(tx, assignment)


def lapse(tx: Transaction, assignment: Assignment) -> None:
    """The chain runs again from its first step, and the last taker hears of it."""
    announcing.lapsed(tx, assignment, next_due_at=tx.now)
    taker = _last_taker(tx, assignment)
    escalation.advance(
        tx,
        domain.reopen(assignment),
        cause=escalation.NOBODY_TOOK_OVER,
        anew=True,
        also=(taker,) if taker else (),
    )


def note_activity(tx: Transaction, assignment: Assignment) -> Assignment:
    """Whoever has it is at work on it: the promised time moves on. Raises NotTaken."""
    moved = domain.move_on(
        assignment, now=tx.now, follow_up_by=follow_up_by(tx, assignment, _plan(tx, assignment))
    )
    store.save(tx, moved)
    if moved.state == TAKEN:
        start(tx, moved)
        if moved.taken_by is not None:
            announcing.taken_over(tx, moved)
    return moved


def follow_up_by(
    tx: Transaction, assignment: Assignment, compiled: CompiledPlan | None
) -> datetime:
    """Until when whoever takes over now must have talked to the affected person."""
    if assignment.mode == DRILL:
        return drilling.ends_at(tx, assignment)
    times = compiled.plan.times if compiled else {}
    chosen = times.get(assignment.urgency) or times_without_plan(assignment.urgency)
    return tx.now + chosen.talk_within


def _last_taker(tx: Transaction, assignment: Assignment) -> Told | None:
    """Who had it: told beside the duty of now, unless they are in conflict meanwhile."""
    id = assignment.taken_by or assignment.partner
    if id is None or id in assignment.excluded:
        return None
    kind = "person" if assignment.taken_by else "partner"
    return Told(Member(id, "", kind, ""), assignment.taken_role or "unknown", _LAST_TAKER)


def _plan(tx: Transaction, assignment: Assignment) -> CompiledPlan | None:
    try:
        return plans.live_plan(tx, assignment.municipality)
    except plans.PlanBroken:
        return None
