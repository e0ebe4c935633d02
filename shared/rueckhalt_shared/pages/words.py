# SPDX-License-Identifier: EUPL-1.2
"""The reader's language, and texts in it.

Order of wishes: `?lang=` in the address, the cookie that an earlier `?lang=` left, the browser,
the installation. Einfache Sprache is chosen by people, never guessed.
"""

from typing import Any

from flask import Flask, Response, current_app, request

from rueckhalt_shared.headers import cookie_name, vary
from rueckhalt_shared.messages import LANGUAGES, PAGE_LANGUAGES, Catalogue, UnknownMessage

COOKIE = "rueckhalt_lang"
_TAGS = {"einfach": "de-simple"}  # BCP 47: German, simplified
_shared = Catalogue.of_package("rueckhalt_shared")


def install(app: Flask) -> None:
    """Remember for this visit what somebody chose."""
    app.after_request(_remembered)


def language() -> str:
    """`de`, `en` or `einfach`: what the reader wants, else what the installation speaks."""
    for wanted in (request.args.get("lang", ""), request.cookies.get(cookie_name(COOKIE), "")):
        if wanted in PAGE_LANGUAGES:
            return wanted
    vary("Accept-Language", "Cookie")
    wishes = (wish.partition("-")[0].lower() for wish, _ in request.accept_languages)
    return next((wish for wish in wishes if wish in LANGUAGES), "") or _own_language()


def tag_of(language: str) -> str:
    """The language as HTML names it."""
    return _TAGS.get(language, language)


def told(message: str, **values: object) -> str:
    """A text of the shared catalogue in the reader's language."""
    return _shared.text(message, language(), **values)


def words(message: str, **values: object) -> str:
    """A text of the service's own catalogue, else of the shared one, in the reader's language."""
    try:
        return _own().text(message, language(), **values)
    except UnknownMessage:
        return told(message, **values)


def knows(message: str) -> bool:
    """Is there a text of that id, here or in the shared catalogue?"""
    return any(catalogue.has(message) for catalogue in (_own(), _shared))


def _own() -> Catalogue:
    catalogue = current_app.extensions.get("rueckhalt_catalogue")
    return catalogue if isinstance(catalogue, Catalogue) else _shared


def _own_language() -> str:
    frame: Any = current_app.extensions.get("rueckhalt_frame")
    return frame.language if frame is not None else LANGUAGES[0]


def _remembered(response: Response) -> Response:
    chosen = request.args.get("lang", "")
    if chosen in PAGE_LANGUAGES and response.mimetype == "text/html":
        response.set_cookie(
            cookie_name(COOKIE),
            chosen,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
    return response
