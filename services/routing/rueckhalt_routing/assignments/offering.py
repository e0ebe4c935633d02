# SPDX-License-Identifier: EUPL-1.2
"""Hand over: offered to a colleague or a partner, and only theirs once they accept."""

from datetime import timedelta

from rueckhalt_routing.assignments import announcing, domain, following_up, store
from rueckhalt_routing.assignments.domain import OFFERED, Assignment, NotOffered, Offer
from rueckhalt_routing.assignments.settling import times_without_plan
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan, Member
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_shared.database import Transaction

DECLINED, EXPIRED = "offer_declined", "offer_expired"


class UnknownReceiver(Exception):
    """The plan knows nobody of this id or key to whom this incident may be handed over."""


class ConsentNeeded(Exception):
    """A partner outside the house hears of it only with the affected person's consent."""


def offer(
    tx: Transaction, assignment: Assignment, to: str, *, by: str | None, consent: bool = False
) -> Assignment:
    """Offer it to somebody of the plan. The giver keeps it until they accept.

    Raises NotTaken, AlreadyClosed, UnknownReceiver, ConsentNeeded.
    """
    if by is not None and assignment.taken_by != by:
        raise domain.NotTaken
    compiled = _plan_of(tx, assignment)
    member = _receiver(assignment, compiled, to)
    if member.kind == "partner" and not consent:
        raise ConsentNeeded
    role = (compiled.role_of(member.id) if compiled else None) or "unknown"
    until = tx.now + _answer_within(assignment, compiled)
    offered_to = Offer(id=member.id, kind=member.kind, role=role, until=until)
    offered = domain.offer(assignment, offered_to, now=tx.now)
    store.save(tx, offered)
    timers.set_timer(tx, ESCALATE, offered.id, until)
    announcing.offered(tx, offered, offered_to, giver=offered.taken_by or "")
    return offered


def accept(tx: Transaction, assignment: Assignment, *, by: str | None) -> Assignment:
    """Whoever it was offered to takes it; for a partner the giver notes it. Raises NotOffered."""
    if by is not None and by != _answers(assignment):
        raise NotOffered
    by_when = following_up.follow_up_by(tx, assignment, _plan_of(tx, assignment))
    accepted = domain.accept(assignment, now=tx.now, follow_up_by=by_when)
    store.save(tx, accepted)
    following_up.start(tx, accepted)
    announcing.handed_over(tx, accepted)
    return accepted


def decline(tx: Transaction, assignment: Assignment, *, by: str | None) -> Assignment:
    """Whoever it was offered to cannot: the giver has it as before. Raises NotOffered."""
    if by is not None and by not in (_answers(assignment), assignment.taken_by):
        raise NotOffered
    return _back(tx, assignment, DECLINED, is_told=by != assignment.taken_by)


def expire(tx: Transaction, assignment: Assignment) -> None:
    """Nobody answered in time: the giver has it as before, and hears that."""
    _back(tx, assignment, EXPIRED, is_told=True)


def is_offered_to(assignment: Assignment, person: str) -> bool:
    """Does an offer wait for this person's answer?"""
    return assignment.state == OFFERED and assignment.offered_to == person


def _back(tx: Transaction, assignment: Assignment, reminder: str, *, is_told: bool) -> Assignment:
    returned = domain.withdraw(assignment)
    store.save(tx, returned)
    following_up.start(tx, returned)
    if is_told:
        due = returned.follow_up_by or tx.now
        announcing.reminded(tx, returned, reminder, due_at=due)
    return returned


def _answers(assignment: Assignment) -> str | None:
    """Who may accept or refuse: the person asked; for a partner, who has no account, the giver."""
    if assignment.offered_kind == "partner":
        return assignment.taken_by
    return assignment.offered_to


def _receiver(assignment: Assignment, compiled: CompiledPlan | None, to: str) -> Member:
    """Nobody learns from here who is in conflict."""
    member = (compiled.members.get(to) or compiled.by_id.get(to)) if compiled else None
    if member is None or member.id in assignment.excluded or member.id == assignment.taken_by:
        raise UnknownReceiver
    return member


def _answer_within(assignment: Assignment, compiled: CompiledPlan | None) -> timedelta:
    times = compiled.plan.times if compiled else {}
    chosen = times.get(assignment.urgency) or times_without_plan(assignment.urgency)
    return chosen.take_over_within


def _plan_of(tx: Transaction, assignment: Assignment) -> CompiledPlan | None:
    try:
        return plans.live_plan(tx, assignment.municipality)
    except plans.PlanBroken:
        return None
