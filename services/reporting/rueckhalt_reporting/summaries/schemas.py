# SPDX-License-Identifier: EUPL-1.2
"""How a summary is asked for and how it is spelled as JSON and as CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from rueckhalt_reporting.summaries import labels
from rueckhalt_reporting.summaries.domain import Band, Summary
from rueckhalt_shared.web import RequestSchema

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class SummaryQuerySchema(RequestSchema):
    """What may be asked of a summary."""

    view = fields.String(
        load_default=None,
        validate=validate.OneOf(("internal", "public")),
        metadata={
            "description": "internal: exact counts; public: the band of the total of closed "
            "months. Left out: internal if the key may, else public."
        },
    )
    lang = fields.String(
        load_default=None,
        validate=validate.OneOf(labels.LANGUAGES),
        metadata={"description": "Adds labels in this language; on pages, the language."},
    )


def _counts(description: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": description},
    )


class _HeadSchema(Schema):
    """The figures of a month or a year."""

    period = fields.String(metadata={"description": "YYYY-MM or YYYY"})
    municipality = fields.String(metadata={"description": "Regional key (ARS)"})
    view = fields.String(metadata={"description": "internal or public"})
    total = fields.Raw(
        metadata={
            "description": "Incidents registered in the period; a band in view=public",
            "oneOf": [{"type": "integer"}, {"type": "string"}],
        }
    )
    closed = fields.Boolean(metadata={"description": "Is the period closed?"})
    closes_at = fields.DateTime(format="iso")
    median_minutes_to_take_over = fields.Float(
        allow_none=True, metadata={"description": "From assignment to take-over, view=internal"}
    )
    months = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"description": "view=public of a year: the band of each month"},
    )
    labels = fields.Dict(metadata={"description": "With ?lang: dimension → code → label"})


SummarySchema = _HeadSchema.from_dict(
    {
        name: _counts(
            "Counts by value; every value of a list counts, so they may pass the total"
            if name in labels.OVERLAPPING
            else "Counts by value; adds up to the total or to the part of it that has a value"
        )
        for name in labels.DIMENSIONS
    },
    name="SummarySchema",
)


def as_json(summary: Summary, lang: str | None, units: Mapping[str, str]) -> dict[str, Any]:
    """The summary as SummarySchema dumps it; the public one has no dimension at all."""
    document: dict[str, Any] = {
        "period": str(summary.period),
        "municipality": summary.municipality,
        "view": summary.view,
        "total": str(summary.total) if isinstance(summary.total, Band) else summary.total,
        "closed": summary.closed,
        "closes_at": summary.period.closes_at,
    }
    if summary.view == "public":
        months = {month: str(band) for month, band in summary.bands.items()}
        return document | ({"months": months} if months else {})
    document["median_minutes_to_take_over"] = summary.median_minutes
    for name in labels.DIMENSIONS:
        document[name] = labels.ordered(name, summary.dimensions.get(name, {}))
    if lang:
        document["labels"] = {
            name: {value: labels.value_label(name, value, lang, units) for value in document[name]}
            for name in labels.DIMENSIONS
        }
    return document


def as_csv(summary: Summary, lang: str, units: Mapping[str, str]) -> str:
    """One line a value. No cell can start a formula in a spreadsheet."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    head = ("period", "municipality", "view", "dimension", "code", "label", "count")
    writer.writerow(head)
    fixed = (str(summary.period), summary.municipality, summary.view)
    total = summary.total if isinstance(summary.total, int) else str(summary.total)
    rows: list[tuple[str, str, str, int | str]] = [
        ("total", "all", labels.text("total", lang), total)
    ]
    rows += [("months", month, month, str(band)) for month, band in summary.bands.items()]
    for name in labels.DIMENSIONS:
        for value, count in labels.ordered(name, summary.dimensions.get(name, {})).items():
            rows.append((name, value, labels.value_label(name, value, lang, units), count))
    for row in rows:
        writer.writerow([neutral(cell) for cell in (*fixed, *row)])
    return table.getvalue()


def neutral(cell: str | int) -> str | int:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
