# SPDX-License-Identifier: EUPL-1.2
"""What a form of a paper may bring: each field with its length, nothing required."""

from typing import Any

from marshmallow import Schema, fields, validate

from rueckhalt_intake.papers.domain import LONGEST, Paper
from rueckhalt_shared.web import RequestSchema

PDF, PREVIEW = "pdf", "preview"


def schema_of(paper: Paper) -> Schema:
    """The schema of one paper's form; every field is a text, a tick counts when it is there."""
    told: dict[str, Any] = {
        each.name: fields.String(validate=validate.Length(max=LONGEST[each.kind]))
        for each in paper.fields
    }
    told["make"] = fields.String(load_default=PDF)
    return RequestSchema.from_dict(told, name=f"Paper_{paper.code}")()
