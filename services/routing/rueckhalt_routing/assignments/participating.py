# SPDX-License-Identifier: EUPL-1.2
"""Who takes part in a drill: the house, and the partners that have agreed to it."""

from collections.abc import Iterable

from rueckhalt_routing.assignments.deciding import Part
from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_shared.database import Transaction

DRILL = "drill"


def taking_part(tx: Transaction, assignment: Assignment, parts: Iterable[Part]) -> list[Part]:
    """Everybody of the house; partners outside only where the plan says that they have agreed."""
    if assignment.mode != DRILL:
        return list(parts)
    compiled = plan_for_drills(tx, assignment)
    partners = compiled.plan.partners if compiled is not None else ()
    agreed = {each.key for each in partners if each.drills}
    known = compiled.by_id if compiled is not None else {}
    return [
        part
        for part in parts
        if part.told.member.kind == "person"
        or (part.told.member.id in known and known[part.told.member.id].key in agreed)
    ]


def plan_for_drills(tx: Transaction, assignment: Assignment) -> CompiledPlan | None:
    """The plan that counts now; none if there is none or it cannot be read."""
    try:
        return plans.live_plan(tx, assignment.municipality)
    except plans.PlanBroken:
        return None
