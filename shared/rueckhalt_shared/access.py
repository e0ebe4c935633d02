# SPDX-License-Identifier: EUPL-1.2
"""Who may call a view: `@requires(scope)` or `@public("reason")` on each one, deny by default.

A machine shows its key as `Authorization: Bearer` or signs the request; for reading pages in a
browser the key may be the password of HTTP Basic. A person has a session, whose roles give the
scopes; what changes something is believed only when it comes from our own page.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, g, redirect, request

from rueckhalt_shared import reach
from rueckhalt_shared.identity import arriving
from rueckhalt_shared.identity.arriving import DEMO_COOKIE as COOKIE
from rueckhalt_shared.identity.arriving import READING, from_our_page, signed_in
from rueckhalt_shared.keys import Caller
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.problems import Problem

__all__ = [
    "COOKIE",
    "NoAccessRule",
    "access_of",
    "account_page",
    "caller",
    "check_rules",
    "from_our_page",
    "public",
    "requires",
    "signed_in",
]

log = get_logger(__name__)
V = TypeVar("V", bound=Callable[..., Any])
_WHO_IS_TOLD = frozenset({"contact:write", "plan:write"})


class NoAccessRule(Exception):
    """A view has neither @requires nor @public: the service does not start."""


def requires(*scopes: str, fresh: bool = False) -> Callable[[V], V]:
    """The caller needs one of these scopes. Stands right below the route.

    `fresh` asks a person for the second factor when that was more than five minutes ago, before
    something that cannot be taken back; a key, which has none, is refused.
    """
    rule = " or ".join(scopes)

    def decorate(view: V) -> V:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            found = _authenticated(scopes)
            if found.scopes.isdisjoint(scopes):
                raise _lacking(found, rule)
            if found.mode == "test" and not _WHO_IS_TOLD.isdisjoint(scopes):
                _refuse_changes()
            if fresh:
                _must_be_fresh()
            g.caller = found
            reach.be(found.municipalities)
            return view(*args, **kwargs)

        guarded.__dict__["_access"] = rule
        guarded.__dict__["_fresh"] = fresh
        guarded.__dict__["_apidoc"] = _documented(view, rule)
        return guarded  # type: ignore[return-value]

    return decorate


def public(reason: str, *, whole_house: str = "") -> Callable[[V], V]:
    """Anybody may call this view, and the reason is written down.

    On PostgreSQL it finds no row of any municipality, unless `whole_house` says why it has to.
    """

    def decorate(view: V) -> V:
        @wraps(view)
        def opened(*args: Any, **kwargs: Any) -> Any:
            if whole_house:
                reach.be((reach.WHOLE_HOUSE,))
            return view(*args, **kwargs)

        opened.__dict__["_access"] = "public"
        opened.__dict__["_reason"] = reason
        opened.__dict__["_whole_house"] = whole_house
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


def account_page(name: str, **query: str) -> str:
    """The address of a page about signing in (`sign-in`, `continue`, `confirm` …)."""
    rooms = current_app.extensions["rueckhalt"]
    root = request.root_path
    if rooms.settings.embedded:
        root = root.removesuffix(f"/{rooms.service}")
    page = f"{root}/account/{name}" if name else f"{root}/account"
    return f"{page}?{urlencode(query)}" if query else page


def _lacking(found: Caller, rule: str) -> Problem:
    log.warning("not allowed", scope=rule, sender=found.sender, route=str(request.url_rule))
    told = f"This key lacks the scope {rule}."
    if found.account is not None:
        told = f"None of your roles includes {rule}."
    return Problem(403, "Not allowed", told, kind="missing-scope")


def _refuse_changes() -> None:
    """A test never notifies anybody: so it neither sends again nor changes who is told."""
    if request.method not in READING:
        raise Problem(
            403, "Not allowed", "A test key does not change who is told.", kind="test-key"
        )


def _authenticated(scopes: tuple[str, ...]) -> Caller:
    rooms = current_app.extensions["rueckhalt"]
    shown, found = arriving.by_key(rooms)
    if not shown:
        found = _by_session(scopes, rooms) or _by_demo_cookie(scopes, rooms)
    if found is None:
        raise _unauthorized(shown=shown)
    if found.mode == "demo" and not rooms.settings.is_demo:
        raise _unauthorized(shown=True)
    return found


def _by_session(scopes: tuple[str, ...], rooms: Any) -> Caller | None:
    person = signed_in()
    if person is None:
        return None
    if request.method not in READING and not from_our_page():
        told = "A signed-in person changes something from our own pages only."
        raise Problem(403, "Foreign page", told, kind="foreign-page")
    mode = "demo" if rooms.settings.is_demo else "live"
    return arriving.caller_of(person, scopes, mode=mode)


def _by_demo_cookie(scopes: tuple[str, ...], rooms: Any) -> Caller | None:
    """The demo user, for what a key may do; for the rest somebody of Musterstadt signs in."""
    found = arriving.by_demo_cookie(rooms)
    return found if found is not None and not found.scopes.isdisjoint(scopes) else None


def _must_be_fresh() -> None:
    """A second factor within five minutes; pages lead to where it is shown again."""
    person = signed_in()
    if person is not None and person.is_fresh:
        return
    if person is not None and _is_page():
        readable = request.method in READING or _has_get_twin()
        back = _here() if readable else account_page("")
        abort(_see_other(account_page("confirm", next=back)))
    told = "Needs a person who has shown the second factor within five minutes."
    raise Problem(403, "Second factor needed", told, kind="second-factor-needed")


def _has_get_twin() -> bool:
    """May the address of this POST be read, too?"""
    return "GET" in current_app.url_map.bind("").allowed_methods(request.path)


def _is_page() -> bool:
    """Does a browser show what we answer? (`*/*` is a program.)"""
    return "text/html" in request.headers.get("Accept", "")


def _here() -> str:
    """The address of this request, to come back to; without its query where that is long."""
    path = request.root_path + request.path
    query = request.query_string.decode("ascii", "replace") if request.method in READING else ""
    return f"{path}?{query}" if query and len(query) < 300 else path


def _see_other(address: str) -> Response:
    answer: Response = redirect(address, 303)  # type: ignore[assignment]
    return answer


def _unauthorized(*, shown: bool) -> Problem:
    if not shown and request.method in READING and _is_page() and _are_there_people():
        # A strict cookie does not come along from elsewhere: there one click brings it back.
        foreign = request.headers.get("Sec-Fetch-Site") == "cross-site"
        page = "continue" if foreign else "sign-in"
        abort(_see_other(account_page(page, next=_here())))
    challenge = 'Bearer realm="rueckhalt"'
    if request.method in READING and request.accept_mimetypes.accept_html:
        challenge = 'Basic realm="rueckhalt", charset="UTF-8"'
    detail = "The key is unknown, expired or revoked." if shown else "No key given."
    headers = {"WWW-Authenticate": challenge}
    return Problem(401, "No valid key", detail, headers=headers, kind="no-valid-key")


def _are_there_people() -> bool:
    """Only then is there somebody to sign in; else a browser asks for a key as before."""
    people = current_app.extensions["rueckhalt"].people
    return people is not None and bool(people.are_there_any())


def _documented(view: Any, rule: str) -> dict[str, Any]:
    """Tell OpenAPI that a key is needed."""
    doc = deepcopy(getattr(view, "_apidoc", {}))
    manual = doc.setdefault("manual_doc", {})
    manual["security"] = [{"key": []}]
    manual.setdefault("responses", {}).update({"401": "UNAUTHORIZED", "403": "FORBIDDEN"})
    manual["x-scope"] = rule
    return doc
