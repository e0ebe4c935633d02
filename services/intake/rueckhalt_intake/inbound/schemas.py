# SPDX-License-Identifier: EUPL-1.2
"""What completes an arrival: the questions of a report on one page, and why one is dismissed."""

from marshmallow import fields, validate

from rueckhalt_intake.inbound.domain import REASONS
from rueckhalt_intake.report import schemas as report
from rueckhalt_shared.web import RequestSchema


class CompleteSchema(
    report.DangerSchema,
    report.WhatSchema,
    report.WhoSchema,
    report.BehalfSchema,
    report.WhereSchema,
    report.ChannelSchema,
    report.SourceSchema,
    report.ConflictSchema,
    report.TellSchema,
    report.ContactSchema,
    report.MoreSchema,
):
    """The answers of a report. Whether whoever wrote is named in it must be said, yes or no."""

    nul_allowed = report.TellSchema.nul_allowed

    named = fields.String(
        required=True,
        validate=validate.OneOf(("yes", "no")),
        error_messages={"required": "inbound.named_missing"},
    )


class DismissSchema(RequestSchema):
    """Why it is no incident."""

    reason = fields.String(
        required=True,
        validate=validate.OneOf(REASONS),
        error_messages={"required": "inbound.reason_missing"},
    )


class UploadSchema(RequestSchema):
    """For which town a mail is brought in by hand."""

    town = fields.String(validate=validate.Length(max=12))
