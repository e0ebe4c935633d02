# SPDX-License-Identifier: EUPL-1.2
"""Assignments over HTTP: who is responsible, why, and "I take over"."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import url_for

from rueckhalt_routing.assignments import answers, offering, showing
from rueckhalt_routing.assignments.cases import Case, bias_of
from rueckhalt_routing.assignments.schemas import (
    AssignmentPageSchema,
    AssignmentQuerySchema,
    AssignmentSchema,
    CaseQuerySchema,
    DeclineSchema,
    ExplanationSchema,
    OfferSchema,
    ResponsibleSchema,
    TakeOverSchema,
    VersionSchema,
)
from rueckhalt_routing.assignments.seeing import actor, explained, sight_of_caller
from rueckhalt_shared.contracts import codes
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
        sight=sight_of_caller(),
        before=query["before"],
        limit=size,
    )
    return {"items": items}, _link(items, size=size, state=query["state"])


@blp.get("/<uuid:id>")
@requires("assignment:read")
@blp.response(200, AssignmentSchema)
def show_assignment(id: UUID) -> Any:
    """Show one assignment."""
    return database().read(showing.show, str(id), sight=sight_of_caller())


@blp.get("/<uuid:id>/explanation")
@requires("assignment:read")
@blp.response(200, ExplanationSchema)
def explain_assignment(id: UUID) -> Any:
    """Explain why this person is responsible."""
    is_theirs = caller().account is None or database().read(
        showing.is_seen, str(id), sight=sight_of_caller(acts=True)
    )
    return explained(id, is_theirs=is_theirs)


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
    return database().run(showing.change, str(id), act, sight=sight_of_caller(acts=True))


@blp.post("/<uuid:id>/hand-back")
@requires("assignment:take-over")
@blp.response(200, AssignmentSchema)
def hand_back(id: UUID) -> Any:
    """Give it back: the next step is told at once. A person gives back what they have."""
    act = partial(answers.hand_back, by=actor())
    return database().run(showing.change, str(id), act, sight=sight_of_caller(acts=True))


@blp.post("/<uuid:id>/decline")
@requires("assignment:take-over")
@blp.arguments(DeclineSchema)
@blp.response(200, AssignmentSchema)
def decline(body: dict[str, Any], id: UUID) -> Any:
    """Say that one is not responsible, and why: the next step is told at once."""
    act = partial(answers.decline, person=actor(), reason=body["reason"])
    return _changed(id, act, body)


@blp.post("/<uuid:id>/activity")
@requires("assignment:take-over")
@blp.arguments(VersionSchema, required=False)
@blp.response(200, AssignmentSchema)
def note_activity(body: dict[str, Any] | None, id: UUID) -> Any:
    """Note that whoever has it is at work on it: the promised time moves on."""
    return _changed(id, partial(answers.note_activity, person=actor()), body)


@blp.post("/<uuid:id>/done")
@requires("assignment:take-over")
@blp.arguments(VersionSchema, required=False)
@blp.response(200, AssignmentSchema)
def finish(body: dict[str, Any] | None, id: UUID) -> Any:
    """Say that everything is done."""
    return _changed(id, partial(answers.finish, person=actor()), body)


@blp.post("/<uuid:id>/offer")
@requires("assignment:take-over")
@blp.arguments(OfferSchema)
@blp.response(200, AssignmentSchema)
def offer(body: dict[str, Any], id: UUID) -> Any:
    """Offer it to a colleague or partner; the giver has it until they accept."""
    act = partial(offering.offer, to=body["to"], consent=body["consent"], by=actor())
    return _changed(id, act, body)


@blp.post("/<uuid:id>/accept")
@requires("assignment:take-over")
@blp.arguments(VersionSchema, required=False)
@blp.response(200, AssignmentSchema)
def accept(body: dict[str, Any] | None, id: UUID) -> Any:
    """Accept what is offered to oneself; for a partner the giver does."""
    return _changed(id, partial(offering.accept, by=actor()), body)


@blp.post("/<uuid:id>/refuse")
@requires("assignment:take-over")
@blp.arguments(VersionSchema, required=False)
@blp.response(200, AssignmentSchema)
def refuse(body: dict[str, Any] | None, id: UUID) -> Any:
    """Refuse what is offered, or take the offer back: the giver has it as before."""
    return _changed(id, partial(offering.decline, by=actor()), body)


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


def _changed(id: UUID, act: Any, body: dict[str, Any] | None) -> Any:
    version = (body or {}).get("version")
    sight = sight_of_caller(acts=True)
    return database().run(showing.change, str(id), act, sight=sight, version=version)


def _link(items: list[dict[str, Any]], *, size: int, state: str) -> dict[str, str]:
    if len(items) < size:
        return {}
    following = url_for(
        "assignments.list_assignments", state=state, page_size=size, before=items[-1]["id"]
    )
    return {"Link": f'<{following}>; rel="next"'}
