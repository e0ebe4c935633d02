# SPDX-License-Identifier: EUPL-1.2
"""HTML: who helps ("Wo gibt es Hilfe?"), for everybody, without keeping what was asked."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from rueckhalt_intake import towns
from rueckhalt_intake.guidance import handlers as guidance
from rueckhalt_intake.help import domain, posters, showing
from rueckhalt_intake.help.domain import LAENDER, Entry
from rueckhalt_intake.help.hours import spelled
from rueckhalt_intake.help.schemas import FORM_TOPICS, LANGUAGES, MOTIVE_TOPICS, WishSchema
from rueckhalt_shared.contracts.codes import AFFECTED_GROUPS, FORMS, MOTIVES, UNKNOWN
from rueckhalt_shared.identity.roles import HELP
from rueckhalt_shared.pages import forms
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.frame import account
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import public, settings

pages = Blueprint("help", "rueckhalt_intake", template_folder="templates")
_PAGE = "intake/help.html"
_REASON = "whoever was attacked finds help without an account"


@pages.app_template_filter("hours")
def _spelled(hours: str) -> str:
    return spelled(hours, language())


@pages.get("/help")
@public(_REASON)
def show_help() -> str:
    """Who helps in the town of this page; `?card=07` narrows it to a card's topic."""
    code = request.args.get("card", "")
    topics = guidance.card(code).forms if code else ()
    return _page(Form.blank(place=_town()), showing.near_town(topics=topics))


@pages.post("/help")
@public(_REASON)
def narrow_help() -> Response | str:
    """The same for a place, a topic, a language. A POST: no address tells what was asked."""
    try:
        wish = forms.read(WishSchema())
    except forms.Invalid as bad:
        return bad.page(_PAGE, **_around(showing.near_town()))
    chosen = {"topics": {wish["topic"]} - {""}, "groups": {wish["group"]} - {""}}
    found = showing.near_place(_known(wish["place"]), language=wish["speaks"], **chosen)
    return _page(Form.sent(), found)


@pages.get("/poster")
@public("what hangs on the wall is for everybody")
def show_poster() -> str:
    """The poster of this town, to print from the browser."""
    made = posters.poster_of(towns.here(), language(), base_url=settings().base_url)
    return render_template("intake/poster.html", poster=made, code=posters.code_address(made))


def _page(form: Form, entries: tuple[Entry, ...]) -> str:
    return render_template(_PAGE, form=form, **_around(entries))


def _around(entries: tuple[Entry, ...]) -> dict[str, Any]:
    lang = language()
    return {
        "entries": entries,
        "is_regional": any(domain.FEDERAL not in each.ars_prefix for each in entries),
        "places": [(t.ars, t.name) for t in towns.known().served] + list(LAENDER.items()),
        "topics": [(c, FORMS.label(c, lang)) for c in FORM_TOPICS]
        + [(c, MOTIVES.label(c, lang)) for c in MOTIVE_TOPICS],
        "groups": [(c, AFFECTED_GROUPS.label(c, lang)) for c in AFFECTED_GROUPS if c != UNKNOWN],
        "languages": [(c, words(f"help.language.{c}")) for c in LANGUAGES],
        "may_edit": HELP in account().scopes,
    }


def _town() -> str:
    town = towns.asked_for()
    return town.ars if town else ""


def _known(place: str) -> str:
    """A Land, or a town of this house; nobody asks here for the entries of other ones."""
    if not place or place in LAENDER or towns.known().find(place) is not None:
        return place
    return abort(404)
