# SPDX-License-Identifier: EUPL-1.2
"""What the form of a clock may bring; an empty field says "nobody knows"."""

from marshmallow import fields, validate

from rueckhalt_intake.deadlines.domain import PAUSES
from rueckhalt_shared.web import RequestSchema


class ClockSchema(RequestSchema):
    """Since when somebody knows, whether the clock rests, whether it is done."""

    knows_deed_on = fields.Date(load_default=None)
    knows_offender_on = fields.Date(load_default=None)
    pause_since = fields.Date(load_default=None)
    pause_until = fields.Date(load_default=None)
    pause_reason = fields.String(load_default=None, validate=validate.OneOf(PAUSES))
    settled_on = fields.Date(load_default=None)
