# SPDX-License-Identifier: EUPL-1.2
"""HTML: the summary as a page that can be read, listened to, printed and made narrow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request, send_from_directory
from marshmallow import ValidationError

from rueckhalt_reporting.summaries import asking, labels, schemas
from rueckhalt_reporting.summaries.asking import INTERNAL, PUBLIC
from rueckhalt_reporting.summaries.domain import Band, Period, Summary
from rueckhalt_shared.problems import invalid
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import database, keep, public, requires, settings

pages = Blueprint(
    "summary_pages", "rueckhalt_reporting", url_prefix="/v1/summaries", template_folder="templates"
)
_QUERY = schemas.SummaryQuerySchema()


@dataclass(frozen=True)
class Row:
    """A value of a table with the width of its bar in percent."""

    label: str
    count: int | str
    width: float | None = None


@dataclass(frozen=True)
class Table:
    """A dimension as the page shows it."""

    name: str
    caption: str
    rows: tuple[Row, ...]
    overlapping: bool = False


@pages.get("/<string:ars>/<string:period>.html")
@requires(INTERNAL, PUBLIC)
def show_page(ars: str, period: str) -> Response:
    """The summary as a page."""
    try:
        query: dict[str, Any] = _QUERY.load(request.args)
    except ValidationError as error:
        raise invalid(error.messages) from None
    lang = language()
    summary = asking.ask(query, ars, period)
    return Response(
        render_template(
            "reporting/summary.html",
            summary=summary,
            title=labels.heading(summary.period, lang),
            total=labels.count_text(summary.total, lang),
            first_band=labels.count_text(Band.of(0), lang),
            median=labels.number(summary.median_minutes, lang),
            closes_on=labels.date_text(summary.period.closes_at, lang),
            tables=tuple(_tables(summary, lang)),
            neighbours=tuple(_neighbours(summary, lang)),
            query={name: value for name, value in query.items() if value and name != "lang"},
            lang=lang,
            demo=settings().is_demo,
            text=labels.text,
        )
    )


@pages.get("/summary.css")
@public("a style sheet without any figure")
def style() -> Response:
    """How the page looks."""
    folder = pages.root_path + "/static"
    return keep(send_from_directory(folder, "summary.css", mimetype="text/css"), 3600)


def _neighbours(summary: Summary, lang: str) -> Iterator[tuple[Period, str]]:
    now = database().clock()
    for word, other in summary.period.neighbours(now):
        if summary.view == "internal" or other.is_closed(now):
            yield other, f"{labels.text(word, lang)}: {labels.heading(other, lang)}"


def _tables(summary: Summary, lang: str) -> Iterator[Table]:
    if summary.bands:
        rows = tuple(
            Row(labels.month_text(month, lang), labels.count_text(band, lang))
            for month, band in summary.bands.items()
        )
        yield Table("months", labels.text("months", lang), rows)
    for name in labels.DIMENSIONS:
        counts = labels.ordered(name, summary.dimensions.get(name, {}))
        if counts:
            yield Table(
                name,
                labels.dimension_label(name, lang),
                tuple(_rows(name, counts, lang, asking.unit_labels(summary))),
                name in labels.OVERLAPPING,
            )


def _rows(
    dimension: str, counts: dict[str, int], lang: str, units: Mapping[str, str]
) -> Iterator[Row]:
    largest = max(counts.values())
    for value, count in counts.items():
        width = round(100 * max(count, 0) / largest, 1) if largest > 0 else 0.0
        yield Row(labels.value_label(dimension, value, lang, units), count, width)
