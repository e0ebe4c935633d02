# SPDX-License-Identifier: EUPL-1.2
"""What comes in with a list."""

from marshmallow import fields, validate

from rueckhalt_intake.old_lists.mapping import SCHEMES
from rueckhalt_shared.web import RequestSchema


class UploadSchema(RequestSchema):
    """Whose list it is, and whether its forms are classes of another scheme."""

    town = fields.String(load_default="", validate=validate.Length(max=12))
    scheme = fields.String(load_default="", validate=validate.OneOf(SCHEMES))
