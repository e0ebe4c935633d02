# SPDX-License-Identifier: EUPL-1.2
"""Another language for the very page one sees, also where it answers a form.

Such a page often has an address that knows forms only: `/case/message`. Its switch then leads to
the nearest page above, `/case`. Where the form is on it that was sent, the switch sends that form
once more, only to be shown in the other language: `forms.read` takes nothing of it, so nothing
happens and nothing typed is lost.
"""

from collections.abc import Iterator

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter, RequestRedirect

FIELD = "language_only"  # the name of the switch's buttons
_API = "/v1/"


def may_ask_again() -> None:
    """Said by whatever reads a form before anything happens: sending it to be read is harmless."""
    g.language_form_is_read = True


def is_only_asked() -> bool:
    """Was this form sent for its language only?"""
    return FIELD in request.form


def is_kept(action: str, *, upload: bool, kept: bool) -> bool:
    """Is this the form that was sent, so that the switch may send it? The first one counts."""
    if request.method != "POST" or upload or g.get("language_form"):
        return False
    here = request.script_root + request.path
    is_same = action.partition("?")[0] in ("", here) and g.get("language_form_is_read", False)
    if kept or is_same:
        g.language_form = action or here
        return True
    return False


def kept_form() -> str:
    """Where the form that was sent goes; empty where none is on the page."""
    found: str = g.get("language_form", "")
    return found


def address(fallback: str) -> str:
    """Where the page that is shown can be asked for: empty for this very address."""
    is_refused = isinstance(request.routing_exception, MethodNotAllowed)
    if request.method in ("GET", "HEAD") and not is_refused:
        return ""
    rule = request.url_rule
    given = set(rule.arguments) if rule is not None else set()
    adapter = current_app.create_url_adapter(request)
    for path in _upwards(request.path) if adapter is not None else ():
        if adapter is not None and _is_page(adapter, path, given):
            return "" if path == request.path else request.script_root + path
    return fallback


def _upwards(path: str) -> Iterator[str]:
    while path.strip("/"):
        yield path
        path = path.rstrip("/").rpartition("/")[0]
    yield "/"


def _is_page(adapter: MapAdapter, path: str, given: set[str]) -> bool:
    """Does a GET lead somewhere that asks for no more than the form's address does?

    `/report/send` is also a `/report/<step>`, but there is no such step.
    """
    try:
        rule, _ = adapter.match(path, method="GET", return_rule=True)
    except (HTTPException, RequestRedirect):
        return False
    return set(rule.arguments) <= given and not str(rule).startswith(_API)
