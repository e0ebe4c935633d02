# SPDX-License-Identifier: EUPL-1.2
"""Errors for people: who asks for HTML gets a page that says what to do next."""

from flask import Response, render_template, request

from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.pages.words import knows
from rueckhalt_shared.problems import CONTENT_TYPE, Problem

log = get_logger(__name__)
_MACHINE = (CONTENT_TYPE, "application/json")


def wants_page() -> bool:
    """Does the reader prefer HTML, as browsers say it? Programs say nothing, or JSON."""
    accepted = request.accept_mimetypes
    wished = max(accepted.quality(kind) for kind in _MACHINE)
    return "text/html" in accepted.values() and accepted.quality("text/html") > wished


def page_of(problem: Problem) -> Response | None:
    """The error as a page of the shell; None where a problem document is right."""
    if not wants_page():
        return None
    words = next(
        key
        for key in (f"problem.{problem.kind}", f"problem.{problem.status}", "problem.other")
        if knows(f"{key}.title")
    )
    detail = problem.detail if problem.kind else ""  # what a service itself says of it
    try:
        html = render_template(
            "rueckhalt/problem.html", key=words, status=problem.status, detail=detail
        )
    except Exception as error:  # a fault here must not hide the one that is being told
        log.error("the error page could not be shown", exc_info=error)
        return None
    response = Response(html, problem.status)
    response.headers.update(problem.headers)
    response.vary.add("Accept")
    return response
