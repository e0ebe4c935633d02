# SPDX-License-Identifier: EUPL-1.2
"""Assignments as they are told to callers. What is out of reach does not exist for them."""

from collections.abc import Callable, Sequence
from typing import Any

from rueckhalt_routing.assignments import handlers, store
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.domain import Assignment, Sight, UnknownAssignment
from rueckhalt_routing.assignments.settling import settle
from rueckhalt_routing.persons import handlers as people
from rueckhalt_shared.database import Transaction


def list_assignments(
    tx: Transaction,
    *,
    state: str | None,
    sight: Sight,
    before: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The newest assignments in sight."""
    return _shown(tx, store.newest(tx, state=state, sight=sight, before=before, limit=limit))


def show(tx: Transaction, id: str, *, sight: Sight) -> dict[str, Any]:
    """One assignment. Raises UnknownAssignment, also for one out of sight."""
    return _shown(tx, [_seen(tx, id, sight)])[0]


def change(
    tx: Transaction,
    id: str,
    act: Callable[[Transaction, Assignment], Assignment],
    *,
    sight: Sight,
) -> dict[str, Any]:
    """Do something to an assignment in sight, and show what became of it.

    What is out of sight is not even locked; what went out of sight meanwhile does not change.
    """
    _seen(tx, id, sight)
    assignment = handlers.locked(tx, id)
    _seen(tx, id, sight)
    return _shown(tx, [act(tx, assignment)])[0]


def explanation(tx: Transaction, id: str, *, sight: Sight, is_auditor: bool) -> dict[str, Any]:
    """Why this person. Who is in conflict with the case is for the plan's auditor only."""
    assignment = _seen(tx, id, sight)
    decision = store.decision(tx, assignment.decision_id)
    told = {
        "assignment": assignment.id,
        "incident_id": assignment.incident_id,
        "decision": decision["id"],
        "decided_at": decision["decided_at"],
        "plan_version": assignment.plan_version,
        **decision["explanation"],
        "steps_taken": [_step(row) for row in store.steps_of(tx, id)],
        "taken_by": assignment.taken_by,
        "taken_over_at": assignment.taken_over_at,
    }
    if is_auditor:
        excluded = assignment.excluded.items()
        told["excluded"] = [{"person": person, "cause": cause} for person, cause in excluded]
        told["declined"] = list(assignment.out)
    ids = {entry.get("person") or entry.get("partner") for entry in told.get("recipients", ())}
    known = people.names(tx, [*ids, assignment.taken_by])
    told["names"] = {id: name for id, (_, name) in known.items()}
    return told


def responsible(tx: Transaction, case: Case) -> dict[str, Any]:
    """Who would be responsible for such a case now; nothing is stored, nobody is told."""
    settled = settle(tx, case)
    lead = settled.lead
    return {
        "rule": settled.rule,
        "tier": settled.tier,
        "chain": settled.chain,
        "step": settled.step,
        "urgency": settled.urgency,
        "weak": settled.weak,
        "red": settled.red,
        "plan_version": settled.plan_version,
        "role": lead.role if lead else None,
        "person": lead.member.id if lead and lead.member.kind == "person" else None,
        "partner": lead.member.id if lead and lead.member.kind == "partner" else None,
        "name": lead.member.name if lead else None,
        "take_over_by": tx.now + settled.take_over_within,
        "explanation": settled.explanation,
    }


def _seen(tx: Transaction, id: str, sight: Sight) -> Assignment:
    assignment = store.get(tx, id, sight)
    if assignment is None:
        raise UnknownAssignment
    return assignment


def _shown(tx: Transaction, assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    ids = {id for a in assignments for id in (a.person, a.partner, a.taken_by)}
    known = people.names(tx, ids)
    return [
        vars(assignment)
        | {
            "person": assignment.taken_by or assignment.person,
            "partner": None if assignment.taken_by else assignment.partner,
            "role": assignment.taken_role or assignment.role,
            "name": known.get(assignment.lead or "", ("", None))[1],
            "person_key": known.get(assignment.lead or "", (None, ""))[0],
        }
        for assignment in assignments
    ]


def _step(row: Any) -> dict[str, Any]:
    names = ("round", "step", "cause", "recipients", "taken_at")
    return {name: row[name] for name in names}
