# SPDX-License-Identifier: EUPL-1.2
"""`/duty/calendar`: one's own duties under a secret address, for the calendar on one's phone."""

from typing import cast

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.duty import calendars, feeds, showing
from rueckhalt_routing.duty.pacing import Pace
from rueckhalt_routing.duty.showing import OWN
from rueckhalt_shared.identity.attempts import network_of
from rueckhalt_shared.pages import notes
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.web import database, extension, public, requires, settings

pages = Blueprint(
    "feed_pages", "rueckhalt_routing", url_prefix="/duty/calendar", template_folder="templates"
)
PAGE = "routing/duty_feed.html"
_LONGEST = 100


@pages.get("")
@requires(*OWN)
def show_feed() -> str:
    """Is there an address, and since when? The address itself is shown only once."""
    return _page()


@pages.post("")
@requires(*OWN)
def make_feed() -> Response:
    """A new address, shown on this page only; the one before ends."""
    mine = showing.looker()
    token = database().run(feeds.make, mine.house, mine.actor, person=mine.me)
    root = settings().base_url.rstrip("/")
    answer = Response(_page(f"{root}/duty/calendar/{token}.ics"))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post("/revoke")
@requires(*OWN)
def revoke_feed() -> AnyResponse:
    """End the address."""
    mine = showing.looker()
    database().run(feeds.revoke, mine.house, mine.actor, person=mine.me)
    return notes.leave(redirect(url_for(".show_feed"), 303), "duty.feed_ended")


@pages.get("/<token>.ics")
@public(
    "the secret in the address is the right to read one person's duties",
    whole_house="the secret alone leads to its person, in whatever municipality",
)
def fetch_feed(token: str) -> Response:
    """The calendar. An unknown secret costs the same look-up and answers 404."""
    pace = cast(Pace, extension("feed_pace"))
    seconds = pace.wait(network_of(request.remote_addr), now=database().clock())
    if seconds:
        headers = {"Retry-After": str(seconds)}
        raise Problem(429, "Too many", "Please ask later.", kind="too-many", headers=headers)
    drawn = database().read(calendars.calendar_of, token[:_LONGEST], language=settings().language)
    if drawn is None:
        raise Problem(404, "Not found", "There is nothing here.", kind="not-found")
    answer = Response(drawn, mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _page(address: str = "") -> str:
    mine = showing.looker()
    since = database().read(feeds.made_at, mine.house, mine.me)
    return render_template(
        PAGE,
        mine=mine,
        since=showing.at_words(since) if since else "",
        address=address,
    )
