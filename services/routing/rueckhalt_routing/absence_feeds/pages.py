# SPDX-License-Identifier: EUPL-1.2
"""`/duty/absences/feeds`: calendars that are fetched: name one, see how it stands, end it.

Whoever keeps the plan names them; a person sees their own and may end it.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.absence_feeds import handlers, showing
from rueckhalt_routing.absence_feeds.handlers import FeedRefused
from rueckhalt_routing.absence_feeds.schemas import AddFeedSchema
from rueckhalt_routing.duty import showing as duty
from rueckhalt_routing.duty.house import UnknownKey
from rueckhalt_routing.duty.showing import OWN, PLANS, Looker
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, requires

pages = Blueprint(
    "absence_feed_pages",
    "rueckhalt_routing",
    url_prefix="/duty/absences/feeds",
    template_folder="templates",
)
PAGE = "routing/duty_absence_feeds.html"


@pages.get("")
@requires(*OWN)
def list_feeds() -> str:
    """Every calendar for whoever keeps the plan, else one's own."""
    return render_template(PAGE, form=Form.blank(counts="busy"), **_listed(duty.looker()))


@pages.post("")
@requires(PLANS)
def add_feed() -> AnyResponse:
    """Name the calendar of a person or a unit."""
    mine = duty.looker()
    try:
        _add(mine, forms.read(AddFeedSchema()))
    except forms.Invalid as bad:
        return bad.page(PAGE, **_listed(mine))
    return notes.leave(redirect(url_for(".list_feeds"), 303), "feed.added")


@pages.post("/<id>/fetch")
@requires(PLANS)
def fetch_feed(id: str) -> AnyResponse:
    """Fetch it now."""
    mine = duty.looker()
    database().run(handlers.fetch_soon, mine.house, mine.actor, id)
    return notes.leave(redirect(url_for(".list_feeds"), 303), "feed.soon")


@pages.get("/<id>/remove")
@requires(*OWN)
def ask_remove(id: str) -> str:
    """Ending it asks first: what it brought goes."""
    return _confirm(id, "remove", url_for(".remove_feed", id=id))


@pages.post("/<id>/remove")
@requires(*OWN)
def remove_feed(id: str) -> AnyResponse:
    """It is fetched no longer."""
    mine = duty.looker()
    gone = database().run(handlers.remove, mine.house, mine.actor, id)
    return notes.leave(redirect(url_for(".list_feeds"), 303), "feed.removed", count=str(gone))


@pages.get("/<id>/empty")
@requires(*OWN)
def ask_empty(id: str) -> str:
    """Is it right that nobody is away any more?"""
    return _confirm(id, "accept", url_for(".accept_empty", id=id))


@pages.post("/<id>/empty")
@requires(*OWN)
def accept_empty(id: str) -> AnyResponse:
    """It is right: what the calendar brought before goes."""
    mine = duty.looker()
    gone = database().run(handlers.accept_empty, mine.house, mine.actor, id)
    return notes.leave(redirect(url_for(".list_feeds"), 303), "feed.accepted", count=str(gone))


def _confirm(id: str, what: str, action: str) -> str:
    mine = duty.looker()
    feed = database().read(handlers.find, mine.house, mine.actor, id)
    return render_template(
        "rueckhalt/confirm.html",
        heading=words(f"feed.{what}_title"),
        lead=words(f"feed.{what}_lead", name=showing.whose(mine.house, feed)),
        action=action,
        button=words(f"feed.{what}"),
        back=url_for(".list_feeds"),
    )


def _add(mine: Looker, body: dict[str, Any]) -> None:
    kind, whose = showing.chosen(body["whose"])
    how = {"kind": kind, "whose": whose, "url": body["url"], "counts": body["counts"]}
    try:
        database().run(handlers.add, mine.house, mine.actor, **how)
    except UnknownKey:
        raise forms.wrong(whose="feed.choose_whose") from None
    except FeedRefused as refused:
        raise forms.wrong(**{refused.field: refused.message}) from None


def _listed(mine: Looker) -> dict[str, Any]:
    found = database().read(handlers.coming, mine.house, person=mine.actor.only)
    now = database().clock()
    return {
        "mine": mine,
        "rows": showing.rows(mine, found, now),
        "choices": showing.choices(mine.house),
    }
