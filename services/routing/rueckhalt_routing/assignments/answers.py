# SPDX-License-Identifier: EUPL-1.2
"""What people do about an assignment: take over, decline, hand back, finish, or not be reached."""

from dataclasses import replace

from rueckhalt_routing.assignments import (
    announcing,
    domain,
    drilling,
    escalation,
    following_up,
    handlers,
    offering,
    store,
)
from rueckhalt_routing.assignments.domain import CLOSED, OPEN, WAITING, Assignment
from rueckhalt_routing.assignments.escalation import DECLINED, NOBODY_REACHABLE
from rueckhalt_routing.assignments.participating import DRILL
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.subscriptions import NotYet

log = get_logger(__name__)
_TO_OFFERS = {"take_over": offering.accept, "decline": offering.decline}


class UnknownPerson(Exception):
    """The plan knows nobody of this id or key who may take over this incident."""


class NobodyNamed(Exception):
    """No person leads now: say who takes over."""


def take_over(tx: Transaction, assignment: Assignment, person: str | None) -> Assignment:
    """A person takes over; without a name the one who leads now.

    Raises TakenByAnother, AlreadyClosed, UnknownPerson, NobodyNamed.
    """
    return _with_taker(tx, assignment, _taker(assignment, _plan_of(tx, assignment), person))


def decline(
    tx: Transaction, assignment: Assignment, person: str | None, *, reason: str | None = None
) -> Assignment:
    """Somebody is not responsible: out of this chain, and the next step is told at once.

    Who says that they are in conflict is excluded from now on. Raises AlreadyClosed, NobodyNamed.
    """
    person = person or assignment.taken_by or assignment.person
    if assignment.state == CLOSED:
        raise domain.AlreadyClosed
    if person is None:
        raise NobodyNamed
    if offering.is_offered_to(assignment, person):
        assignment = offering.decline(tx, assignment, by=person)
    if reason == domain.IN_CONFLICT:
        _leave_out(tx, domain.declare_conflict(domain.refuse(assignment, person), person), person)
    else:
        _note_decline(tx, assignment, person, reason)
    return _again(tx, assignment)


def _leave_out(tx: Transaction, assignment: Assignment, person: str) -> None:
    """Decide anew without them, so that every service hears that they may know no more of it."""
    if assignment.state in WAITING or assignment.taken_by == person:
        case = escalation.case_of(tx, assignment)
        handlers.reassign(tx, assignment, case, handlers.settle_for(tx, assignment, case))
    else:
        store.save(tx, domain.move(assignment))


def finish(tx: Transaction, assignment: Assignment, person: str | None) -> Assignment:
    """Everything is done, says whoever has it. Raises AlreadyClosed, NotTaken."""
    if assignment.state == CLOSED:
        raise domain.AlreadyClosed
    if not domain.may_act(assignment, person):
        raise domain.NotTaken
    handlers.complete(tx, assignment)
    return _again(tx, assignment)


def note_activity(tx: Transaction, assignment: Assignment, person: str | None) -> Assignment:
    """Whoever has it is at work on it. Raises AlreadyClosed, NotTaken."""
    if assignment.state == CLOSED:
        raise domain.AlreadyClosed
    if not domain.may_act(assignment, person):
        raise domain.NotTaken
    return following_up.note_activity(tx, assignment)


def hand_back(
    tx: Transaction,
    assignment: Assignment,
    by: str | None = None,
    *,
    reason: str | None = None,
) -> Assignment:
    """The taker cannot go on: the next step is told at once. Raises NotTaken, AlreadyClosed.

    `by` is the person who gives it back: only what they have themselves.
    """
    if by is not None and assignment.taken_by not in (None, by):
        raise domain.NotTaken
    returned = domain.hand_back(assignment)
    announcing.lapsed(tx, assignment, next_due_at=tx.now)
    escalation.advance(tx, returned, cause=DECLINED, reason=reason)
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
    if verb == "confirm" and assignment.mode == DRILL:
        _confirm(tx, assignment, person)
    elif offering.is_offered_to(assignment, person) and verb in _TO_OFFERS:
        _TO_OFFERS[verb](tx, assignment, by=person)
    elif verb == "take_over":
        _note_take_over(tx, assignment, person)
    elif verb == "decline":
        _note_decline(tx, assignment, person)
    elif verb == "done" and (assignment.state in WAITING or assignment.taken_by == person):
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


def _confirm(tx: Transaction, assignment: Assignment, person: str) -> None:
    """A drill has reached somebody: the first one of the chain ends the asking."""
    drilling.note_confirmed(tx, assignment, person)
    if assignment.state in WAITING and person in assignment.told:
        _with_taker(tx, assignment, person)


def _note_take_over(tx: Transaction, assignment: Assignment, person: str) -> None:
    if assignment.is_kept and assignment.taken_by != person:
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
        follow_up_by=following_up.follow_up_by(tx, assignment, compiled),
    )
    if taken is not assignment:
        store.save(tx, taken)
        following_up.start(tx, taken)
        announcing.taken_over(tx, taken)
    return taken


def _note_decline(
    tx: Transaction, assignment: Assignment, person: str, reason: str | None = None
) -> None:
    if assignment.taken_by == person:
        hand_back(tx, assignment, reason=reason)
        return
    out = domain.refuse(assignment, person)
    if assignment.state == OPEN and assignment.is_about(person) and out is not assignment:
        escalation.advance(tx, out, cause=DECLINED, reason=reason)
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
