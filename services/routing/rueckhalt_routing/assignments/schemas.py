# SPDX-License-Identifier: EUPL-1.2
"""How assignments are asked for and told over HTTP."""

from marshmallow import Schema, fields, validate
from webargs.fields import DelimitedList

from rueckhalt_routing.assignments.domain import REASONS, STATES
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.web import Code, RequestSchema

_SEVERITY = validate.Range(0, 3)
_UNIT = validate.Regexp(r"^[a-z0-9_]{1,40}\Z")


class AssignmentQuerySchema(RequestSchema):
    """Which assignments, and which page of them."""

    state = Code((*STATES, "all"), load_default="all")
    page_size = fields.Integer(load_default=100, validate=validate.Range(1, 500))
    before = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[0-9a-f-]{36}\Z"),
        metadata={"description": "Id of the last item of the page before"},
    )


class AssignmentSchema(Schema):
    """Who is responsible for an incident, and until when an answer is due."""

    id = fields.String()
    incident_id = fields.String()
    municipality = fields.String()
    mode = fields.String()
    state = fields.String(metadata={"enum": list(STATES)})
    urgency = fields.String()
    role = fields.String()
    person = fields.String(allow_none=True, metadata={"description": "Id of who leads now"})
    person_key = fields.String(allow_none=True, metadata={"description": "Key in the plan"})
    partner = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    take_over_by = fields.AwareDateTime()
    next_due_at = fields.AwareDateTime(allow_none=True)
    assigned_at = fields.AwareDateTime()
    taken_by = fields.String(allow_none=True)
    taken_over_at = fields.AwareDateTime(allow_none=True)
    follow_up_by = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    held_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Waits until then; nobody was told yet"}
    )
    offered_to = fields.String(allow_none=True, metadata={"description": "Has not accepted yet"})
    offer_until = fields.AwareDateTime(allow_none=True)
    rule = fields.String()
    tier = fields.Integer()
    chain = fields.String()
    step = fields.Integer()
    round = fields.Integer()
    plan_version = fields.Integer()
    weak = fields.Boolean(metadata={"description": "Only the catch-all rule is behind it"})
    red = fields.String(allow_none=True, metadata={"description": "What is wrong, if anything"})
    version = fields.Integer()


class AssignmentPageSchema(Schema):
    """One page; the next one is in the Link header."""

    items = fields.List(fields.Nested(AssignmentSchema))


class TakeOverSchema(RequestSchema):
    """Who takes over."""

    person = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 64),
        metadata={"description": "Id, or key in the plan; default: who leads now"},
    )


class VersionSchema(RequestSchema):
    """The version that was looked at; another one meanwhile is 409."""

    version = fields.Integer(load_default=None, allow_none=True)


class DeclineSchema(VersionSchema):
    """Why somebody is not responsible."""

    reason = Code(REASONS, required=True)


class OfferSchema(VersionSchema):
    """To whom it is offered."""

    to = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "Id, or key in the plan, of a person or partner"},
    )
    consent = fields.Boolean(
        load_default=False,
        metadata={"description": "The affected person agrees; needed for partners"},
    )


class ExplanationSchema(Schema):
    """Why this person. `excluded` and `declined` only with the scope plan:write."""

    class Meta:
        unknown = "include"

    assignment = fields.String()
    incident_id = fields.String()
    decision = fields.String()
    decided_at = fields.AwareDateTime()
    plan_version = fields.Integer()
    rule = fields.Raw()
    weak = fields.Boolean()
    red = fields.String(allow_none=True)
    values = fields.Dict()
    combinations = fields.Integer()
    immediate = fields.List(fields.Dict())
    regular = fields.Raw()
    other_leads = fields.List(fields.String())
    matched = fields.List(fields.String())
    response_steps = fields.List(fields.String())
    plan = fields.Dict()
    chain = fields.Raw()
    recipients = fields.List(fields.Dict())
    suggested = fields.List(fields.Dict())
    steps_taken = fields.List(fields.Dict())
    taken_by = fields.String(allow_none=True)
    taken_over_at = fields.AwareDateTime(allow_none=True)
    excluded = fields.List(fields.Dict())
    declined = fields.List(fields.String())
    names = fields.Dict()


class CaseQuerySchema(RequestSchema):
    """A case to try: who would be responsible?"""

    municipality = fields.String(
        validate=validate.Regexp(r"^[0-9]{2,12}\Z"),
        metadata={"description": "ARS; default: the installation's"},
    )
    forms = DelimitedList(Code(codes.FORMS), load_default=[])
    affected_groups = DelimitedList(Code(codes.AFFECTED_GROUPS), load_default=[])
    relation = Code(codes.RELATIONS, load_default="unknown")
    motives = DelimitedList(Code(codes.MOTIVES), load_default=[])
    severity = fields.Integer(load_default=None, validate=_SEVERITY)
    danger_level = Code(codes.DANGER_LEVELS, load_default="unknown")
    wishes = DelimitedList(Code(codes.WISHES), load_default=[])
    unit = fields.String(load_default="unknown", validate=_UNIT)
    at = fields.AwareDateTime(load_default=None, metadata={"description": "Instant; default: now"})


class ResponsibleSchema(Schema):
    """Who would be responsible."""

    rule = fields.String()
    tier = fields.Integer()
    chain = fields.String()
    step = fields.Integer()
    urgency = fields.String()
    weak = fields.Boolean()
    red = fields.String(allow_none=True)
    plan_version = fields.Integer()
    role = fields.String(allow_none=True)
    person = fields.String(allow_none=True)
    partner = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    take_over_by = fields.AwareDateTime()
    explanation = fields.Dict()
