# SPDX-License-Identifier: EUPL-1.2
"""Who is asking: a key that is shown, a signed request, or the session of a person."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any
from urllib.parse import quote

from flask import current_app, g, request

from rueckhalt_shared.identity import cookies, roles, signing
from rueckhalt_shared.identity.people import SignedIn
from rueckhalt_shared.keys import PEOPLE, Caller

READING = ("GET", "HEAD", "OPTIONS")
DEMO_COOKIE = "rueckhalt_demo"


def by_key(rooms: Any) -> tuple[bool, Caller | None]:
    """(was a key shown or used to sign, whose it is)."""
    header = request.headers.get("Authorization", "")
    if header.startswith(f"{signing.SCHEME} "):
        return True, rooms.keys.verify(header[len(signing.SCHEME) + 1 :], _as_signed())
    plain = _shown_key()
    return plain is not None, rooms.keys.authenticate(plain) if plain else None


def by_demo_cookie(rooms: Any) -> Caller | None:
    """The demo user, as which the start page of the sample installation signs a browser in."""
    may = rooms.settings.is_demo and (request.method in READING or from_our_page())
    plain = request.cookies.get(DEMO_COOKIE) if may else None
    found: Caller | None = rooms.keys.authenticate(plain) if plain else None
    return found


def signed_in() -> SignedIn | None:
    """The person of this request's session; asked once per request."""
    if "signed_in" not in g:
        token = cookies.presented()
        people = getattr(current_app.extensions.get("rueckhalt"), "people", None)
        g.signed_in = people.session(token) if token and people is not None else None
    found: SignedIn | None = g.signed_in
    return found


def caller_of(person: SignedIn, wanted: Iterable[str], *, mode: Any) -> Caller:
    """A person as a caller: only the municipalities in which a role holds what is wanted.

    `scopes` are those held in every one of these, so that a view may ask for a second one.
    """
    by_place, wanted = roles.granted(person.account.roles), tuple(wanted)
    places = {place: held for place, held in by_place.items() if held & frozenset(wanted)}
    common = _common(places.values())
    if places and common.isdisjoint(wanted):  # one scope here, another one there: the first counts
        first = next(scope for scope in wanted if any(scope in held for held in places.values()))
        places = {place: held for place, held in places.items() if first in held}
        common = _common(places.values())
    return Caller(
        sender=f"{PEOPLE}{person.account.id}",
        key_id="",
        mode=mode,
        scopes=common | {roles.OWN_ACCOUNT},
        municipalities=tuple(sorted(places)),
        account=person.account.id,
        name=person.account.name,
        person=person.account.person,
        held=places,
    )


def _common(each: Iterable[frozenset[str]]) -> frozenset[str]:
    every = list(each)
    return frozenset.intersection(*every) if every else frozenset()


def from_our_page() -> bool:
    """Does the browser say that our own page asks?

    Our pages send no referrer, and then a form's Origin is "null": Sec-Fetch-Site tells it.
    """
    ours = request.host_url.rstrip("/")
    return (
        request.headers.get("Sec-Fetch-Site") == "same-origin"
        or request.headers.get("Origin") == ours
    )


def _shown_key() -> str | None:
    header = request.authorization
    if header is not None and header.type == "bearer":
        return header.token
    if header is not None and header.type == "basic":
        return header.password if request.method in READING else None
    return None


def _as_signed() -> signing.SignedRequest:
    """The request as its sender signed it; the view reads the body once more."""
    body = request.get_data(cache=False)
    request.environ["wsgi.input"] = BytesIO(body)
    request.environ["CONTENT_LENGTH"] = str(len(body))
    request.__dict__.pop("stream", None)
    path = quote(request.root_path + request.path, safe="/-._~")
    query = request.query_string.decode("latin-1")
    target = f"{path}?{query}" if query else path
    return signing.SignedRequest(method=request.method, target=target, body=body)
