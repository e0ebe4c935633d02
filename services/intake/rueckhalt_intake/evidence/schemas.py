# SPDX-License-Identifier: EUPL-1.2
"""Why a file shall go."""

from marshmallow import fields, validate

from rueckhalt_shared.web import RequestSchema

ERASE_REASONS = ("unlawful", "request", "withdrawn", "objection")


class EraseFileSchema(RequestSchema):
    """The reason, as the law knows them."""

    reason = fields.String(required=True, validate=validate.OneOf(ERASE_REASONS))
