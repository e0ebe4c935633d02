# SPDX-License-Identifier: EUPL-1.2
"""HTTP in, HTTP out: summaries for machines, as JSON, CSV and a feed."""

from typing import Any

from flask import Response, render_template, request, url_for

from rueckhalt_reporting.summaries import asking, handlers, labels, schemas
from rueckhalt_reporting.summaries.asking import INTERNAL, PUBLIC
from rueckhalt_shared.web import Blueprint, database, requires, settings

blp = Blueprint(
    "summaries", __name__, url_prefix="/v1/summaries", description="The figures of a month or year"
)
_TEXT = {"type": "string"}
_FEED_LENGTH = 12


@blp.get("/<string:ars>/<string:period>")
@requires(INTERNAL, PUBLIC)
@blp.arguments(schemas.SummaryQuerySchema, location="query")
@blp.response(200, schemas.SummarySchema)
@blp.alt_response(404, description="No such region or period, or not published (yet)")
def show_summary(query: dict[str, Any], ars: str, period: str) -> dict[str, Any]:
    """The summary of a month (YYYY-MM) or a year (YYYY)."""
    summary = asking.ask(query, ars, period)
    return schemas.as_json(summary, query["lang"], asking.unit_labels(summary))


@blp.get("/<string:ars>/<string:period>.json")
@requires(INTERNAL, PUBLIC)
@blp.arguments(schemas.SummaryQuerySchema, location="query")
@blp.response(200, schemas.SummarySchema)
@blp.alt_response(404, description="No such region or period, or not published (yet)")
def download_json(query: dict[str, Any], ars: str, period: str) -> dict[str, Any]:
    """The same as JSON, by its suffix."""
    summary = asking.ask(query, ars, period)
    return schemas.as_json(summary, query["lang"], asking.unit_labels(summary))


@blp.get("/<string:ars>/<string:period>.csv")
@requires(INTERNAL, PUBLIC)
@blp.arguments(schemas.SummaryQuerySchema, location="query")
@blp.response(200, _TEXT, content_type="text/csv")
@blp.alt_response(404, description="No such region or period, or not published (yet)")
def download_csv(query: dict[str, Any], ars: str, period: str) -> Response:
    """The same as a table: one line a value."""
    summary = asking.ask(query, ars, period)
    body = schemas.as_csv(
        summary, query["lang"] or settings().language, asking.unit_labels(summary)
    )
    name = f"rueckhalt-{summary.municipality}-{summary.period}-{summary.view}.csv"
    return Response(
        body,
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blp.get("/<string:ars>/feed.atom")
@requires(INTERNAL, PUBLIC)
@blp.response(200, _TEXT, content_type="application/atom+xml")
@blp.alt_response(404, description="No such region, or not published")
def feed(ars: str) -> Response:
    """The last twelve closed months, as everyone may see them."""
    region = asking.reachable(ars)
    asking.revalidate(private=False)
    lang = settings().language
    entries = [
        {
            "period": period,
            "title": f"{labels.heading(period, lang)}: {labels.count_text(band, lang)}",
            "band": labels.count_text(band, lang),
            "page": _address("summary_pages.show_page", ars=region, period=period, view="public"),
        }
        for period, band in database().read(handlers.last_bands, region, count=_FEED_LENGTH)
    ]
    body = render_template(
        "reporting/feed.xml",
        entries=entries,
        municipality=region,
        page=_address("summaries.feed", ars=region),
        lang=lang,
        text=labels.text,
    )
    return Response(body, content_type="application/atom+xml; charset=utf-8")


def _address(endpoint: str, **values: Any) -> str:
    """The public address: as configured, or as the reader came here."""
    path = url_for(endpoint, **values)
    base: str = settings().base_url
    if not base:
        return url_for(endpoint, _external=True, **values)
    return base.rstrip("/") + path.removeprefix(request.script_root)
