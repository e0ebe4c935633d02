# SPDX-License-Identifier: EUPL-1.2
"""What waits for the next opening, and how it starts: once, at the promised instant or in a crisis.

Nothing else moves that instant.
"""

from dataclasses import replace

from rueckhalt_routing.assignments import announcing, domain, escalation, handlers, store
from rueckhalt_routing.assignments.crises import is_crisis
from rueckhalt_routing.assignments.deciding import ASKED, LEAD, Part
from rueckhalt_routing.assignments.domain import HELD, OPEN, Assignment
from rueckhalt_routing.assignments.staffing import Told
from rueckhalt_routing.duty import crises as duty_crises
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.entries import Crisis
from rueckhalt_routing.plan.compiled import Member
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_shared.database import Transaction


def release(tx: Transaction, assignment: Assignment) -> None:
    """Tell everybody the decision names, with the people of this instant in the first step."""
    following = escalation.following_of(tx, assignment, anew=True)
    if following is None or not following.leads:
        escalation.advance(tx, replace(assignment, state=OPEN), cause=escalation.NOBODY_REACHABLE)
        return
    leads = following.leads
    promised = assignment.take_over_by - (assignment.held_until or assignment.take_over_by)
    due = handlers.due_after(tx.now, following.wait, mode=assignment.mode)
    started = domain.move(
        assignment,
        **handlers.lead_fields(leads[0]),
        state=OPEN,
        step=following.step,
        told=tuple(told.member.id for told in leads),
        take_over_by=min(assignment.take_over_by, tx.now + promised),
        next_due_at=due,
        stepped_at=tx.now,
    )
    decided = store.decision(tx, assignment.decision_id)["explanation"]
    parts = [Part(told, ASKED if place else LEAD) for place, told in enumerate(leads)]
    store.save(tx, started)
    timers.set_timer(tx, ESCALATE, started.id, due)
    announcing.assigned(
        tx,
        started,
        [*parts, *_others(decided, {told.member.id for told in leads} | set(started.excluded))],
        forms=escalation.case_of(tx, assignment).forms,
        steps=tuple(decided.get("response_steps", ())),
        stand_in=_stand_in(tx, started),
    )


def release_all(tx: Transaction, municipality: str) -> int:
    """A crisis is declared: nothing waits any more. Answers how many were released."""
    mine = [id for id, of in store.held(tx) if of == municipality]
    return sum(_release_if_held(tx, id) for id in mine)


def declare_crisis(tx: Transaction, town: str, actor: Actor, *, reason: str = "") -> Crisis:
    """It is a crisis from now on, and what is held starts at once. Raises CrisisGoesOn."""
    declared = duty_crises.declare(tx, town, actor, reason=reason)
    release_in_crisis(tx)
    return declared


def release_in_crisis(tx: Transaction) -> int:
    """Release what is held where it is a crisis now, however that was declared."""
    towns = {municipality for _, municipality in store.held(tx)}
    return sum(release_all(tx, each) for each in sorted(towns) if is_crisis(tx, each))


def _release_if_held(tx: Transaction, id: str) -> bool:
    assignment = handlers.locked(tx, id)
    if assignment.state != HELD:
        return False
    if is_crisis(tx, assignment.municipality):
        _decide_in_crisis(tx, assignment)
    else:
        release(tx, assignment)
    return True


def _decide_in_crisis(tx: Transaction, assignment: Assignment) -> None:
    """By the rules of a crisis, whose chains are proved for every instant and not for openings."""
    case = replace(escalation.case_of(tx, assignment), in_crisis=True)
    settled = handlers.settle_for(tx, assignment, case)
    if (settled.rule, settled.chain) == (assignment.rule, assignment.chain):
        release(tx, assignment)
    else:
        handlers.reassign(tx, assignment, case, settled)


def _others(decided: dict[str, object], known: set[str]) -> list[Part]:
    """Who signs, is asked and is told by the decision, but for whom the first step tells."""
    recipients = decided.get("recipients", ())
    found = []
    for each in recipients if isinstance(recipients, list) else ():
        kind = "partner" if "partner" in each else "person"
        if each["part"] != LEAD and each[kind] not in known:
            member = Member(each[kind], "", kind, "")
            found.append(Part(Told(member, each["role"], each["because"]), each["part"]))
    return found


def _stand_in(tx: Transaction, started: Assignment) -> str | None:
    following = escalation.following_of(tx, started)
    if following is None or following.begins_anew or not following.leads:
        return None
    return following.leads[0].role
