# SPDX-License-Identifier: EUPL-1.2
"""The own account: first link, password, sessions."""

from flask import Blueprint, Response
from markupsafe import Markup

from rueckhalt_shared.access import public, requires, signed_in
from rueckhalt_shared.identity import cookies, roles
from rueckhalt_shared.identity.accounts import second_factor
from rueckhalt_shared.identity.accounts.domain import PASSWORD_LEAST, LinkEnded, WeakPassword
from rueckhalt_shared.identity.attempts import PleaseWait
from rueckhalt_shared.identity.people import NotSignedIn, Refused, SignedIn
from rueckhalt_shared.identity.roles import OWN_ACCOUNT
from rueckhalt_shared.identity.showing import (
    form,
    go,
    origin,
    page,
    people,
    to,
    wait_page,
)

pages = Blueprint("own_account", __name__, url_prefix="/account")


@pages.get("/first/<token>")
@public("the single-use token in the address is the right, for ten minutes")
def show_first(token: str) -> Response:
    """Choose a password, set up the second factor."""
    cookies.must_travel_safely()
    return _first(token)


@pages.post("/first/<token>")
@public("the single-use token in the address is the right, for ten minutes")
def take_first(token: str) -> Response:
    """Both are set and the person is signed in; the recovery codes are shown once."""
    cookies.must_travel_safely()
    given = form()
    password = given.get("password", "")[:1000]
    if password != given.get("again", "")[:1000]:
        return _first(token, 422, error="not_the_same")
    try:
        device = origin()["device"]
        passed = people().use_link(token, password, given.get("code", "")[:100], device=device)
    except WeakPassword as weak:
        return _first(token, 422, error=str(weak))
    except Refused:
        return _first(token, 422, error="wrong_code")
    except LinkEnded:
        return page("link-ended", 404)
    return cookies.give(page("recovery-codes", codes=passed.recovery_codes), passed.token)


@pages.get("")
@requires(OWN_ACCOUNT)
def show_account() -> Response:
    """Who I am here, and where I am signed in."""
    me = _me()
    held = roles.granted(me.account.roles)
    return page(
        "account",
        holder=me.account,
        sessions=people().sessions_of(me.account),
        current=me.session.ref,
        lets_people_in=any(roles.ACCOUNTS in scopes for scopes in held.values()),
        lets_systems_in=any(roles.KEYS in scopes for scopes in held.values()),
    )


@pages.get("/password")
@requires(OWN_ACCOUNT)
def ask_new_password() -> Response:
    """The old password and a new one."""
    return page("password", least=PASSWORD_LEAST)


@pages.post("/password")
@requires(OWN_ACCOUNT)
def take_new_password() -> Response:
    """Exchange it; every other sign-in of this account ends."""
    given, new = form(), form().get("password", "")[:1000]
    if new != given.get("again", "")[:1000]:
        return page("password", 422, error="not_the_same", least=PASSWORD_LEAST)
    try:
        passed = people().change_password(_me(), given.get("old", "")[:1000], new, **origin())
    except PleaseWait as early:
        return wait_page("password", early.seconds, least=PASSWORD_LEAST)
    except (Refused, WeakPassword) as error:
        reason = str(error) if isinstance(error, WeakPassword) else "old_wrong"
        return page("password", 422, error=reason, least=PASSWORD_LEAST)
    return cookies.give(go(to("own_account.show_account")), passed.token)


@pages.post("/sign-out-everywhere")
@requires(OWN_ACCOUNT)
def sign_out_everywhere() -> Response:
    """End every session of this account, this one included."""
    form()
    people().sign_out_everywhere(_me().account)
    return cookies.take_back(go(to("sign_in.signed_out")))


@pages.post("/sessions/<ref>/end")
@requires(OWN_ACCOUNT)
def end_session(ref: str) -> Response:
    """End one session of this account."""
    form()
    people().sign_out_one(_me().account, ref)
    return go(to("own_account.show_account"))


def _me() -> SignedIn:
    found = signed_in()
    if found is None:
        raise NotSignedIn
    return found


def _first(token: str, status: int = 200, *, error: str | None = None) -> Response:
    try:
        account, secret = people().open_link(token)
    except LinkEnded:
        return page("link-ended", 404)
    return page(
        "first",
        status,
        error=error,
        holder=account,
        token=token,
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        # Drawn by segno from our own secret and a checked name; nothing in it is typed text.
        picture=Markup(second_factor.picture(secret, account.name)),  # noqa: S704 # nosec B704
        least=PASSWORD_LEAST,
    )
