# SPDX-License-Identifier: EUPL-1.2
"""An address to write to, as a form gives it."""

import re

from marshmallow import ValidationError, fields, validate

from rueckhalt_shared.web import RequestSchema

# As notify takes it: no sign that a mail program would read as a second recipient or a comment.
_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_ADDRESS = re.compile(_LOCAL + r"@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180})\.[A-Za-z0-9-]{2,63}")


def check_address(text: str) -> None:
    """Raise ValidationError where no mail could be written to it."""
    if not _ADDRESS.fullmatch(text.strip()):
        raise ValidationError("tidings.bad_address")


class WishSchema(RequestSchema):
    """Where to, and whether also when the incident itself moves on."""

    address = fields.String(required=True, validate=[validate.Length(max=254), check_address])
    states = fields.String(validate=validate.OneOf(["yes"]))
