# SPDX-License-Identifier: EUPL-1.2
"""Who may call a view: `@requires(scope)` or `@public("reason")` on each one, deny by default.

A key comes as `Authorization: Bearer`. For reading pages in a browser it may come as the password
of HTTP Basic, and in the sample installation by the cookie that its start page sets.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from rueckhalt_shared.keys import Caller
from rueckhalt_shared.problems import Problem

V = TypeVar("V", bound=Callable[..., Any])
COOKIE = "rueckhalt_demo"
_READING = ("GET", "HEAD")
_WHO_IS_TOLD = frozenset({"contact:write", "plan:write"})


class NoAccessRule(Exception):
    """A view has neither @requires nor @public: the service does not start."""


def requires(*scopes: str) -> Callable[[V], V]:
    """The caller needs one of these scopes. Stands right below the route."""
    rule = " or ".join(scopes)

    def decorate(view: V) -> V:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            found = _authenticated()
            if found.scopes.isdisjoint(scopes):
                told = f"This key lacks the scope {rule}."
                raise Problem(403, "Not allowed", told, kind="missing-scope")
            if found.mode == "test" and not _WHO_IS_TOLD.isdisjoint(scopes):
                _refuse_changes()
            g.caller = found
            return view(*args, **kwargs)

        guarded.__dict__["_access"] = rule
        guarded.__dict__["_apidoc"] = _documented(view, rule)
        return guarded  # type: ignore[return-value]

    return decorate


def public(reason: str) -> Callable[[V], V]:
    """Anybody may call this view, and the reason is written down."""

    def decorate(view: V) -> V:
        @wraps(view)
        def opened(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        opened.__dict__["_access"] = "public"
        opened.__dict__["_reason"] = reason
        return opened  # type: ignore[return-value]

    return decorate


def caller() -> Caller:
    """Who is asking; only inside a view with @requires."""
    found: Caller = g.caller
    return found


def check_rules(app: Flask) -> None:
    """Stop the start when a view has no rule."""
    bare = sorted(
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and access_of(app, rule.endpoint) is None
    )
    if bare:
        raise NoAccessRule(f"without @requires or @public: {', '.join(bare)}")


def access_of(app: Flask, endpoint: str) -> str | None:
    """The scopes of an endpoint, "public", or None where nobody decided."""
    access: str | None = getattr(app.view_functions[endpoint], "_access", None)
    return access


def _refuse_changes() -> None:
    """A test never notifies anybody: so it neither sends again nor changes who is told."""
    if request.method not in _READING:
        raise Problem(
            403, "Not allowed", "A test key does not change who is told.", kind="test-key"
        )


def _authenticated() -> Caller:
    plain = _presented()
    found = current_app.extensions["rueckhalt"].keys.authenticate(plain) if plain else None
    if found is None:
        raise _unauthorized("The key is unknown, expired or revoked." if plain else "No key given.")
    if found.mode == "demo" and not current_app.extensions["rueckhalt"].settings.is_demo:
        raise _unauthorized("A demo key works in the sample installation only.")
    return found  # type: ignore[no-any-return]


def _presented() -> str | None:
    """The key as the request carries it."""
    header = request.authorization
    if header is not None and header.type == "bearer":
        return header.token
    if header is not None and header.type == "basic":
        return header.password if request.method in _READING else None
    if current_app.extensions["rueckhalt"].settings.is_demo and _may_use_cookie():
        return request.cookies.get(COOKIE)
    return None


def from_our_page() -> bool:
    """Does the browser say that our own page asks?

    Our pages send no referrer, and then a form's Origin is "null": Sec-Fetch-Site tells it.
    """
    ours = request.host_url.rstrip("/")
    return (
        request.headers.get("Sec-Fetch-Site") == "same-origin"
        or request.headers.get("Origin") == ours
    )


def _may_use_cookie() -> bool:
    return request.method in _READING or from_our_page()


def _unauthorized(detail: str) -> Problem:
    challenge = 'Bearer realm="rueckhalt"'
    if request.method in _READING and request.accept_mimetypes.accept_html:
        challenge = 'Basic realm="rueckhalt", charset="UTF-8"'
    return Problem(
        401, "No valid key", detail, headers={"WWW-Authenticate": challenge}, kind="no-valid-key"
    )


def _documented(view: Any, rule: str) -> dict[str, Any]:
    """Tell OpenAPI that a key is needed."""
    doc = deepcopy(getattr(view, "_apidoc", {}))
    manual = doc.setdefault("manual_doc", {})
    manual["security"] = [{"key": []}]
    manual.setdefault("responses", {}).update({"401": "UNAUTHORIZED", "403": "FORBIDDEN"})
    manual["x-scope"] = rule
    return doc
