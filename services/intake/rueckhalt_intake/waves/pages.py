# SPDX-License-Identifier: EUPL-1.2
"""HTML: the list of reports to look through, with one button for each of the two answers."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.waves import handlers
from rueckhalt_intake.waves.handlers import Waiting
from rueckhalt_intake.waves.schemas import DecisionSchema
from rueckhalt_intake.waves.showing import LOOK, looker_of
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.pages import forms
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import language, local_time, notes
from rueckhalt_shared.web import caller, database, requires

pages = Blueprint("wave_pages", "rueckhalt_intake", template_folder="templates")
PAGE = "intake/set-aside.html"
SIZE = 50


@pages.get("/set-aside")
@requires(LOOK)
def list_waiting() -> str:
    """The oldest reports that nobody has looked at; `?all=1` ticks all of this page."""
    found = _waiting()
    ticked = [choice[0] for choice in found["choices"]] if request.args.get("all") else []
    return render_template(PAGE, form=Form.blank(incidents=ticked), **found)


@pages.post("/set-aside")
@requires(LOOK)
def decide() -> AnyResponse:
    """What was ticked belongs to a wave, or does not."""
    try:
        body = forms.read(DecisionSchema())
    except forms.Invalid as bad:
        return bad.page(PAGE, **_waiting())
    ids = [str(each) for each in body["incidents"]]
    looker, decision = looker_of(caller()), body["decision"]
    decided = database().run(handlers.decide, ids, looker, decision=decision)
    answer = redirect(url_for(".list_waiting"), 303)
    return notes.leave(answer, f"waves.{decision}", count=str(decided))


def _waiting() -> dict[str, Any]:
    found = database().read(handlers.list_waiting, looker_of(caller()), limit=SIZE + 1)
    return {"choices": [_choice(each) for each in found[:SIZE]], "more": len(found) > SIZE}


def _choice(waiting: Waiting) -> tuple[str, str, str]:
    incident, lang = waiting.incident, language()
    named = ", ".join(codes.FORMS.label(form, lang) for form in incident.coded.forms)
    more = [
        words(f"waves.cause.{waiting.report.cause}"),
        codes.STATUSES.label(incident.status, lang),
    ]
    if waiting.same_sender:
        more.append(words("waves.same_sender", count=str(waiting.same_sender)))
    return incident.id, f"{local_time(incident.registered_at)}: {named}", " · ".join(more)
