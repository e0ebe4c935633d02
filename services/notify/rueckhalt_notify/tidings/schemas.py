# SPDX-License-Identifier: EUPL-1.2
"""What intake asks for, and what it hears."""

from marshmallow import Schema, fields, validate

from rueckhalt_shared.messages import PAGE_LANGUAGES
from rueckhalt_shared.web import RequestSchema

# What can be written to in one command of SMTP, and nothing that could end it or name two.
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,189}"


class TidingSchema(RequestSchema):
    """One neutral mail. No word of it: what it says is notify's."""

    id = fields.UUID(required=True)
    incident = fields.UUID(required=True)
    municipality = fields.String(required=True, validate=validate.Regexp(r"^\d{12}$"))
    language = fields.String(required=True, validate=validate.OneOf(PAGE_LANGUAGES))
    address = fields.String(
        required=True, validate=validate.Regexp(f"^{_ADDRESS}$", error="must be a mail address")
    )


class TakenSchema(Schema):
    """It is on its way, or over: `waiting`, `sent`, `failed`."""

    id = fields.String(required=True)
    state = fields.String(required=True)
