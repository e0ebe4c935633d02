# SPDX-License-Identifier: EUPL-1.2
"""How plans are asked for and told over HTTP."""

from marshmallow import Schema, fields, validate

from rueckhalt_shared.web import RequestSchema


class PlanQuerySchema(RequestSchema):
    """Whose plan."""

    municipality = fields.String(
        validate=validate.Regexp(r"^[0-9]{2,12}\Z"),
        metadata={"description": "ARS; default: the installation's"},
    )


class LoadQuerySchema(RequestSchema):
    """Whether only to try."""

    dry_run = fields.Boolean(load_default=False, metadata={"description": "Only check"})


class FindingSchema(Schema):
    """A weakness of a plan that can be used all the same."""

    code = fields.String()
    subject = fields.String()
    told = fields.Function(lambda finding: finding.words())


class PlanVersionSchema(Schema):
    """One version of a plan."""

    id = fields.String()
    municipality = fields.String()
    version = fields.Integer()
    state = fields.String()
    title = fields.String()
    hash = fields.String()
    author = fields.String()
    published_at = fields.AwareDateTime()


class PlanSchema(PlanVersionSchema):
    """The plan that counts, with its text."""

    inherited = fields.Boolean(metadata={"description": "Is it a parent's plan?"})
    source = fields.String(metadata={"description": "The text as it was given (YAML)"})


class LoadedSchema(Schema):
    """What became of a plan that was sent."""

    plan = fields.Nested(PlanVersionSchema)
    findings = fields.List(fields.Nested(FindingSchema))
    is_new = fields.Boolean(metadata={"description": "False: it was published already"})
    dry_run = fields.Boolean()
