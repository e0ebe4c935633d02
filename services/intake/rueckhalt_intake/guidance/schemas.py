# SPDX-License-Identifier: EUPL-1.2
"""What comes in from the gate."""

from marshmallow import fields, validate

from rueckhalt_intake.guidance.gate import QUESTIONS
from rueckhalt_shared.web import RequestSchema


class GateSchema(RequestSchema):
    """The questions that were answered with yes."""

    danger = fields.List(
        fields.String(validate=validate.OneOf(QUESTIONS)),
        load_default=list,
        validate=validate.Length(max=len(QUESTIONS)),
    )
