# SPDX-License-Identifier: EUPL-1.2
"""Assignments over HTTP: who is responsible, why, and "I take over"."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import url_for

from rueckhalt_routing.assignments import answers, showing
from rueckhalt_routing.assignments.cases import Case, bias_of
from rueckhalt_routing.assignments.domain import Sight
from rueckhalt_routing.assignments.schemas import (
    AssignmentPageSchema,
    AssignmentQuerySchema,
    AssignmentSchema,
    CaseQuerySchema,
    ExplanationSchema,
    ResponsibleSchema,
    TakeOverSchema,
)
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.keys import EVERYWHERE
from rueckhalt_shared.web import (
    Blueprint,
    FieldProblem,
    Problem,
    caller,
    database,
    requires,
    settings,
)

blp = Blueprint("assignments", __name__, url_prefix="/v1/assignments", description="Who leads")
responsible_blp = Blueprint("responsible", __name__, url_prefix="/v1/responsible")


@blp.get("")
@requires("assignment:read")
@blp.arguments(AssignmentQuerySchema, location="query")
@blp.response(200, AssignmentPageSchema)
def list_assignments(query: dict[str, Any]) -> Any:
    """List assignments, the newest first; a person those they have been told of."""
    size = query["page_size"]
    items = database().read(
        showing.list_assignments,
        state=None if query["state"] == "all" else query["state"],
        sight=_sight(),
        before=query["before"],
        limit=size,
    )
    return {"items": items}, _link(items, size=size, state=query["state"])


@blp.get("/<uuid:id>")
@requires("assignment:read")
@blp.response(200, AssignmentSchema)
def show_assignment(id: UUID) -> Any:
    """Show one assignment."""
    return database().read(showing.show, str(id), sight=_sight())


@blp.get("/<uuid:id>/explanation")
@requires("assignment:read")
@blp.response(200, ExplanationSchema)
def explain_assignment(id: UUID) -> Any:
    """Explain why this person is responsible."""
    is_auditor = "plan:write" in caller().scopes
    return database().read(showing.explanation, str(id), sight=_sight(), is_auditor=is_auditor)


@blp.post("/<uuid:id>/take-over")
@requires("assignment:take-over")
@blp.arguments(TakeOverSchema, required=False)
@blp.response(200, AssignmentSchema)
def take_over(body: dict[str, Any] | None, id: UUID) -> Any:
    """Take over: a person for themselves, a system for the named one or whoever leads now."""
    who, named = caller(), (body or {}).get("person")
    if who.account is not None:
        if named not in (None, who.person):
            raise Problem(403, "Not allowed", "You take over for yourself only.", kind="not-yours")
        named = who.person
    act = partial(answers.take_over, person=named)
    return database().run(showing.change, str(id), act, sight=_sight(acts=True))


@blp.post("/<uuid:id>/hand-back")
@requires("assignment:take-over")
@blp.response(200, AssignmentSchema)
def hand_back(id: UUID) -> Any:
    """Give it back: the next step is told at once. A person gives back what they have."""
    by = caller().person if caller().account is not None else None
    act = partial(answers.hand_back, by=by)
    return database().run(showing.change, str(id), act, sight=_sight(acts=True))


@responsible_blp.get("")
@requires("assignment:read", "plan:write")
@responsible_blp.arguments(CaseQuerySchema, location="query")
@responsible_blp.response(200, ResponsibleSchema)
def show_responsible(query: dict[str, Any]) -> Any:
    """Try a case: who would be responsible for it?"""
    municipality = query.get("municipality") or settings().municipality
    if not municipality:
        raise FieldProblem("municipality", "is needed")
    caller().must_reach(municipality)
    return database().read(showing.responsible, _case(query, municipality))


def _case(query: dict[str, Any], municipality: str) -> Case:
    return Case(
        municipality=municipality,
        registered_at=query["at"] or database().clock(),
        forms=tuple(query["forms"]),
        affected_groups=tuple(query["affected_groups"]),
        relation=query["relation"],
        bias=bias_of(query["motives"], codes.BIAS_MOTIVES),
        severity=query["severity"],
        danger_level=query["danger_level"],
        wishes=tuple(query["wishes"]),
        unit=query["unit"],
        exclude_supervisor="exclude_supervisor" in query["wishes"],
    )


def _sight(*, acts: bool = False) -> Sight:
    """A test key sees and moves test assignments only: a test never ends a real alarm.

    Whoever keeps the plan sees all assignments but acts on their own only.
    """
    who = caller()
    return Sight(
        municipalities=None if EVERYWHERE in who.municipalities else who.municipalities,
        mode="test" if who.mode == "test" else None,
        is_person=who.account is not None,
        person=who.person,
        audits="plan:write" in who.scopes and not acts,
    )


def _link(items: list[dict[str, Any]], *, size: int, state: str) -> dict[str, str]:
    if len(items) < size:
        return {}
    following = url_for(
        "assignments.list_assignments", state=state, page_size=size, before=items[-1]["id"]
    )
    return {"Link": f'<{following}>; rel="next"'}
