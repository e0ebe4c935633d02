# SPDX-License-Identifier: EUPL-1.2
"""What comes in from the form of a calendar that is to be fetched."""

from marshmallow import fields, validate

from rueckhalt_shared.web import RequestSchema


class AddFeedSchema(RequestSchema):
    """Where it is, and whose: `person:KEY` or `unit:CODE`."""

    whose = fields.String(required=True, validate=validate.Length(1, 80))
    url = fields.String(required=True)
    counts = fields.String(load_default="busy", validate=validate.OneOf(("busy", "out")))
