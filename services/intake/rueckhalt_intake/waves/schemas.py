# SPDX-License-Identifier: EUPL-1.2
"""What comes in and goes out about reports that were set aside."""

from marshmallow import Schema, fields, validate

from rueckhalt_intake.waves.domain import DECISIONS
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.web import RequestSchema

MOST = 200


class WaitingQuerySchema(RequestSchema):
    """How many to list."""

    page_size = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class WaitingSchema(Schema):
    """A report above the limits. Somebody is responsible for it already."""

    incident = fields.UUID()
    municipality = fields.String()
    registered_at = fields.String(metadata={"format": "date-time"})
    status = fields.String(metadata={"enum": list(codes.STATUSES.codes)})
    forms = fields.List(fields.String())
    severity = fields.Integer(allow_none=True)
    cause = fields.String(metadata={"description": "The limit it is above: network or system"})
    same_sender = fields.Integer(metadata={"description": "How many others of this sender wait"})


class WaitingPageSchema(Schema):
    """The oldest ones; `more`: others wait."""

    items = fields.List(fields.Nested(WaitingSchema))
    more = fields.Boolean()


class DecisionSchema(RequestSchema):
    """What these reports are."""

    incidents = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST))
    decision = fields.String(
        required=True,
        validate=validate.OneOf(DECISIONS),
        metadata={"description": "wave: part of a wave; released: a report like any other"},
    )


class DecidedSchema(Schema):
    """How many reports are decided otherwise than before."""

    decided = fields.Integer()
