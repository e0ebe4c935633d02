# SPDX-License-Identifier: EUPL-1.2
"""`/duty/crisis` and `/duty/people`: what is declared by hand by whoever keeps the plan."""

from datetime import UTC
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.assignments import holding
from rueckhalt_routing.duty import crises, showing
from rueckhalt_routing.duty.crises import CrisisGoesOn, LeavesLater, NoCrisis
from rueckhalt_routing.duty.house import UnknownKey
from rueckhalt_routing.duty.reading_csv import instant_in
from rueckhalt_routing.duty.roster import STAND_IN, Duty
from rueckhalt_routing.duty.schemas import CrisisSchema, DepartureSchema
from rueckhalt_routing.duty.showing import PLANS, Looker
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, requires

pages = Blueprint(
    "crisis_pages", "rueckhalt_routing", url_prefix="/duty", template_folder="templates"
)
PAGE, LEAVE_PAGE = "routing/duty_crisis.html", "routing/duty_leave.html"


@pages.get("/crisis")
@requires(PLANS)
def show_crisis() -> str:
    """Is it a crisis? What declaring one means, and the form that does it."""
    return render_template(PAGE, form=Form.blank(), **_state(showing.looker()))


@pages.post("/crisis/declare")
@requires(PLANS)
def declare_crisis() -> AnyResponse:
    """From now on it is a crisis."""
    mine = showing.looker()
    back = redirect(url_for(".show_crisis"), 303)
    try:
        reason = forms.read(CrisisSchema())["reason"]
        database().run(holding.declare_crisis, mine.house.town, mine.actor, reason=reason)
    except forms.Invalid as bad:
        return bad.page(PAGE, **_state(mine))
    except CrisisGoesOn:
        return notes.leave(back, "crisis.goes_on", kind="warning")
    return notes.leave(back, "crisis.declared")


@pages.get("/crisis/end")
@requires(PLANS)
def ask_end() -> str:
    """Ending asks first."""
    return render_template(
        "rueckhalt/confirm.html",
        heading=words("crisis.end_title"),
        lead=words("crisis.end_lead"),
        action=url_for(".end_crisis"),
        button=words("crisis.end"),
        back=url_for(".show_crisis"),
    )


@pages.post("/crisis/end")
@requires(PLANS)
def end_crisis() -> AnyResponse:
    """The crisis is over."""
    mine = showing.looker()
    back = redirect(url_for(".show_crisis"), 303)
    try:
        database().run(crises.end, mine.house.town, mine.actor)
    except NoCrisis:
        return notes.leave(back, "crisis.none", kind="warning")
    return notes.leave(back, "crisis.ended")


@pages.get("/people")
@requires(PLANS)
def list_people() -> str:
    """Everybody of the plan: there, away, gone, not to be reached."""
    mine = showing.looker()
    house, now = mine.house, int(database().clock().timestamp())
    rows = []
    for key in house.people:
        why = house.roster.missing(Duty(key, STAND_IN), now)
        told = words(f"duty.missing.{why.cause}", name="").strip() if why else words("duty.there")
        gone = key in house.roster.facts.left
        kind = "success" if why is None else "danger" if why.cause != "away" else ""
        rows.append(
            {"key": key, "name": house.name(key), "state": told, "kind": kind} | {"gone": gone}
        )
    return render_template("routing/duty_people.html", mine=mine, rows=rows)


@pages.get("/people/<key>/leave")
@requires(PLANS)
def ask_leave(key: str) -> str:
    """That somebody has left asks first."""
    mine = showing.looker()
    return render_template(LEAVE_PAGE, form=Form.blank(), name=_name(mine, key), key=key, mine=mine)


@pages.post("/people/<key>/leave")
@requires(PLANS)
def leave(key: str) -> AnyResponse:
    """Somebody has left: nothing is given to them any more."""
    mine = showing.looker()
    try:
        wall = forms.read(DepartureSchema())["at"]
        at = instant_in(wall, mine.house.zone) if wall else database().clock().astimezone(UTC)
        _leave(mine, key, at)
    except forms.Invalid as bad:
        return bad.page(LEAVE_PAGE, name=_name(mine, key), key=key, mine=mine)
    return notes.leave(redirect(url_for(".list_people"), 303), "duty.left_noted")


@pages.post("/people/<key>/stay")
@requires(PLANS)
def stay(key: str) -> AnyResponse:
    """Somebody is still here."""
    mine = showing.looker()
    database().run(crises.stay, mine.house, mine.actor, person=key)
    return notes.leave(redirect(url_for(".list_people"), 303), "duty.stays_noted")


def _leave(mine: Looker, key: str, at: Any) -> None:
    try:
        database().run(crises.leave, mine.house, mine.actor, person=key, at=at)
    except LeavesLater:
        raise forms.wrong(at="duty.leaves_later") from None


def _name(mine: Looker, key: str) -> str:
    if key not in mine.house.people:
        raise UnknownKey("person", key)
    return mine.house.name(key)


def _state(mine: Looker) -> dict[str, Any]:
    now = database().clock()
    going_on = database().read(crises.going_on, town=mine.house.town, now=now)
    return {
        "mine": mine,
        "crisis": going_on,
        "since": showing.at_words(going_on.start_at) if going_on else "",
        "is_own": going_on is not None and going_on.municipality == mine.house.town,
    }
