# SPDX-License-Identifier: EUPL-1.2
"""The quick exit: away to a harmless page, leaving as little behind as a browser allows."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from rueckhalt_shared.access import COOKIE as DEMO_COOKIE
from rueckhalt_shared.access import public
from rueckhalt_shared.headers import clear_site
from rueckhalt_shared.pages.frame import frame

blp = Blueprint("leaving", __name__)


@blp.get("/leave")
@public("the quick exit must work for everybody, at once")
def leave() -> Response:
    """Clear what pages of ours left in the browser, then show something harmless."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return redirect(frame().exit_url, 303)  # nobody else throws a visitor out
    response = clear_site(redirect(frame().exit_url, 303))
    for name in request.cookies:
        if name.startswith(("rueckhalt_", "__Host-rueckhalt_")) and name != DEMO_COOKIE:
            response.delete_cookie(name, path="/", secure=name.startswith("__Host-"))
    return response


def onward(address: str) -> str:
    """A page with one link to our own `address`.

    Cookies with SameSite=Strict stay behind when somebody comes from a mail; one click here and
    the sign-in is there again.
    """
    if not address.startswith("/") or address.startswith(("//", "/\\")):
        raise ValueError("only an address of this site")
    return render_template("rueckhalt/onward.html", address=address)
