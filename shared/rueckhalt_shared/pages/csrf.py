# SPDX-License-Identifier: EUPL-1.2
"""A form counts only when it comes from a page of ours: its token is bound to the visitor.

The token is an HMAC under a secret that only this browser has: the sign-in, where there is one,
else a random cookie. Nothing is stored and processes need no secret in common; a foreign page
can neither read the cookie nor, as `__Host-`, set it. Each page shows another mask of the token,
so that compressed answers give nothing away.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from rueckhalt_shared.headers import cookie_name
from rueckhalt_shared.pages import switching
from rueckhalt_shared.problems import Problem

V = TypeVar("V", bound=Callable[..., Any])
FIELD = "csrf_token"
_COOKIE = "rueckhalt_form"
_READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# What a page of somebody else can make a browser send without asking us first.
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


def install(app: Flask) -> None:
    """Look at each form before its view does; hand out the cookie with the first form."""
    app.before_request(_check)
    app.after_request(_hand_out)


def bind(app: Flask, reader: Callable[[], str | None]) -> None:
    """Bind forms to the sign-in: `reader` answers its secret id, None for somebody unknown."""
    app.extensions["rueckhalt_csrf_binding"] = reader


def exempt(reason: str) -> Callable[[V], V]:
    """This view needs no token, and the reason is written down. Stands above @public."""

    def decorate(view: V) -> V:
        view.__dict__["_csrf_exempt"] = reason
        return view

    return decorate


def token() -> str:
    """A fresh token for a form of this visitor."""
    mask = secrets.token_bytes(32)
    mixed = bytes(a ^ b for a, b in zip(mask, _expected(_secret()), strict=True))
    return urlsafe_b64encode(mask + mixed).decode()


def is_ours() -> bool:
    """Does the form of this request carry a token of this visitor? For an exempt view, which
    shows the same page again instead of an error."""
    switching.may_ask_again()
    known = _known_secret()
    return known is not None and _fits(request.form.get(FIELD, ""), known)


def _check() -> None:
    if request.method in _READING or not _may_be_foreign() or _is_exempt():
        return
    presented = request.form.get(FIELD, "") or request.headers.get("X-CSRF-Token", "")
    known = _known_secret()
    if known is None or not _fits(presented, known):
        told = "The form is out of date or does not come from this site. Please send it again."
        raise Problem(403, "Form not accepted", told, kind="stale-form")


def _may_be_foreign() -> bool:
    """A key or a signature in a header is never sent by a browser alone; a password (Basic) is."""
    if request.authorization is not None and request.authorization.type != "basic":
        return False
    if request.mimetype:
        return request.mimetype in _FORMS
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")


def _is_exempt() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is None or bool(getattr(view, "_csrf_exempt", ""))


def _fits(presented: str, secret: str) -> bool:
    try:
        raw = urlsafe_b64decode(presented.encode())
    except ValueError:
        return False
    mask, mixed = raw[:32], raw[32:]
    if len(mask) != len(mixed):
        return False
    opened = bytes(a ^ b for a, b in zip(mask, mixed, strict=True))
    return hmac.compare_digest(opened, _expected(secret))


def _expected(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"rueckhalt form", sha256)


def _secret() -> str:
    known = _known_secret()
    if known is None:
        known = g.form_secret = secrets.token_urlsafe(32)
    return known


def _known_secret() -> str | None:
    """The sign-in's secret, else the cookie's, else the one this very answer hands out."""
    reader = current_app.extensions.get("rueckhalt_csrf_binding")
    bound: str | None = reader() if reader is not None else None
    found: str | None = bound or request.cookies.get(_name()) or g.get("form_secret")
    return found


def _hand_out(response: Response) -> Response:
    if (fresh := g.get("form_secret")) is not None:
        response.set_cookie(
            _name(), fresh, path="/", httponly=True, samesite="Strict", secure=request.is_secure
        )
    return response


def _name() -> str:
    return cookie_name(_COOKIE)
