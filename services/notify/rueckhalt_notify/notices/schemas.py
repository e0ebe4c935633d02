# SPDX-License-Identifier: EUPL-1.2
"""How notices are spelled over HTTP: ids, codes and times, never an address."""

from marshmallow import Schema, fields, validate

from rueckhalt_notify.notices.domain import STATES


class NoticeSchema(Schema):
    """One message to one contact for one purpose."""

    id = fields.String(required=True)
    incident = fields.String(attribute="subject", required=True)
    assignment = fields.String(allow_none=True)
    municipality = fields.String(required=True)
    mode = fields.String(required=True)
    person = fields.String(allow_none=True)
    partner = fields.String(allow_none=True)
    part = fields.String(required=True)
    purpose = fields.String(required=True)
    step = fields.Integer(required=True)
    round = fields.Integer(required=True)
    urgency = fields.String(required=True)
    contact = fields.String(attribute="contact_id", allow_none=True)
    template = fields.String(required=True)
    template_version = fields.Integer(required=True)
    level = fields.Integer(required=True)
    state = fields.String(required=True)
    attempts_made = fields.Integer(attribute="attempts", required=True)
    created_at = fields.DateTime(required=True)
    due_at = fields.DateTime(required=True)
    deliver_by = fields.DateTime(attribute="deliver_by_at", required=True)
    finished_at = fields.DateTime(allow_none=True)
    revoked_at = fields.DateTime(allow_none=True)
    resend_of = fields.String(allow_none=True)


class AttemptSchema(Schema):
    """One try, with its class and a sentence for people."""

    n = fields.Integer(required=True)
    contact = fields.String(attribute="contact_id", allow_none=True)
    provider = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(allow_none=True)
    outcome = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    explanation = fields.String(required=True)
    possibly_twice = fields.Boolean(attribute="doubtful", required=True)


class NoticeWithAttemptsSchema(NoticeSchema):
    """A notice with everything that was tried."""

    attempts = fields.List(fields.Nested(AttemptSchema), attribute="tried", required=True)


class NoticePageSchema(Schema):
    """A page of notices, the newest first; the next one is in the Link header."""

    items = fields.List(fields.Nested(NoticeSchema), required=True)


class NoticeQuerySchema(Schema):
    """Which notices."""

    state = fields.String(validate=validate.OneOf(STATES))
    incident = fields.String(validate=validate.Length(max=64))
    assignment = fields.String(validate=validate.Length(max=64))
    before = fields.String(validate=validate.Length(max=36))
    page_size = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
