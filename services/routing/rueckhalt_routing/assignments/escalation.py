# SPDX-License-Identifier: EUPL-1.2
"""The chain runs until somebody takes over: next step, next round, never an end."""

from collections.abc import Sequence
from dataclasses import replace

from rueckhalt_routing.assignments import announcing, cases, domain, handlers, store
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import ASKED, LEAD, NOBODY_AT_ALL, Part
from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_routing.assignments.rosters import roster_of
from rueckhalt_routing.assignments.settling import last_resort, times_without_plan
from rueckhalt_routing.assignments.staffing import Conflict, Staffing, Told
from rueckhalt_routing.assignments.stepping import Following, next_step
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
EXHAUSTED = "exhausted"


def advance(
    tx: Transaction,
    assignment: Assignment,
    *,
    cause: str,
    anew: bool = False,
    also: tuple[Told, ...] = (),
    reason: str | None = None,
) -> None:
    """Tell the next step now (or `anew` the first one), and set the timer of the one after it.

    `also` hear of it who had it until now.
    """
    following = following_of(tx, assignment, anew=anew)
    if following is None:
        _without_chain(tx, assignment, cause, reason)
        return
    moved = replace(
        assignment,
        step=following.step,
        round=assignment.round + following.begins_anew,
        rounds_from=assignment.round + 1 if anew else assignment.rounds_from,
        told=() if following.begins_anew and not following.keeps_told else assignment.told,
    )
    if following.is_exhausted and moved.red != EXHAUSTED:
        log.error("chain exhausted", assignment_id=moved.id, municipality=moved.municipality)
        moved = replace(moved, red=EXHAUSTED)
    leads = {told.member.id for told in following.leads}
    also = tuple(told for told in also if told.member.id not in leads)
    _take_step(tx, moved, following, cause=cause, also=also, reason=reason)


def is_at_last_step(tx: Transaction, assignment: Assignment) -> bool:
    """Is the catch-all step running, after which only waiting helps?"""
    following = following_of(tx, assignment)
    return following is None or following.begins_anew


def following_of(
    tx: Transaction, assignment: Assignment, *, anew: bool = False
) -> Following | None:
    """The next step by the chain as decided and the people of today; none without a chain."""
    chained = _chain_of(tx, assignment)
    if chained is None:
        return None
    try:
        return next_step(assignment, *chained, now=tx.now, anew=anew)
    except Exception as error:  # whatever it is, the catch-all hears
        log.error("chain failed", assignment_id=assignment.id, exc_info=error)
        return None


def _take_step(
    tx: Transaction,
    assignment: Assignment,
    following: Following,
    *,
    cause: str,
    also: tuple[Told, ...] = (),
    reason: str | None = None,
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
        told=tuple(dict.fromkeys((*assignment.told, *(t.member.id for t in (*leads, *also))))),
        red=assignment.red if lead else NOBODY_AT_ALL,
        next_due_at=due,
        stepped_at=tx.now,
        take_over_by=promised if promised > tx.now else due,
    )
    heard = (*leads, *also)
    parts = tuple(Part(told, LEAD if told is lead else ASKED) for told in heard)
    store.save(tx, moved)
    timers.set_timer(tx, ESCALATE, moved.id, due)
    store.log_step(tx, _step_row(tx, moved, parts, cause) | {"reason": reason})
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
        compiled=today,
        unit=assignment.unit,
        conflict=conflict,
        roster=roster_of(tx, today, assignment.municipality),
        at=int(tx.now.timestamp()),
        out=frozenset(assignment.out),
    )
    return decided, staffing


def _without_chain(tx: Transaction, assignment: Assignment, cause: str, reason: str | None) -> None:
    """Decided without a plan: by a plan if there is one now, else the catch-all hears again."""
    case = case_of(tx, assignment)
    settled = handlers.settle_for(tx, assignment, case)
    if settled.plan_id is not None and settled.plan_id != assignment.plan_id:
        log.warning("decided anew by a plan", assignment_id=assignment.id)
        handlers.reassign(tx, assignment, case, settled)
        return
    again = replace(assignment, round=assignment.round + 1, told=(), red=settled.red or CHAIN_LOST)
    following = Following(
        step=assignment.step,
        leads=(settled.lead,) if settled.lead else (),
        wait=times_without_plan(assignment.urgency).repeat,
        begins_anew=True,
        is_last=True,
    )
    _take_step(tx, again, following, cause=cause, reason=reason)


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
