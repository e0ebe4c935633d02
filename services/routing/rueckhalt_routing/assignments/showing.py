# SPDX-License-Identifier: EUPL-1.2
"""Assignments as they are told to callers. What is out of reach does not exist for them."""

from collections.abc import Callable, Sequence
from typing import Any

from rueckhalt_routing.assignments import domain, handlers, store
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.domain import (
    IN_CONFLICT,
    Assignment,
    ChangedMeanwhile,
    Sight,
    UnknownAssignment,
)
from rueckhalt_routing.assignments.settling import settle
from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

EXPLAINED = "assignment.explained"


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
    version: int | None = None,
) -> dict[str, Any]:
    """Do something to an assignment in sight, and show what became of it.

    What is out of sight is not even locked; what went out of sight meanwhile does not change, and
    neither does what is not of the version looked at (ChangedMeanwhile).
    """
    _seen(tx, id, sight)
    assignment = handlers.locked(tx, id)
    _seen(tx, id, sight)
    if version is not None and assignment.version != version:
        raise ChangedMeanwhile
    changed = act(tx, assignment)
    if (
        store.get(tx, id, sight) is None
    ):  # whoever is out of it learns no more, not even who is next
        return {"id": id}
    return _shown(tx, [changed])[0]


def is_seen(tx: Transaction, id: str, *, sight: Sight) -> bool:
    """Does this assignment exist for somebody who sees so much?"""
    return store.get(tx, id, sight) is not None


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
    if not is_auditor:
        _without_the_excluded(told, assignment)
    else:
        excluded = assignment.excluded.items()
        told["excluded"] = [{"person": person, "cause": cause} for person, cause in excluded]
        told["declined"] = list(assignment.out)
    entries = [*told.get("recipients", ()), *_all_told(told["steps_taken"])]
    entries += told.get("passed_over", ())
    ids = {entry.get("person") or entry.get("partner") for entry in entries}
    barred = list(assignment.excluded) if is_auditor else []
    known = people.names(tx, [*ids, *barred, assignment.taken_by])
    told["names"] = {id: name for id, (_, name) in known.items()}
    return told


def explained(
    tx: Transaction, id: str, *, sight: Sight, is_auditor: bool, by: str | None
) -> dict[str, Any]:
    """The same, opened `by` an auditor whose case it is not: one row of the audit."""
    told = explanation(tx, id, sight=sight, is_auditor=is_auditor)
    if by is not None:
        municipality = _seen(tx, id, sight).municipality
        given = {"act": EXPLAINED, "fields": "plan", "why": "plan", "object": id}
        record(tx, Act(municipality=municipality, who=by, **given))
    return told


def _without_the_excluded(told: dict[str, Any], assignment: Assignment) -> None:
    """Who turned out to be in conflict, or said so, is named to nobody but the plan's auditor."""

    def kept(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in entries if each.get("person") not in assignment.excluded]

    told["recipients"] = kept(told.get("recipients", ()))
    told["passed_over"] = kept(told.get("passed_over", ()))
    for step in told["steps_taken"]:
        step["recipients"] = kept(step["recipients"])
        step["reason"] = None if step["reason"] == IN_CONFLICT else step["reason"]


def _all_told(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for step in steps for entry in step["recipients"]]


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


def show_of(tx: Transaction, incident_id: str, *, sight: Sight) -> dict[str, Any]:
    """The assignment of an incident. Raises UnknownAssignment, also for one out of sight."""
    known = store.find(tx, incident_id)
    return show(tx, known.id if known is not None else "", sight=sight)


def show_to(tx: Transaction, id: str, person: str | None, *, sight: Sight) -> dict[str, Any]:
    """One assignment, and whether this person may act for it. Raises UnknownAssignment."""
    assignment = _seen(tx, id, sight)
    may_act = person is not None and domain.may_act(assignment, person)
    return _shown(tx, [assignment])[0] | {"may_act": may_act}


def receivers(tx: Transaction, id: str, *, sight: Sight) -> list[tuple[str, str, bool]]:
    """To whom an assignment may be offered: key, name, whether they are a partner."""
    assignment = _seen(tx, id, sight)
    compiled = plans.live_plan(tx, assignment.municipality)
    members = compiled.members.values() if compiled is not None else ()
    return [
        (each.key, each.name, each.kind == "partner")
        for each in members
        if each.id not in assignment.excluded and each.id != assignment.taken_by
    ]


def _step(row: Any) -> dict[str, Any]:
    names = ("round", "step", "cause", "reason", "recipients", "taken_at")
    return {name: row[name] for name in names}
