# SPDX-License-Identifier: EUPL-1.2
"""How plans stand, over HTTP."""

from marshmallow import Schema, fields, validate

from rueckhalt_routing.certificates import domain
from rueckhalt_shared.web import RequestSchema


class GapSchema(Schema):
    """A gap of the plan, as a task."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": list(domain.KINDS)})
    told = fields.String(required=True, metadata={"description": "the gap in a sentence"})
    from_at = fields.AwareDateTime(allow_none=True)
    until_at = fields.AwareDateTime(allow_none=True)
    owner = fields.String(required=True, metadata={"description": "person id"})
    found_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(allow_none=True)


class StandingSchema(Schema):
    """The light of a plan, its gaps, and the signed certificate."""

    municipality = fields.String(required=True)
    light = fields.String(required=True, metadata={"enum": list(domain.LIGHTS)})
    reasons = fields.List(fields.String(), required=True)
    plan_version = fields.Integer(allow_none=True)
    proved_at = fields.AwareDateTime(allow_none=True)
    valid_until = fields.AwareDateTime(allow_none=True)
    is_pending = fields.Boolean(required=True)
    worst_minutes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    gaps = fields.List(fields.Nested(GapSchema), required=True)
    certificate = fields.Dict(allow_none=True)


class StandingQuerySchema(Schema):
    """Whose plan; without one the installation's own municipality."""

    municipality = fields.String()
    lang = fields.String(load_default="de", validate=validate.OneOf(["de", "en"]))


class StandInSchema(RequestSchema):
    """One more stand-in for a role, in a new draft."""

    municipality = fields.String(load_default="")
    role = fields.String(required=True, validate=validate.Length(1, 64))
    person = fields.String(required=True, validate=validate.Length(1, 64))
    name = fields.String(required=True, validate=validate.Length(1, 200))
