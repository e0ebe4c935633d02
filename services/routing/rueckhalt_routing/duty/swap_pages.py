# SPDX-License-Identifier: EUPL-1.2
"""`/duty/swaps`: ask a colleague, answer, take back; whoever keeps the plan sets somebody in."""

from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.duty import showing, swapping
from rueckhalt_routing.duty.house import UnknownKey
from rueckhalt_routing.duty.reading_csv import instant_in
from rueckhalt_routing.duty.schemas import AnswerSchema, AskSwapSchema, SetInSchema
from rueckhalt_routing.duty.showing import OWN, PLANS, Looker
from rueckhalt_routing.duty.swapping import ChangeRefused
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import database, requires

pages = Blueprint(
    "swap_pages", "rueckhalt_routing", url_prefix="/duty/swaps", template_folder="templates"
)
PAGE, SET_PAGE = "routing/duty_swaps.html", "routing/duty_set.html"


@pages.get("")
@requires(*OWN)
def list_swaps() -> str:
    """What was asked and agreed, and a form to ask."""
    mine = showing.looker()
    return render_template(PAGE, form=Form.blank(instead_of=mine.own), **_listed(mine))


@pages.post("")
@requires(*OWN)
def ask_swap() -> AnyResponse:
    """Ask a colleague to take over a duty."""
    mine = showing.looker()
    try:
        body = forms.read(AskSwapSchema())
        _ask(mine, body)
    except forms.Invalid as bad:
        return bad.page(PAGE, **_listed(mine))
    return notes.leave(redirect(url_for(".list_swaps"), 303), "swap.asked")


@pages.post("/<id>/answer")
@requires(*OWN)
def answer_swap(id: str) -> AnyResponse:
    """One of the two agrees or refuses."""
    mine = showing.looker()
    back = redirect(url_for(".list_swaps"), 303)
    try:
        agrees = forms.read(AnswerSchema())["answer"] == "agree"
        done = database().run(
            swapping.answer, mine.house, mine.actor, id, person=mine.me, agrees=agrees
        )
    except forms.Invalid:
        return notes.leave(back, "swap.choose", kind="warning")
    except ChangeRefused as refused:
        return notes.leave(back, refused.message, kind="warning")
    return notes.leave(back, f"swap.note.{done.state}")


@pages.post("/<id>/withdraw")
@requires(*OWN)
def withdraw_swap(id: str) -> AnyResponse:
    """Take back what was asked or set."""
    mine = showing.looker()
    back = redirect(url_for(".list_swaps"), 303)
    try:
        database().run(swapping.withdraw, mine.house, mine.actor, id)
    except ChangeRefused as refused:
        return notes.leave(back, refused.message, kind="warning")
    return notes.leave(back, "swap.note.withdrawn")


@pages.get("/set")
@requires(PLANS)
def ask_set() -> str:
    """Set somebody in, without asking."""
    return render_template(SET_PAGE, form=Form.blank(), mine=showing.looker())


@pages.post("/set")
@requires(PLANS)
def set_in() -> AnyResponse:
    """Somebody takes a duty over by order, or in an emergency."""
    mine = showing.looker()
    try:
        _set(mine, forms.read(SetInSchema()))
    except forms.Invalid as bad:
        return bad.page(SET_PAGE, mine=mine)
    return notes.leave(redirect(url_for(".list_swaps"), 303), "swap.set")


def _ask(mine: Looker, body: dict[str, Any]) -> None:
    back_given = [body["back_start"], body["back_end"]]
    if any(back_given) and not all(back_given):
        missing = "back_until" if body["back_start"] else "back_from"
        raise forms.wrong(**{missing: "swap.back_half"})
    back = _stretch(mine, body, "back_") if all(back_given) else None
    with_people = {"giver": mine.whom(body["instead_of"]), "taker": body["person"]}
    _refused(
        swapping.ask,
        mine,
        rota=body["rota"],
        stretch=_stretch(mine, body),
        back=back,
        **with_people,
    )


def _set(mine: Looker, body: dict[str, Any]) -> None:
    _refused(
        swapping.set_in,
        mine,
        rota=body["rota"],
        person=body["person"],
        stretch=_stretch(mine, body),
        instead_of=body["instead_of"] or None,
        emergency=body["emergency"],
    )


def _refused(work: Any, mine: Looker, **how: Any) -> None:
    """Run it; what it refuses is an error of a field."""
    try:
        database().run(work, mine.house, mine.actor, **how)
    except UnknownKey as unknown:
        raise forms.wrong(**{unknown.field: "error.choice"}) from None
    except ChangeRefused as refused:
        raise forms.wrong(**{refused.field: refused.message}) from None


def _stretch(mine: Looker, body: dict[str, Any], prefix: str = "") -> tuple[datetime, datetime]:
    zone = mine.house.zone
    start, end = body[f"{prefix}start"], body[f"{prefix}end"]
    return instant_in(start, zone), instant_in(end, zone)


def _listed(mine: Looker) -> dict[str, Any]:
    """Everything for whoever keeps the plan, else what one is part of."""
    only = mine.actor.only
    found = database().read(swapping.coming, mine.house)
    seen = [each for each in found if only is None or only in (each.person, each.instead_of)]
    return {"mine": mine, "rows": [showing.change_row(mine.house, each, mine) for each in seen]}
