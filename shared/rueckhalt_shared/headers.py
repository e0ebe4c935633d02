# SPDX-License-Identifier: EUPL-1.2
"""Security headers on every answer: threat texts are input, an injected script must not run."""

from typing import TypeVar

from flask import Flask, Response, after_this_request, request
from werkzeug.wrappers import Response as AnyResponse

R = TypeVar("R", bound=AnyResponse)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_FIXED = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_YEAR = "max-age=31536000; includeSubDomains"


def install(app: Flask) -> None:
    """Set the headers after each request."""
    app.after_request(_secured)


def allow_inline_styles(response: Response) -> Response:
    """For the viewer of the API documentation only."""
    response.headers["Content-Security-Policy"] = POLICY.replace(
        "style-src 'self'", "style-src 'self' 'unsafe-inline'"
    )
    return response


def keep(response: Response, seconds: int) -> Response:
    """This answer is the same for everybody and may be kept."""
    response.headers["Cache-Control"] = f"public, max-age={seconds}, immutable"
    return response


def clear_site(response: R) -> R:
    """At sign-out and quick exit: the browser forgets pages and what they stored.

    Cookies are deleted one by one: this header would take those of every site below the
    municipality's domain with them.
    """
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def cookie_name(name: str) -> str:
    """What a cookie is called on this connection (ASVS 3.3.1).

    With the prefix browsers take it from this host alone, over https, for all paths; on plain http
    they would refuse it.
    """
    return f"__Host-{name}" if request.is_secure else name


def vary(*names: str) -> None:
    """This answer depends on these request headers."""

    @after_this_request
    def add(response: Response) -> Response:
        response.vary.update(names)
        return response


def _secured(response: Response) -> Response:
    for name, value in _FIXED.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", _YEAR)
    return response
