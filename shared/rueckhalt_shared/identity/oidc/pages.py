# SPDX-License-Identifier: EUPL-1.2
"""To the provider and back."""

import hmac

from flask import Blueprint, Response, request, url_for

from rueckhalt_shared.access import public
from rueckhalt_shared.headers import cookie_name
from rueckhalt_shared.identity import cookies
from rueckhalt_shared.identity.oidc import handlers
from rueckhalt_shared.identity.oidc.domain import TokenRefused, identity_of
from rueckhalt_shared.identity.oidc.provider import Provider, ProviderAway
from rueckhalt_shared.identity.showing import go, origin, page, people, to, way_back
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.pages.leaving import onward
from rueckhalt_shared.problems import Problem

pages = Blueprint("provider", __name__, url_prefix="/account/provider")
log = get_logger(__name__)
_STATE = "rueckhalt_state"


@pages.get("")
@public("the way to the municipality's own sign-in")
def leave() -> Response:
    """Send the browser to the provider."""
    cookies.must_travel_safely()
    provider = _provider()
    left = people().database.run(handlers.begin, next=way_back(to("own_account.show_account")))
    try:
        address = provider.address(left, _back(), again=request.args.get("again") == "1")
    except ProviderAway as error:
        return _away(error)
    response = go(address)
    # Lax: the provider's redirect brings it back; it opens nothing by itself.
    response.set_cookie(
        _name(),
        left.state,
        max_age=600,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


@pages.get("/back")
@public("the provider's answer; the state in the cookie and the code are checked inside")
def come_back() -> Response:
    """Check the answer and begin a session; one click brings the strict cookie along."""
    cookies.must_travel_safely()
    provider, state = _provider(), request.args.get("state", "")[:200]
    database = people().database
    try:
        known = request.cookies.get(_name(), "")
        if not known or not hmac.compare_digest(known.encode(), state.encode()):
            raise TokenRefused("state of another browser")
        left = database.run(handlers.come_back, state)
        code = request.args.get("code", "")[:2000]
        if not code:
            raise TokenRefused("no code")
        claims = provider.claims(code, left, _back())
        who = identity_of(claims, provider.client, nonce=left.nonce, now=database.clock())
        token = database.run(handlers.sign_in, who, device=origin()["device"])
    except TokenRefused as error:
        log.warning("sign-in at the provider refused", cause=str(error))
        return _forgotten(page("sign-in", 403, error="provider.refused", provider=True))
    except ProviderAway as error:
        return _away(error)
    return _forgotten(cookies.give(Response(onward(left.next)), token))


def _provider() -> Provider:
    found = people().provider
    if found is None:
        raise Problem(404, "Not found", "This installation has no such provider.")
    return found


def _back() -> str:
    """The exact address registered at the provider."""
    return url_for("provider.come_back", _external=True)


def _name() -> str:
    return cookie_name(_STATE)


def _forgotten(response: Response) -> Response:
    response.delete_cookie(
        _name(), secure=request.is_secure, httponly=True, samesite="Lax", path="/"
    )
    return response


def _away(error: ProviderAway) -> Response:
    log.warning("provider away", cause=str(error))
    return page("sign-in", 503, error="provider.away", provider=True)
