# SPDX-License-Identifier: EUPL-1.2
"""The cookie of a session: `__Host-`, Secure, HttpOnly, SameSite=Strict, for the whole host.

On plain http only this machine itself gets one (under a name without the prefix, which browsers
keep for https): a session must never travel readable through a network.
"""

from urllib.parse import urlsplit

from flask import Response, request

from rueckhalt_shared.headers import clear_site, cookie_name
from rueckhalt_shared.problems import Problem

NAME = "rueckhalt_session"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FORWARDED = ("forwarded-", "x-forwarded-", "x-real-ip-")
_LONGEST = 64


def session_cookie() -> str:
    """Its name on this connection."""
    return cookie_name(NAME)


def presented() -> str | None:
    """The id the browser shows; None where a session may not travel anyway."""
    token = request.cookies.get(session_cookie(), "") if may_travel() else ""
    return token if 0 < len(token) <= _LONGEST else None


def may_travel() -> bool:
    """Is this connection encrypted, or does it stay on this machine?"""
    return request.is_secure or _stays_here()


def _stays_here() -> bool:
    """Is it this machine asking itself? Not when a proxy asks, whatever Host it sends."""
    asked, asking = urlsplit(f"//{request.host}").hostname, request.remote_addr
    forwarded = any(f"{name}-".lower().startswith(_FORWARDED) for name, _ in request.headers)
    return asked in _LOOPBACK and asking in _LOOPBACK and not forwarded


def must_travel_safely() -> None:
    """Stop before anybody types a password into an open line."""
    if not may_travel():
        told = "Signing in needs https; on plain http only this machine itself may."
        raise Problem(403, "Not encrypted", told, kind="not-encrypted")


def give(response: Response, token: str) -> Response:
    """Hand the browser its new session; it ends with the browser, or earlier on the server."""
    must_travel_safely()
    response.set_cookie(
        session_cookie(),
        token,
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
        path="/",
    )
    return response


def take_back(response: Response) -> Response:
    """Signed out: the cookie goes, and what the browser keeps of our pages with it."""
    response.delete_cookie(
        session_cookie(), secure=request.is_secure, httponly=True, samesite="Strict", path="/"
    )
    return clear_site(response)
