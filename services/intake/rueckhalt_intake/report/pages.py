# SPDX-License-Identifier: EUPL-1.2
"""`/report`: one question at a time. Each answer is kept at once; back and forth is free."""

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake import towns
from rueckhalt_intake.incidents.domain import Anachronism, within_living_memory
from rueckhalt_intake.report import domain, schemas, showing
from rueckhalt_intake.report.handlers import ChangedElsewhere
from rueckhalt_intake.report.holding import COOKIES, Held, drafts, held, hold, let_go, reception
from rueckhalt_shared.pages import csrf, forms
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, extension, public

pages = Blueprint("report", __name__, url_prefix="/report", template_folder="templates")
OPEN = "whoever was attacked reports without an account"
HOUSE = "a draft is found by its cookie alone, whichever town it is for"
ASKS_ITSELF = "shows the same page again with what was typed instead of an error"


@pages.get("")
@public(OPEN, whole_house=HOUSE)
def begin() -> AnyResponse:
    """The first question, or the place where this browser stopped."""
    towns.here()
    mine = held()
    if mine.is_sent:
        return redirect(url_for("sending.show_receipt"), 303)
    if mine.answers:
        return redirect(url_for("sending.review"), 303)
    return Response(_page(domain.DANGER, mine, Form.blank()))


@pages.get("/<string:step>")
@public(OPEN, whole_house=HOUSE)
def ask(step: str) -> AnyResponse:
    """One question, with what was answered before."""
    _known(step)
    mine = held()
    if mine.is_sent or (mine.draft is None and step != domain.DANGER):
        return redirect(url_for(".begin"), 303)
    return Response(_page(step, mine, Form.blank(**mine.answers)))


@csrf.exempt(ASKS_ITSELF)
@pages.post("/<string:step>")
@public(OPEN, whole_house=HOUSE)
def answer(step: str) -> AnyResponse:
    """Keep an answer and go on; nothing that was typed is lost, whatever is wrong with it."""
    _known(step)
    mine = held()
    if not csrf.is_ours():
        told = FieldError("", words("report.came_late"))
        return Response(_page(step, mine, Form.sent(told)), 409)
    if mine.is_sent:  # a page from before sending; its cookie leads to the words of the receipt
        told = FieldError("", words("report.sent_already"))
        return Response(_page(step, mine, Form.sent(told)), 409)
    try:
        told = forms.read(schemas.OF_STEP[step]())
        _check_day(told)
    except forms.Invalid as bad:
        return Response(_page(step, mine, bad.form), 422)
    try:
        token = keep(mine, step, told)
    except ChangedElsewhere:
        told = FieldError("", words("report.changed_elsewhere"))
        return Response(_page(step, mine, Form.sent(told)), 409)
    answers = mine.answers | told
    return hold(redirect(_onward(step, answers, mine), 303), token)


@pages.get("/alarm")
@public(OPEN, whole_house=HOUSE)
def alarm() -> AnyResponse:
    """110 first, full-screen, with the reasons; the report stays in reach."""
    mine = held()
    return Response(
        render_template(
            "intake/report_alarm.html",
            reasons=showing.reasons(mine.answers),
            onward=url_for(".ask", step=domain.WHAT),
        )
    )


@csrf.exempt(ASKS_ITSELF)
@pages.post("/discard")
@public(OPEN, whole_house=HOUSE)
def discard() -> AnyResponse:
    """Throw the draft away, at once and for good."""
    mine = held()
    if mine.draft is None or mine.is_sent or not csrf.is_ours():
        return redirect(url_for(".begin"), 303)
    drafts().discard(mine.draft)
    return let_go(redirect(url_for("doors.start"), 303), COOKIES[domain.REPORT])


def keep(mine: Held, step: str, told: dict[str, Any]) -> str:
    """Seal the answers so far; answers the token that holds them."""
    fields = schemas.OF_STEP[step]().load_fields
    before = {name: value for name, value in mine.answers.items() if name not in fields}
    content = mine.content | {"answers": before | told}
    if mine.draft is None:
        return drafts().begin(towns.here().ars, content)
    drafts().keep(mine.draft, content)
    return mine.token


def _onward(step: str, answers: dict[str, Any], mine: Held) -> str:
    if step == domain.DANGER and showing.level(answers) == "acute":
        return url_for(".alarm")
    if request.args.get("then") == "review":
        return url_for("sending.review")
    later = domain.following(step, answers, by_phone=mine.by_phone)
    return url_for(".ask", step=later) if later else url_for("sending.review")


def _known(step: str) -> None:
    if step not in domain.STEPS:
        abort(404)


def _check_day(told: dict[str, Any]) -> None:
    """A day that cannot be is told at its question, not when everything is sent."""
    if (day := told.get("occurred_on")) is None:
        return
    try:
        within_living_memory(day, now=database().clock())
    except Anachronism:
        raise forms.wrong(occurred_on="report.day_wrong") from None
    told["occurred_on"] = day.isoformat()


def _page(step: str, mine: Held, form: Form) -> str:
    way = domain.way(mine.answers, by_phone=mine.by_phone)
    earlier = domain.before(step, mine.answers, by_phone=mine.by_phone)
    return render_template(
        "intake/report_step.html",
        step=step,
        place=(way.index(step) + 1, len(way)) if step in way else None,
        form=form,
        held=mine,
        tells_reporters=bool(extension("tidings")),
        earlier=url_for(".ask", step=earlier) if earlier else None,
        choices=showing.choices(
            mine.answers, units=reception().units, municipality=mine.municipality
        ),
        level=showing.level(mine.answers),
        reasons=showing.reasons(mine.answers),
    )
