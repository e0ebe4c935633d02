# SPDX-License-Identifier: EUPL-1.2
"""How contacts are spelled over HTTP."""

from marshmallow import Schema, fields, validate

from rueckhalt_shared.web import RequestSchema


class ContactSchema(Schema):
    """A way to reach a person or a partner organisation."""

    id = fields.String(required=True)
    municipality = fields.String(required=True)
    person = fields.String(attribute="owner.person", allow_none=True)
    partner = fields.String(attribute="owner.partner", allow_none=True)
    channel = fields.String(required=True)
    address = fields.String(required=True)
    language = fields.String(required=True)
    state = fields.String(required=True)
    max_level = fields.Integer(required=True)
    rank = fields.Integer(required=True)
    verified_until = fields.DateTime(attribute="verified_until_at", allow_none=True)
    version = fields.Integer(required=True)


class ContactPageSchema(Schema):
    """A page of contacts; the next one is in the Link header."""

    items = fields.List(fields.Nested(ContactSchema), required=True)


class ContactQuerySchema(Schema):
    """Which contacts."""

    state = fields.String(
        validate=validate.OneOf(("unverified", "usable", "suspended", "bounced", "dead"))
    )
    after = fields.String(load_default="", validate=validate.Length(max=36))
    page_size = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))


class ContactStateSchema(RequestSchema):
    """What an administrator may set."""

    state = fields.String(required=True, validate=validate.OneOf(("usable", "suspended")))


class ImportQuerySchema(Schema):
    """How a list is imported."""

    municipality = fields.String(validate=validate.Length(max=12))
    dry_run = fields.Boolean(load_default=False)


class LineResultSchema(Schema):
    """What became of one line."""

    line = fields.Integer(required=True)
    result = fields.String(required=True)
    problem = fields.String()
    contact_id = fields.String(allow_none=True)


class ImportResultSchema(Schema):
    """The whole import."""

    dry_run = fields.Boolean(required=True)
    created = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    lines = fields.List(fields.Nested(LineResultSchema), required=True)
