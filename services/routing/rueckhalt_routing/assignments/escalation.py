# SPDX-License-Identifier: EUPL-1.2
"""The chain runs until somebody takes over: next step, next round, never an end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rueckhalt_routing.assignments import announcing, cases, domain, handlers, store
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import (
    ASKED,
    LEAD,
    NOBODY_AT_ALL,
    Part,
    first_step,
    wait_after,
)
from rueckhalt_routing.assignments.domain import OPEN, Assignment
from rueckhalt_routing.assignments.settling import last_resort, settle, times_without_plan
from rueckhalt_routing.assignments.staffing import Conflict, Staffing, Told
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
NOBODY_TOOK_OVER, NOBODY_REACHABLE = "nobody_took_over", "nobody_reachable"
DECLINED = "declined"
CHAIN_LOST = "chain_lost"


def step_due(tx: Transaction, assignment_id: str) -> None:
    """A wait is over: the next ones are told, unless somebody has taken over meanwhile."""
    assignment = handlers.locked(tx, assignment_id)
    if assignment.state == OPEN:
        advance(tx, assignment, cause=NOBODY_TOOK_OVER)


def advance(tx: Transaction, assignment: Assignment, *, cause: str) -> None:
    """Tell the next step now and set the timer of the one after it."""
    following = _following(tx, assignment)
    if following is None:
        _without_chain(tx, assignment, cause)
        return
    moved = replace(
        assignment,
        step=following.step,
        round=assignment.round + following.begins_anew,
        told=() if following.begins_anew else assignment.told,
    )
    _take_step(tx, moved, following, cause=cause)


def is_at_last_step(tx: Transaction, assignment: Assignment) -> bool:
    """Is the catch-all step running, after which only waiting helps?"""
    following = _following(tx, assignment)
    return following is None or following.begins_anew


@dataclass(frozen=True, kw_only=True)
class _Following:
    """The step that comes next."""

    step: int
    leads: tuple[Told, ...]
    wait: timedelta
    begins_anew: bool
    is_last: bool


def _following(tx: Transaction, assignment: Assignment) -> _Following | None:
    """The next step by the chain as decided and the people of today; none without a chain."""
    chained = _chain_of(tx, assignment)
    if chained is None:
        return None
    try:
        return _walk(assignment, *chained)
    except Exception as error:  # whatever it is, the catch-all hears
        log.error("chain failed", assignment_id=assignment.id, exc_info=error)
        return None


def _walk(assignment: Assignment, decided: CompiledPlan, staffing: Staffing) -> _Following:
    steps = decided.plan.chains[assignment.chain].steps_at(assignment.urgency)
    begins_anew = assignment.step >= len(steps) - 1
    step, leads, _ = first_step(
        staffing,
        steps,
        start=0 if begins_anew else assignment.step + 1,
        told=() if begins_anew else assignment.told,
    )
    return _Following(
        step=step,
        leads=leads,
        wait=wait_after(steps, decided.plan.times[assignment.urgency], step),
        begins_anew=begins_anew,
        is_last=step == len(steps) - 1,
    )


def _take_step(
    tx: Transaction, assignment: Assignment, following: _Following, *, cause: str
) -> None:
    leads = following.leads
    if not leads:
        resort = last_resort(tx, assignment.municipality, assignment.excluded)
        leads = (resort,) if resort else ()
    lead = leads[0] if leads else None
    due = handlers.due_after(
        tx.now, following.wait, mode=assignment.mode, is_last=following.is_last
    )
    promised = assignment.take_over_by
    moved = domain.move(
        assignment,
        **handlers.lead_fields(lead),
        told=(*assignment.told, *(told.member.id for told in leads)),
        red=assignment.red if lead else NOBODY_AT_ALL,
        next_due_at=due,
        take_over_by=promised if promised > tx.now else due,
    )
    parts = tuple(Part(told, ASKED if place else LEAD) for place, told in enumerate(leads))
    store.save(tx, moved)
    timers.set_timer(tx, ESCALATE, moved.id, due)
    store.log_step(tx, _step_row(tx, moved, parts, cause))
    announcing.escalated(tx, moved, parts, cause=cause)


def _chain_of(tx: Transaction, assignment: Assignment) -> tuple[CompiledPlan, Staffing] | None:
    """The chain as it was decided, and the people of today; none if no plan can be read."""
    if assignment.plan_id is None:
        return None
    try:
        decided = plans.plan_of_version(tx, assignment.plan_id)
        today = plans.live_plan(tx, assignment.municipality) or decided
    except plans.PlanBroken:
        return None
    if decided is None or today is None or assignment.chain not in decided.plan.chains:
        return None
    conflict = Conflict(excluded=assignment.excluded, roles=frozenset(assignment.barred_roles))
    staffing = Staffing(
        compiled=today, unit=assignment.unit, conflict=conflict, out=frozenset(assignment.out)
    )
    return decided, staffing


def _without_chain(tx: Transaction, assignment: Assignment, cause: str) -> None:
    """Decided without a plan: by a plan if there is one now, else the catch-all hears again."""
    case = case_of(tx, assignment)
    settled = settle(tx, case)
    if settled.plan_id is not None and settled.plan_id != assignment.plan_id:
        log.warning("decided anew by a plan", assignment_id=assignment.id)
        handlers.reassign(tx, assignment, case, settled)
        return
    again = replace(assignment, round=assignment.round + 1, told=(), red=settled.red or CHAIN_LOST)
    following = _Following(
        step=assignment.step,
        leads=(settled.lead,) if settled.lead else (),
        wait=times_without_plan(assignment.urgency).repeat,
        begins_anew=True,
        is_last=True,
    )
    _take_step(tx, again, following, cause=cause)


def case_of(tx: Transaction, assignment: Assignment) -> Case:
    """The facts by which the assignment was decided."""
    return cases.from_document(store.decision(tx, assignment.decision_id)["case"])


def _step_row(
    tx: Transaction, assignment: Assignment, parts: Sequence[Part], cause: str
) -> dict[str, object]:
    return {
        "id": ids.uuid7(),
        "assignment_id": assignment.id,
        "round": assignment.round,
        "step": assignment.step,
        "cause": cause,
        "recipients": [
            {
                "part": part.part,
                "role": part.told.role,
                part.told.member.kind: part.told.member.id,
                "because": part.told.because,
            }
            for part in parts
        ],
        "taken_at": tx.now,
    }
