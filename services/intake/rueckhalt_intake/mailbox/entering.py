# SPDX-License-Identifier: EUPL-1.2
"""The door of "Mein Vorfall": seven words, one's own report, and the line where many try."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.domain import Erased, Incident
from rueckhalt_intake.mailbox import domain, showing, visiting
from rueckhalt_intake.mailbox.domain import NoMailboxCode
from rueckhalt_intake.mailbox.line import InLine
from rueckhalt_intake.mailbox.schemas import DoorSchema
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_intake.mailbox.words import COUNT, Misspelled
from rueckhalt_intake.report.domain import LOG, Draft, new_token
from rueckhalt_intake.report.holding import LINE, hold, let_go, stand_in_line, visit
from rueckhalt_shared.access import signed_in
from rueckhalt_shared.database import Unavailable
from rueckhalt_shared.identity import arriving
from rueckhalt_shared.identity.attempts import PleaseWait
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, public, requires, settings

pages = Blueprint("entering", __name__, url_prefix="/case", template_folder="templates")
_OWN = "incident:create"
_MOST = 50


@pages.get("/words")
@public(BY_CODE, whole_house=HOUSE)
def ask_words() -> AnyResponse:
    """The words, please; whoever is signed in sees their own reports as well."""
    return Response(door(Form.blank()))


@pages.post("/words")
@public(BY_CODE, whole_house=HOUSE)
def come_in() -> AnyResponse:
    """Right words open; wrong ones cost the same time and are counted."""
    try:
        body = forms.read(DoorSchema())
    except forms.Invalid as bad:
        return Response(door(bad.form), 422)
    text = body.get("text", "")
    return _opened(body["words"], body.get("ticket", ""), text, Form.sent())


@pages.get("/line")
@public(BY_CODE, whole_house=HOUSE)
def wait_in_line() -> AnyResponse:
    """The page of whoever waits comes by itself, and opens when it is their turn."""
    ticket = visiting.ticket_held()
    if ticket is None:
        return redirect(url_for(".ask_words"), 303)
    return _opened(ticket.words, ticket.sealed, "", Form.blank(words=ticket.words))


@pages.post("/mine/<uuid:incident_id>")
@requires(_OWN)
def come_in_signed_in(incident_id: UUID) -> AnyResponse:
    """One of my own reports, without any code."""
    who = caller()
    reach = erasing.Reach(municipalities=who.municipalities, mode=who.mode, sender=who.sender)
    return _enter(database().read(incidents.show_incident, str(incident_id), reach).id)


def door(form: Form, *, waiting: str = "") -> str:
    """The page that asks for the words; `waiting` says when those in the form are looked at."""
    own: list[Incident] = []
    person = signed_in()
    if person is not None:
        mode: Any = "demo" if settings().is_demo else "live"
        who = arriving.caller_of(person, [_OWN], mode=mode)
        if _OWN in who.scopes:
            reach = erasing.Reach(
                municipalities=who.municipalities, mode=who.mode, sender=who.sender
            )
            own = database().read(
                incidents.list_incidents, reach, state=None, cursor=None, limit=_MOST
            )
    return render_template(
        "intake/case_words.html", form=form, own=showing.own(own), waiting=waiting
    )


def _opened(typed: str, ticket: str, text: str, form: Form) -> AnyResponse:
    try:
        found = visiting.by_words(typed, ticket)
        if isinstance(found, Draft) and text:
            raise NoMailboxCode("a message belongs into a report that was sent")
    except InLine as later:
        return _in_line(later, text, form)
    except (Erased, NoMailboxCode, PleaseWait, Unavailable) as refused:
        return let_go(_not_in(refused, form), LINE)
    onward = _to_draft(found, typed) if isinstance(found, Draft) else _enter(found, text)
    return let_go(onward, LINE)


def _in_line(later: InLine, text: str, form: Form) -> AnyResponse:
    """Their words stay on the page. Without a text the page comes again by itself."""
    kept = replace(form, values=dict(form.values) | {"ticket": [later.ticket.sealed]})
    told = "case.in_line_text" if text else "case.in_line"
    answer = Response(door(kept, waiting=words(told, seconds=later.seconds)), 429)
    answer.headers["Retry-After"] = str(later.seconds)
    if text:
        return answer
    answer.headers["Refresh"] = f"{later.seconds}; url={url_for('.wait_in_line')}"
    return stand_in_line(answer, later.ticket.sealed)


def _not_in(refused: Exception, form: Form) -> AnyResponse:
    """Why the words open nothing: wrong, too many attempts, too busy, or all is erased."""
    if isinstance(refused, Erased):
        return Response(render_template("intake/case_gone.html"), 410)
    tell, status = next(found for kind, found in _TOLD.items() if isinstance(refused, kind))
    error = FieldError("words", tell(refused))
    values = {name: told for name, told in form.values.items() if name != "ticket"}
    answer = Response(door(Form(values, (error,))), status)
    if isinstance(refused, PleaseWait):
        answer.headers["Retry-After"] = str(refused.seconds)
    return answer


def _misspelled(found: Misspelled) -> str:
    """Which words are none of the list, and how many there are; nothing of any code."""
    told = []
    if found.unknown:
        named = ", ".join(words("case.word", word=each) for each in found.unknown)
        told.append(words("case.unknown_words", words=named))
    if found.count != COUNT:
        told.append(words("case.count", count=found.count))
    return " ".join(told)


_TOLD: dict[type[Exception], tuple[Callable[[Any], str], int]] = {
    Misspelled: (_misspelled, 422),
    NoMailboxCode: (lambda _: words("case.wrong"), 422),
    PleaseWait: (lambda early: words("case.too_close", minutes=early.seconds // 60 + 1), 429),
    Unavailable: (lambda _: words("case.busy"), 503),
}


def _enter(incident_id: str, text: str = "") -> AnyResponse:
    token = new_token()
    visiting.come_in(incident_id, token)
    onward = visit(redirect(url_for("case.show"), 303), token)
    incident = database().read(erasing.whoever_asks, incident_id) if text else None
    if incident is None:
        return onward
    message = visiting.from_reporter(incident, text, domain.MESSAGE)
    database().run(visiting.write, incident_id, message)
    return notes.leave(onward, "case.sent")


def _to_draft(draft: Draft, typed: str) -> AnyResponse:
    token = visiting.keeper().come_back(draft, typed)
    page = "diary.show" if draft.kind == LOG else "sending.review"
    return hold(redirect(url_for(page), 303), token, draft.kind)
