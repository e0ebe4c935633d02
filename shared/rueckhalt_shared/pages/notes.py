# SPDX-License-Identifier: EUPL-1.2
"""A note for the next page ("Gespeichert."), without a server-side session.

The cookie carries the id of a text and small values, never content; it lives for one page.
What a cookie says is not trusted: unknown ids are dropped, values are escaped like any other.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_shared.headers import cookie_name
from rueckhalt_shared.pages.words import knows, words

COOKIE = "rueckhalt_note"
KINDS = ("success", "info", "warning", "danger")
_LONGEST = 80
_SECONDS = 60


@dataclass(frozen=True)
class Note:
    """What the next page says on top."""

    kind: str
    text: str


def install(app: Flask) -> None:
    """A note that was shown is gone."""
    app.after_request(_forget)


def leave(
    response: AnyResponse, message: str, *, kind: str = "success", **values: object
) -> AnyResponse:
    """Tell this on the page the redirect leads to; values are short: numbers, names of things."""
    told = {name: str(value)[:_LONGEST] for name, value in values.items()}
    packed = urlsafe_b64encode(json.dumps([message, kind, told]).encode()).decode()
    response.set_cookie(
        cookie_name(COOKIE),
        packed,
        max_age=_SECONDS,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return response


def take() -> Note | None:
    """The note for this page, once."""
    packed = request.cookies.get(cookie_name(COOKIE))
    if not packed:
        return None
    g.note_taken = True
    try:
        message, kind, values = json.loads(urlsafe_b64decode(packed.encode()))
        return _told(message, kind, values)
    except (ValueError, TypeError, KeyError):
        return None


def _told(message: Any, kind: Any, values: Any) -> Note | None:
    if not (isinstance(message, str) and isinstance(kind, str) and isinstance(values, dict)):
        return None
    if kind not in KINDS or not knows(message):
        return None
    text = words(message, **{name: str(v)[:_LONGEST] for name, v in values.items()})
    return Note(kind, text) if values or "{" not in text else None


def _forget(response: Response) -> Response:
    if g.get("note_taken"):
        response.delete_cookie(cookie_name(COOKIE), path="/", secure=request.is_secure)
    return response
