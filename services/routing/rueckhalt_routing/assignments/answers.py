# SPDX-License-Identifier: EUPL-1.2
"""What people do about an assignment: take over, decline, hand back, finish, or not be reached."""

from dataclasses import replace
from datetime import datetime

from rueckhalt_routing.assignments import announcing, domain, escalation, handlers, store
from rueckhalt_routing.assignments.domain import CLOSED, OPEN, TAKEN, Assignment
from rueckhalt_routing.assignments.escalation import DECLINED, NOBODY_REACHABLE
from rueckhalt_routing.assignments.settling import times_without_plan
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.subscriptions import NotYet

log = get_logger(__name__)


class UnknownPerson(Exception):
    """The plan knows nobody of this id or key who may take over this incident."""


class NobodyNamed(Exception):
    """No person leads now: say who takes over."""


def take_over(tx: Transaction, assignment: Assignment, person: str | None) -> Assignment:
    """A person takes over; without a name the one who leads now.

    Raises TakenByAnother, AlreadyClosed, UnknownPerson, NobodyNamed.
    """
    return _with_taker(tx, assignment, _taker(assignment, _plan_of(tx, assignment), person))


def hand_back(tx: Transaction, assignment: Assignment, by: str | None = None) -> Assignment:
    """The taker cannot go on: the next step is told at once. Raises NotTaken, AlreadyClosed.

    `by` is the person who gives it back: only what they have themselves.
    """
    if by is not None and assignment.taken_by not in (None, by):
        raise domain.NotTaken
    returned = domain.hand_back(assignment)
    announcing.lapsed(tx, assignment, next_due_at=tx.now)
    escalation.advance(tx, returned, cause=DECLINED)
    return _again(tx, returned)


def note_answer(
    tx: Transaction, assignment_id: str, person: str, verb: str, *, municipality: str
) -> None:
    """What somebody answered to a notice: a fact, applied as far as it still means something."""
    assignment = _known(tx, assignment_id, municipality)
    if assignment.state == CLOSED:
        return
    if person in assignment.excluded:
        log.warning("answer of somebody in conflict", assignment_id=assignment.id)
        return
    if verb == "take_over":
        _note_take_over(tx, assignment, person)
    elif verb == "decline":
        _note_decline(tx, assignment, person)
    elif verb == "done" and (assignment.state == OPEN or assignment.taken_by == person):
        handlers.complete(tx, _with_taker(tx, assignment, person))


def note_unreachable(
    tx: Transaction, assignment_id: str, recipient: str | None, *, municipality: str
) -> None:
    """No contact is left for somebody: if an answer is awaited from them, the next step starts.

    Not at the last step: there it would run in circles, so only the waiting goes on, marked red.
    """
    assignment = _known(tx, assignment_id, municipality)
    if assignment.state != OPEN or not assignment.is_about(recipient):
        return
    if escalation.is_at_last_step(tx, assignment):
        if assignment.red is None:
            store.save(tx, domain.mark_red(assignment, NOBODY_REACHABLE))
        return
    escalation.advance(tx, assignment, cause=NOBODY_REACHABLE)


def _note_take_over(tx: Transaction, assignment: Assignment, person: str) -> None:
    if assignment.state == TAKEN and assignment.taken_by != person:
        log.warning("taken over by another before", assignment_id=assignment.id)
        return
    _with_taker(tx, assignment, person)


def _with_taker(tx: Transaction, assignment: Assignment, person: str) -> Assignment:
    compiled = _plan_of(tx, assignment)
    taken = domain.take_over(
        assignment,
        person,
        role=_role(assignment, compiled, person),
        now=tx.now,
        follow_up_by=_follow_up_by(tx, assignment, compiled),
    )
    if taken is not assignment:
        timers.cancel(tx, taken.id)
        store.save(tx, taken)
        announcing.taken_over(tx, taken)
    return taken


def _note_decline(tx: Transaction, assignment: Assignment, person: str) -> None:
    if assignment.taken_by == person:
        hand_back(tx, assignment)
        return
    out = domain.refuse(assignment, person)
    if assignment.state == OPEN and assignment.is_about(person) and out is not assignment:
        escalation.advance(tx, out, cause=DECLINED)
    elif out is not assignment:
        store.save(tx, replace(out, version=out.version + 1))


def _known(tx: Transaction, assignment_id: str, municipality: str) -> Assignment:
    try:
        return handlers.own(handlers.locked(tx, assignment_id), municipality)
    except domain.UnknownAssignment:
        raise NotYet("the assignment is not known here yet") from None


def _again(tx: Transaction, assignment: Assignment) -> Assignment:
    return store.get(tx, assignment.id) or assignment


def _plan_of(tx: Transaction, assignment: Assignment) -> CompiledPlan | None:
    try:
        return plans.live_plan(tx, assignment.municipality)
    except plans.PlanBroken:
        return None


def _taker(assignment: Assignment, compiled: CompiledPlan | None, person: str | None) -> str:
    """The id of whoever takes over. Nobody learns from here who is in conflict."""
    if person is None:
        if assignment.taken_by or assignment.person:
            return assignment.taken_by or assignment.person or ""
        raise NobodyNamed
    if person in (assignment.person, assignment.taken_by):
        return person
    if compiled is None:
        raise UnknownPerson
    member = compiled.members.get(person) or compiled.by_id.get(person)
    if member is None or member.kind != "person" or member.id in assignment.excluded:
        raise UnknownPerson
    return member.id


def _role(assignment: Assignment, compiled: CompiledPlan | None, person: str) -> str:
    if person == assignment.person:
        return assignment.role
    return (compiled.role_of(person) if compiled else None) or "unknown"


def _follow_up_by(
    tx: Transaction, assignment: Assignment, compiled: CompiledPlan | None
) -> datetime:
    times = compiled.plan.times if compiled else {}
    chosen = times.get(assignment.urgency) or times_without_plan(assignment.urgency)
    return tx.now + chosen.talk_within
