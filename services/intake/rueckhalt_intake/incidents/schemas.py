# SPDX-License-Identifier: EUPL-1.2
"""How reports come in and how incidents are shown."""

from marshmallow import Schema, fields, validate

from rueckhalt_intake.incidents.requests import (
    Codes,
    Line,
    Moment,
    Whole,
    YesNo,
    mail_address,
    optional_code,
)
from rueckhalt_intake.units import CODE
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.web import Code, RequestSchema

_MOST_PERSONS = 50
_SEVERITY = [0, 1, 2, 3, None]


def _unit(told: str) -> Line:
    spelled = validate.Regexp(f"^{CODE.pattern}$", error="must be 1 to 40 of a-z, 0-9 and _")
    return Line(40, told, allow_none=True, validate=spelled)


class ReporterSchema(RequestSchema):
    """Who reports. Name and addresses are sealed; `person` keeps them out of the responsible."""

    role = optional_code(codes.REPORTER_ROLES, "What the reporter is to the affected person")
    person = fields.UUID(
        allow_none=True, metadata={"description": "Id in the plan, if they have one"}
    )
    name = Line(200, "Sealed; dropped when `wishes` contains `anonymous`", allow_none=True)
    email = Line(254, "Sealed, as the name", allow_none=True, validate=mail_address)
    phone = Line(60, "Sealed, as the name", allow_none=True)


class AccusedSchema(RequestSchema):
    """Whom the report accuses: never made responsible for it, never told of it."""

    persons = fields.List(
        fields.UUID(),
        allow_none=True,
        validate=validate.Length(max=_MOST_PERSONS),
        metadata={"description": "Ids in the plan"},
    )
    unit = _unit("The accused unit; its supervisors are kept out")


class CorrectionSchema(RequestSchema):
    """What may be corrected later. A field left out stays as it is; null takes it back."""

    nul_allowed = frozenset({"narrative"})

    occurred_at = Moment("When it happened: between 1990 and a day ahead", allow_none=True)
    forms = Codes(
        codes.FORMS,
        "What happened",
        validate=validate.Length(min=1, error="name at least one form, or unknown"),
    )
    channel = optional_code(codes.CHANNELS, "How it reached the affected person")
    place = optional_code(codes.PLACES, "Where")
    affected_groups = Codes(codes.AFFECTED_GROUPS, "Who was affected", allow_none=True)
    relation = optional_code(codes.RELATIONS, "What the source is to the municipality")
    motives = Codes(codes.MOTIVES, "Motives as the affected person sees them", allow_none=True)
    severity = Whole(
        allow_none=True,
        validate=validate.Range(0, 3, error="must be 0, 1, 2 or 3"),
        metadata={"description": "0 to 3; left out: derived from the forms", "enum": _SEVERITY},
    )
    danger = Codes(
        codes.DANGERS, "Left out: nobody asked. []: asked, and nothing applies", allow_none=True
    )
    organisation_unit = _unit("The unit it happened in, of the municipality's own list")
    wishes = Codes(codes.WISHES, "What the affected person wants", allow_none=True)
    narrative = fields.String(
        allow_none=True, metadata={"description": "Sealed at once; never judged, never changed"}
    )
    reporter = fields.Nested(ReporterSchema, allow_none=True)
    accused = fields.Nested(AccusedSchema, allow_none=True)


class ReportIncidentSchema(CorrectionSchema):
    """A report. Only municipality and forms are required; the rest counts as unknown."""

    municipality = fields.String(
        required=True, metadata={"description": "ARS (12 digits); an AGS where it is configured"}
    )
    forms = Codes(
        codes.FORMS,
        "What happened",
        required=True,
        validate=validate.Length(min=1, error="name at least one form, or unknown"),
    )
    reference = Line(200, "The sender's own number: a retry creates nothing", allow_none=True)
    registered_at = Moment("Imports only (scope incident:import)", allow_none=True)


class CloseSchema(RequestSchema):
    """Why an incident is closed, and whether the reporter got an answer."""

    reason = Code(codes.CLOSE_REASONS, required=True)
    feedback_given = YesNo(required=True)


class CloseFormSchema(RequestSchema):
    """The same from a page, where yes and no are texts."""

    reason = Code(codes.CLOSE_REASONS, required=True)
    feedback_given = fields.Boolean(required=True, truthy={"true"}, falsy={"false"})


class PageSchema(RequestSchema):
    """Which incidents to list."""

    state = fields.String(validate=validate.OneOf(["open", "closed"]))
    page_size = fields.Integer(load_default=50, validate=validate.Range(1, 500))
    before = fields.String(metadata={"description": "From the Link of the page before"})


class AcceptedSchema(Schema):
    """The report is safe."""

    id = fields.UUID()
    registered_at = fields.String(metadata={"format": "date-time"})
    status = fields.String(metadata={"enum": list(codes.STATUSES.codes)})
    status_url = fields.String(metadata={"format": "uri"})
    mailbox_code = fields.String(metadata={"description": "Only for anonymous: kept nowhere"})


class ResponsibleSchema(Schema):
    """Who has it."""

    state = fields.String()
    role = fields.String()
    person = fields.String(metadata={"description": "Only for those who may read it"})
    partner = fields.String(metadata={"description": "Only for those who may read it"})
    since = fields.String(metadata={"format": "date-time"})
    take_over_by = fields.String(metadata={"format": "date-time"})
    held_until = fields.String(metadata={"format": "date-time"})
    next_due_at = fields.String(metadata={"format": "date-time"})


class IncidentSchema(Schema):
    """An incident as far as the key may see it."""

    id = fields.UUID()
    municipality = fields.String()
    status = fields.String()
    mode = fields.String()
    version = fields.Integer()
    imported = fields.Boolean()
    registered_at = fields.String(metadata={"format": "date-time"})
    occurred_at = fields.String(allow_none=True)
    forms = fields.List(fields.String())
    channel = fields.String()
    place = fields.String()
    affected_groups = fields.List(fields.String())
    relation = fields.String()
    motives = fields.List(fields.String())
    severity = fields.Integer(allow_none=True)
    severity_derived = fields.Boolean()
    danger = fields.List(fields.String(), allow_none=True)
    danger_level = fields.String()
    organisation_unit = fields.String(allow_none=True)
    wishes = fields.List(fields.String())
    reporter_role = fields.String()
    reporter_kind = fields.String()
    responsible = fields.Nested(ResponsibleSchema, allow_none=True)
    closed_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    close_reason = fields.String(allow_none=True)
    feedback_given = fields.Boolean(allow_none=True)
    strict = fields.Boolean(
        metadata={"description": "True: texts open to the holders of the role key only, by a page"}
    )
    reference = fields.String(metadata={"description": "Only for those who may read it"})
    narrative = fields.String(
        allow_none=True, metadata={"description": "Only for those who may read it"}
    )
    reporter = fields.Dict(metadata={"description": "Only for those who may read it"})
    accused = fields.Dict(metadata={"description": "Only for those who may read it"})


class IncidentPageSchema(Schema):
    """A page of incidents, newest first; the next one is in the Link header."""

    items = fields.List(fields.Nested(IncidentSchema))
