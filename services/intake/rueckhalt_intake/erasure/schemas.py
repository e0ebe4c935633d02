# SPDX-License-Identifier: EUPL-1.2
"""Orders to erase and holds, as they come in and go out."""

from marshmallow import Schema, fields, validate

from rueckhalt_intake.erasure.domain import GROUNDS, REASONS, SCOPES
from rueckhalt_intake.incidents.requests import Line
from rueckhalt_shared.web import RequestSchema


def _one_of(choices: tuple[str, ...], told: str) -> fields.String:
    allowed = validate.OneOf(choices, error="must be one of: {choices}")
    return fields.String(required=True, validate=allowed, metadata={"description": told})


class EraseSchema(RequestSchema):
    """What is to be erased, and why."""

    scope = _one_of(SCOPES, "`case`: the whole incident; `source`: who reported it")
    reason = _one_of(REASONS, "Why; a code, no text")


class HoldSchema(RequestSchema):
    """Why an incident must be kept."""

    ground = _one_of(GROUNDS, "What asks for it")
    reason = Line(200, "Told to whoever orders an erasure; no names", required=True)


class LiftSchema(RequestSchema):
    """Why an incident need not be kept any more."""

    reason = Line(200, "Why; no names", required=True)


class AskFormSchema(RequestSchema):
    """A person asks for an erasure of somebody's incident."""

    action = fields.String()
    incident = fields.UUID(required=True)
    scope = _one_of(SCOPES, "What")
    reason = _one_of(tuple(each for each in REASONS if each != "retention"), "Why")


class OwnErasureSchema(RequestSchema):
    """Whoever reported asks for the erasure of the own report."""

    scope = _one_of(SCOPES, "What")
    reason = _one_of(tuple(each for each in REASONS if each != "retention"), "Why")


class HoldFormSchema(RequestSchema):
    """A person wants an incident kept."""

    action = fields.String()
    held = fields.UUID(required=True)
    ground = _one_of(GROUNDS, "What asks for it")
    hold_reason = Line(200, "Told to whoever asks for an erasure; no names", required=True)


class AnswerSchema(RequestSchema):
    """Why an erasure is declined, or a hold lifted."""

    action = fields.String()
    answer = Line(200, "Told to whoever asked; no names", required=True)


class ReceiptSchema(Schema):
    """One service has erased."""

    service = fields.String()
    at = fields.String()


class OrderSchema(Schema):
    """An order with the complete list of its receipts."""

    id = fields.String()
    municipality = fields.String()
    scope = fields.String()
    reason = fields.String()
    ordered_by = fields.String()
    ordered_at = fields.String()
    due_at = fields.String()
    state = fields.String(metadata={"description": "open, complete, or overdue"})
    receipts = fields.List(fields.Nested(ReceiptSchema))
    missing = fields.List(fields.String())


class OrdersSchema(Schema):
    """The newest orders."""

    items = fields.List(fields.Nested(OrderSchema))


class HoldShownSchema(Schema):
    """A hold."""

    id = fields.String()
    ground = fields.String()
    reason = fields.String()
    set_by = fields.String()
    set_at = fields.String()
    lifted_by = fields.String(allow_none=True)
    lifted_at = fields.String(allow_none=True)
    lift_reason = fields.String(allow_none=True)


class HoldsSchema(Schema):
    """Every hold of an incident."""

    items = fields.List(fields.Nested(HoldShownSchema))
