# SPDX-License-Identifier: EUPL-1.2
"""From a request to a summary: who may see which view of which municipality and period."""

from collections.abc import Mapping
from typing import Any

from flask import Response, after_this_request, request

from rueckhalt_reporting.summaries import handlers
from rueckhalt_reporting.summaries.domain import Period, Summary, View
from rueckhalt_shared.contracts.region import RegionKey
from rueckhalt_shared.web import Problem, caller, database, extension

INTERNAL, PUBLIC = "stats:internal", "stats:public"


def ask(query: Mapping[str, Any], ars: str, period: str) -> Summary:
    """The summary this caller asked for; raises what `app.py` maps to problems."""
    region = reachable(ars)
    view = _view(query["view"])
    asked = Period.parse(period, now=database().clock())
    revalidate(private=view == "internal")
    return database().read(handlers.summarise, asked, region, view=view)


def reachable(ars: str) -> str:
    """The regional key in its normal form, when the caller's key may be used for it."""
    region = str(RegionKey.parse(ars).ars)
    caller().must_reach(region)
    return region


def revalidate(*, private: bool) -> None:
    """Give the answer an ETag. Exact figures are kept by no cache, bands may be asked again."""

    @after_this_request
    def tagged(response: Response) -> Response:
        if response.status_code != 200:
            return response
        response.headers["Cache-Control"] = "no-store" if private else "private, no-cache"
        response.add_etag()
        response.make_conditional(request)  # turns the response itself into a 304
        return response


def unit_labels(summary: Summary) -> Mapping[str, str]:
    """What the units of the summary's region are called."""
    labels: Mapping[str, str] = extension("units").labels(summary.municipality)
    return labels


def _view(wanted: View | None) -> View:
    scopes = caller().scopes
    if wanted is None:
        return "internal" if INTERNAL in scopes else "public"
    if f"stats:{wanted}" not in scopes:
        detail = f"This key lacks the scope stats:{wanted}; it may ask for another view."
        raise Problem(403, "Not allowed", detail, kind="missing-scope")
    return wanted
