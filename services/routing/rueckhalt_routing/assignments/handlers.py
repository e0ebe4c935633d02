# SPDX-License-Identifier: EUPL-1.2
"""What incidents do to assignments: registered, amended, closed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rueckhalt_routing.assignments import announcing, cases, domain, store
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.domain import CLOSED, HELD, OFFERED, OPEN, WAITING, Assignment
from rueckhalt_routing.assignments.settling import Settlement, settle
from rueckhalt_routing.assignments.staffing import Told
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.subscriptions import Foreign, NotYet

log = get_logger(__name__)
_QUIET_MODES = ("test", "drill")
_QUIET_REPEAT = timedelta(days=1)


def assign(
    tx: Transaction, incident_id: str, case: Case, *, version: int, mode: str, imported: bool
) -> None:
    """Give a registered incident its one assignment, announce it, set its first timer.

    An imported incident is history: its assignment is closed from the start and nobody hears.
    """
    if store.is_known(tx, incident_id):
        _decide_at_last(tx, incident_id, case, version=version)
        return
    settled = settle(tx, case)
    begin(tx, case, settled, incident_id=incident_id, version=version, mode=mode, imported=imported)


def begin(
    tx: Transaction,
    case: Case,
    settled: Settlement,
    *,
    incident_id: str,
    version: int,
    mode: str,
    imported: bool = False,
) -> None:
    """Write the first decision of an incident; announce it unless it is history."""
    decision_id = ids.uuid7()
    assignment = Assignment(
        id=ids.uuid7(),
        municipality=case.municipality,
        incident_id=incident_id,
        incident_version=version,
        mode=mode,
        assigned_at=tx.now,
        **settled_fields(tx, case, settled, decision_id=decision_id, mode=mode),
    )
    if imported:
        assignment = domain.close(assignment, now=tx.now)
    store.add_decision(tx, _decision(tx, case, settled, id=decision_id, incident_id=incident_id))
    store.add(tx, assignment)
    if not imported:
        _start(tx, assignment, settled, case, is_new=True)


def _decide_at_last(tx: Transaction, incident_id: str, case: Case, *, version: int) -> None:
    """The report can be applied after all: what the catch-all got is decided properly."""
    assignment = locked_for(tx, incident_id, case.municipality)
    if assignment.incident_version == 0 and assignment.state in WAITING:
        anew = replace(assignment, incident_version=version)
        reassign(tx, anew, case, settle_for(tx, anew, case))


def amend(tx: Transaction, incident_id: str, case: Case, *, version: int) -> None:
    """Apply corrected facts. Decide anew if that matters and nobody has taken over.

    After a take-over only a higher urgency, or a conflict of the taker, opens it again; that is
    told to everybody concerned and never happens silently.
    """
    assignment = locked_for(tx, incident_id, case.municipality)
    if version <= assignment.incident_version:
        return
    assignment = replace(assignment, incident_version=version)
    settled = settle_for(tx, assignment, case)
    if assignment.state == CLOSED:  # nobody is asked, but who is in conflict does not see it
        store.save(tx, replace(assignment, excluded=settled.excluded))
        return
    if not (_must_decide_anew(assignment, settled) or _told_the_wrong(tx, assignment, settled)):
        excluded = {"excluded": settled.excluded, "barred_roles": settled.barred_roles}
        kept = domain.move(assignment, **excluded)
        if kept.state == OFFERED and kept.offered_to in settled.excluded:
            kept = domain.withdraw(kept)
            timers.set_timer(tx, ESCALATE, kept.id, kept.follow_up_by or tx.now)
        store.save(tx, kept)
        return
    reassign(tx, assignment, case, settled)


def reassign(tx: Transaction, assignment: Assignment, case: Case, settled: Settlement) -> None:
    """Write a new decision into the assignment and announce it."""
    decision_id = ids.uuid7()
    if assignment.is_kept:
        announcing.lapsed(tx, assignment, next_due_at=tx.now + settled.wait)
    settled = _as_promised(assignment, settled)
    decided = settled_fields(tx, case, settled, decision_id=decision_id, mode=assignment.mode)
    following = assignment.round + 1  # so that no notice of it is taken for an older one
    anew = domain.reopen(assignment, **decided | {"round": following, "rounds_from": following})
    incident_id = assignment.incident_id
    store.add_decision(tx, _decision(tx, case, settled, id=decision_id, incident_id=incident_id))
    store.save(tx, anew)
    _start(tx, anew, settled, case)


def settle_for(tx: Transaction, assignment: Assignment, case: Case) -> Settlement:
    """Decide anew; who has said themselves that they are in conflict stays so."""
    declared = {who: why for who, why in assignment.excluded.items() if why == domain.DECLARED}
    case = replace(case, excluded=case.excluded | frozenset(declared))
    settled = settle(tx, replace(case, in_crisis=case.in_crisis or _in_crisis(tx, assignment)))
    return replace(settled, excluded={**settled.excluded, **declared})


def _in_crisis(tx: Transaction, assignment: Assignment) -> bool:
    """Was it decided by the rules of a crisis that began while it was held?"""
    return bool(store.decision(tx, assignment.decision_id)["case"].get("in_crisis"))


def _as_promised(assignment: Assignment, settled: Settlement) -> Settlement:
    """What was started is never held again, and what is held never longer than was said."""
    if settled.held_until is None or assignment.held_until is None:
        return replace(settled, held_until=None)
    if assignment.state != HELD:
        return replace(settled, held_until=None)
    return replace(settled, held_until=min(settled.held_until, assignment.held_until))


def close(tx: Transaction, incident_id: str, *, municipality: str, version: int) -> None:
    """The incident is closed: no timer runs any more, and that is told."""
    assignment = locked_for(tx, incident_id, municipality)
    if assignment.state == CLOSED or version <= assignment.incident_version:
        return
    complete(tx, replace(assignment, incident_version=version))


def complete(tx: Transaction, assignment: Assignment) -> None:
    """Nothing is left to do for this assignment."""
    closed = domain.close(assignment, now=tx.now)
    timers.cancel(tx, closed.id)
    store.save(tx, closed)
    announcing.completed(tx, closed)


def locked_for(tx: Transaction, incident_id: str, municipality: str) -> Assignment:
    """The incident's assignment, locked; NotYet while the incident is not known here.

    Raises Foreign when the event is of another municipality than the incident.
    """
    known = store.find(tx, incident_id)
    if known is None:
        raise NotYet("the incident is not registered here yet")
    return own(locked(tx, known.id), municipality)


def own(assignment: Assignment, municipality: str) -> Assignment:
    """The assignment, when the event is of its municipality; raises Foreign."""
    if assignment.municipality != municipality:
        raise Foreign("the assignment is another municipality's")
    return assignment


def locked(tx: Transaction, id: str) -> Assignment:
    """The assignment, locked for changing. Its timers are locked first, everywhere."""
    timers.hold(tx, id)
    assignment = store.lock(tx, id)
    if assignment is None:
        raise domain.UnknownAssignment
    return assignment


def settled_fields(
    tx: Transaction, case: Case, settled: Settlement, *, decision_id: str, mode: str
) -> dict[str, Any]:
    """The fields of an assignment that a decision fills."""
    start = settled.held_until or tx.now
    begun = () if settled.held_until else settled.begun
    return {
        **lead_fields(settled.lead),
        "state": HELD if settled.held_until else OPEN,
        "held_until": settled.held_until,
        "urgency": settled.urgency,
        "unit": case.unit,
        "decision_id": decision_id,
        "plan_id": settled.plan_id,
        "plan_version": settled.plan_version,
        "rule": settled.rule,
        "tier": settled.tier,
        "chain": settled.chain,
        "step": settled.step,
        "round": 0,
        "told": tuple(told.member.id for told in begun),
        "excluded": settled.excluded,
        "barred_roles": settled.barred_roles,
        "weak": settled.weak,
        "red": settled.red,
        "take_over_by": start + settled.take_over_within,
        "next_due_at": settled.held_until or due_after(tx.now, settled.wait, mode=mode),
        "stepped_at": tx.now,
    }


def lead_fields(lead: Told | None) -> dict[str, str | None]:
    """The fields that say who leads."""
    if lead is None:
        return {"role": "unknown", "person": None, "partner": None}
    is_person = lead.member.kind == "person"
    return {
        "role": lead.role,
        "person": lead.member.id if is_person else None,
        "partner": None if is_person else lead.member.id,
    }


def due_after(now: datetime, wait: timedelta, *, mode: str, is_last: bool = False) -> datetime:
    """When the next step is due; a test or drill does not begin anew every quarter of an hour."""
    if is_last and mode in _QUIET_MODES:
        return now + max(wait, _QUIET_REPEAT)
    return now + wait


def _start(
    tx: Transaction,
    assignment: Assignment,
    settled: Settlement,
    case: Case,
    *,
    is_new: bool = False,
) -> None:
    if assignment.red is not None:
        log.error(
            "assignment is red",
            assignment_id=assignment.id,
            municipality=assignment.municipality,
            cause=assignment.red,
        )
    due = assignment.next_due_at or tx.now
    timers.set_timer(tx, ESCALATE, assignment.id, due, is_new=is_new)
    parts = () if assignment.state == HELD else settled.parts
    announcing.assigned(
        tx,
        assignment,
        parts,
        forms=case.forms,
        steps=settled.response_steps,
        stand_in=settled.stand_in,
    )


def _must_decide_anew(assignment: Assignment, settled: Settlement) -> bool:
    rises = cases.rises(assignment.urgency, settled.urgency)
    in_conflict = assignment.lead in settled.excluded
    if assignment.is_kept:
        return rises or in_conflict
    lead_changes = (settled.rule, settled.chain) != (assignment.rule, assignment.chain)
    return rises or in_conflict or lead_changes


def _told_the_wrong(tx: Transaction, assignment: Assignment, settled: Settlement) -> bool:
    """Was somebody told who only now turns out to be in conflict? Then they must hear no more."""
    newly = set(settled.excluded) - set(assignment.excluded)
    if not newly or assignment.state not in WAITING:
        return False
    explained = store.decision(tx, assignment.decision_id)["explanation"]
    told = {entry.get("person") for entry in explained.get("recipients", ())}
    return not newly.isdisjoint(told | set(assignment.told))


def _decision(
    tx: Transaction, case: Case, settled: Settlement, *, id: str, incident_id: str
) -> Mapping[str, Any]:
    return {
        "id": id,
        "incident_id": incident_id,
        "municipality": case.municipality,
        "plan_id": settled.plan_id,
        "case": cases.as_document(case),
        "explanation": dict(settled.explanation),
        "excluded": dict(settled.excluded),
        "decided_at": tx.now,
    }
