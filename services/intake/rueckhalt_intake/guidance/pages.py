# SPDX-License-Identifier: EUPL-1.2
"""HTML: "Bin ich in Gefahr?" and the cards, for everybody, without keeping anything.

Titles and addresses tell nothing of what happened: they stay in the history of the browser.
"""

from flask import Blueprint, Response, render_template

from rueckhalt_intake import towns
from rueckhalt_intake.guidance import gate, handlers
from rueckhalt_intake.guidance.domain import PHASES
from rueckhalt_intake.guidance.schemas import GateSchema
from rueckhalt_intake.help import showing as help_shown
from rueckhalt_intake.help.hours import BERLIN
from rueckhalt_shared.contracts.codes import DANGER_LEVELS, DANGERS, FORMS, UNKNOWN
from rueckhalt_shared.pages import forms
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import database, public

pages = Blueprint("guidance", "rueckhalt_intake", template_folder="templates")
_GATE = "intake/danger.html"
_CONTACTS = 6


@pages.get("/danger")
@public("whoever is in danger must find the way out without an account")
def ask_danger() -> str:
    """110 first, then the eight questions."""
    return render_template(_GATE, form=Form.blank(), questions=_questions(), answer=None)


@pages.post("/danger")
@public("the answers are looked at and forgotten")
def answer_danger() -> Response | str:
    """The level and its reasons, in this very answer: no address carries what was ticked."""
    try:
        body = forms.read(GateSchema())
    except forms.Invalid as bad:
        return bad.page(_GATE, questions=_questions(), answer=None)
    answer = gate.assess(body["danger"])
    return render_template(
        _GATE,
        form=Form.blank(danger=list(answer.reasons)),
        questions=_questions(),
        answer=answer,
        level=DANGER_LEVELS.label(answer.level, language()),
        reasons=[DANGERS.label(code, language()) for code in answer.reasons],
    )


@pages.get("/cards")
@public("what to do now is for everybody, whether they report or not")
def list_cards() -> str:
    """All situations, and the same by what happened."""
    cards = handlers.pack().cards
    by_form = [(FORMS.label(form, language()), handlers.cards_for([form])) for form in _forms()]
    return render_template("intake/cards.html", cards=cards, by_form=by_form)


@pages.get("/cards/<string:card>")
@public("what to do now is for everybody, whether they report or not")
def show_card(card: str) -> str:
    """One card: its beginning, its phases, what to save, who helps, and the sources."""
    found, town = handlers.card(card), towns.asked_for()
    today = database().clock().astimezone(BERLIN).date()
    return render_template(
        "intake/card.html",
        card=found,
        beginning=handlers.pack().beginning,
        phases=[(phase, found.phases[phase]) for phase in PHASES],
        safe_until=handlers.safe_until(today, town.ars) if town else None,
        entries=help_shown.near_town(topics=found.forms, groups=found.groups)[:_CONTACTS],
    )


def _questions() -> list[tuple[str, str]]:
    return [(code, DANGERS.label(code, language())) for code in gate.QUESTIONS]


def _forms() -> list[str]:
    return [form for form in FORMS if form != UNKNOWN]
