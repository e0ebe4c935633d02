# SPDX-License-Identifier: EUPL-1.2
"""`/case`, "Mein Vorfall": by seven words or signed in. State, messages, consents, leaving."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.mailbox import domain, handlers, showing, visiting
from rueckhalt_intake.mailbox.entering import door
from rueckhalt_intake.mailbox.schemas import MessageSchema, SharingSchema
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_intake.report.holding import let_go
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.headers import clear_site
from rueckhalt_shared.pages import csrf, forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, public

pages = Blueprint("case", __name__, url_prefix="/case", template_folder="templates")


@pages.get("")
@public(BY_CODE, whole_house=HOUSE)
def show() -> AnyResponse:
    """How it stands, who has it, what was written."""
    incident = visiting.inside()
    if incident is None:
        return redirect(url_for("entering.ask_words"), 303)
    return Response(page(incident, Form.blank()))


@csrf.exempt("shows the page again with what was typed instead of an error")
@pages.post("/message")
@public(BY_CODE, whole_house=HOUSE)
def write() -> AnyResponse:
    """A message, or something to add; the responsible person is told that there is one."""
    return _taken(domain.MESSAGE, visiting.write)


@pages.post("/sharing")
@public(BY_CODE, whole_house=HOUSE)
def change_sharing() -> AnyResponse:
    """Agree, or take it back: counts at once, and is said to the responsible person."""
    incident = visiting.visited()
    try:
        wanted = forms.read(SharingSchema())["sharing"]
    except forms.Invalid as bad:
        return Response(page(incident, bad.form), 422)
    told = ", ".join(words(f"report.sharing.{each}") for each in wanted) or words("case.nobody")
    message = visiting.from_reporter(incident, words("case.sharing_now", who=told), domain.CONSENT)
    database().run(_change_sharing, incident.id, wanted, message)
    return notes.leave(redirect(url_for(".show"), 303), "case.sharing_changed")


@csrf.exempt("shows the page again with what was typed instead of an error")
@pages.post("/aftercare/<string:name>")
@public(BY_CODE, whole_house=HOUSE)
def answer_question(name: str) -> AnyResponse:
    """How it is going, some time afterwards."""
    return _taken(domain.AFTERCARE, partial(_answer, name=name))


@csrf.exempt("a page that is out of date must still let people out; foreign ones are turned away")
@pages.post("/leave")
@public(BY_CODE, whole_house=HOUSE)
def leave() -> AnyResponse:
    """Out, without a trace in this browser."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return redirect(url_for("doors.start"), 303)  # nobody else throws a visitor out
    visiting.leave()
    return let_go(clear_site(redirect(url_for("doors.start"), 303)))


def page(incident: Incident, form: Form) -> str:
    """The incident as whoever reported it sees it."""
    return render_template("intake/case.html", form=form, **showing.case(incident))


def take_in(incident: Incident, message: domain.Message) -> None:
    """Keep a message of whoever reported and say that there is one."""
    database().run(visiting.write, incident.id, message)


def _taken(kind: str, keep: Callable[[Transaction, str, domain.Message], None]) -> AnyResponse:
    """Take a text into the mailbox of this visit; without one, ask for the words and keep it."""
    incident = visiting.inside()
    if incident is None:
        return Response(door(Form.sent(FieldError("words", words("case.came_late")))), 409)
    if not csrf.is_ours():
        return Response(page(incident, Form.sent(FieldError("", words("report.came_late")))), 409)
    try:
        body = forms.read(MessageSchema())
    except forms.Invalid as bad:
        return Response(page(incident, bad.form), 422)
    database().run(keep, incident.id, visiting.from_reporter(incident, body["text"], kind))
    return notes.leave(redirect(url_for(".show"), 303), "case.sent")


def _change_sharing(
    tx: Transaction, incident_id: str, wanted: list[str], message: domain.Message
) -> None:
    handlers.change_consents(tx, visiting.locked(tx, incident_id), wanted, message)


def _answer(tx: Transaction, incident_id: str, message: domain.Message, *, name: str) -> None:
    incident = visiting.locked(tx, incident_id)
    if not handlers.answer_aftercare(tx, incident, name, message):
        handlers.write(tx, incident, message)  # answered already: it is a message all the same
