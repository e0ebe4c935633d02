# SPDX-License-Identifier: EUPL-1.2
"""Signing in and out: password, then code; the step for links from mails; the second look."""

from typing import Any

from flask import Blueprint, Response, request

from rueckhalt_shared.access import public, requires, signed_in
from rueckhalt_shared.identity import cookies
from rueckhalt_shared.identity.attempts import PleaseWait
from rueckhalt_shared.identity.people import NotSignedIn, Refused
from rueckhalt_shared.identity.roles import OWN_ACCOUNT
from rueckhalt_shared.identity.showing import (
    form,
    go,
    network,
    origin,
    page,
    people,
    session_token,
    to,
    wait_page,
    way_back,
)
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.pages.leaving import onward

log = get_logger(__name__)
pages = Blueprint("sign_in", __name__, url_prefix="/account")


@pages.get("/sign-in")
@public("the way in for people")
def ask_password() -> Response:
    """Name and password."""
    cookies.must_travel_safely()
    return page("sign-in", next=way_back(""))


@pages.post("/sign-in")
@public("the way in for people; attempts are counted and slowed down")
def take_password() -> Response:
    """Check them; unknown and wrong get one answer."""
    cookies.must_travel_safely()
    given, name = form(), request.form.get("name", "")[:200]
    try:
        passed = people().password(name, given.get("password", "")[:1000], **origin())
    except PleaseWait as early:
        return _slowed("sign-in", early, next=way_back(""))
    except Refused:
        log.warning("sign-in refused", step="password")
        return page("sign-in", 422, error="refused", next=way_back(""))
    after = to("own_account.show_account")
    if passed.wants_code:
        return cookies.give(go(to("sign_in.ask_code", next=way_back(after))), passed.token)
    return cookies.give(go(way_back(after)), passed.token)


@pages.get("/code")
@public("the second step; the half session in the cookie is the right")
def ask_code() -> Response:
    """The code of the app."""
    try:
        people().half(session_token())
    except NotSignedIn:
        return go(to("sign_in.ask_password", next=way_back("")))
    return page("code", next=way_back(""))


@pages.post("/code")
@public("the second step; the half session in the cookie is the right, attempts are counted")
def take_code() -> Response:
    """Check it; a new session begins."""
    given = form()
    try:
        passed = people().code(session_token(), given.get("code", "")[:100], **origin())
    except PleaseWait as early:
        return _slowed("code", early, next=way_back(""))
    except Refused:
        log.warning("sign-in refused", step="code")
        return page("code", 422, error="wrong_code", next=way_back(""))
    except NotSignedIn:
        return go(to("sign_in.ask_password", next=way_back("")))
    return cookies.give(go(way_back(to("own_account.show_account"))), passed.token)


@pages.get("/continue")
@public("a link from a mail arrives without the strict cookie: one click brings it back")
def go_on() -> Response:
    """The step between a link from elsewhere and the page it leads to."""
    return Response(onward(way_back(to("own_account.show_account"))))


@pages.get("/confirm")
@requires(OWN_ACCOUNT)
def ask_again() -> Response:
    """The second factor once more, before something that cannot be taken back."""
    return page("confirm", next=way_back(""), by_code=_has_code(), foreign=_is_foreign())


@pages.post("/confirm")
@requires(OWN_ACCOUNT)
def take_again() -> Response:
    """Check it; the session is fresh for five minutes."""
    proof = form().get("proof", "")[:1000]
    shown: dict[str, Any] = {"next": way_back(""), "by_code": _has_code(), "foreign": _is_foreign()}
    try:
        people().confirm(session_token(), proof, network=network())
    except PleaseWait as early:
        return _slowed("confirm", early, **shown)
    except Refused:
        log.warning("sign-in refused", step="confirm")
        return page("confirm", 422, error="refused_again", **shown)
    return go(way_back(to("own_account.show_account")))


@pages.post("/sign-out")
@public("who has no session any more is signed out already")
def sign_out() -> Response:
    """End this session."""
    form()
    people().sign_out(session_token())
    return cookies.take_back(go(to("sign_in.signed_out")))


@pages.get("/signed-out")
@public("says that one is signed out")
def signed_out() -> Response:
    """The last page of a session."""
    return page("signed-out")


def _slowed(step: str, early: PleaseWait, **shown: Any) -> Response:
    log.warning("sign-in slowed", step=step, seconds=early.seconds)
    return wait_page(step, early.seconds, **shown)


def _has_code() -> bool:
    person = signed_in()
    return person is not None and person.account.has_code


def _is_foreign() -> bool:
    person = signed_in()
    return person is not None and person.account.issuer is not None
