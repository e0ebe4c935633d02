# SPDX-License-Identifier: EUPL-1.2
"""`/case`, "Mein Vorfall": by seven words or signed in. State, messages, consents, leaving."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.domain import Erased, Incident, NoSuchIncident
from rueckhalt_intake.mailbox import domain, handlers, showing, visiting
from rueckhalt_intake.mailbox.domain import NoMailboxCode
from rueckhalt_intake.mailbox.schemas import DoorSchema, MessageSchema, SharingSchema
from rueckhalt_intake.report.domain import LOG, Draft, new_token
from rueckhalt_intake.report.holding import hold, let_go, visit
from rueckhalt_shared.access import signed_in
from rueckhalt_shared.database import Transaction, Unavailable
from rueckhalt_shared.headers import clear_site
from rueckhalt_shared.identity import arriving
from rueckhalt_shared.identity.attempts import PleaseWait
from rueckhalt_shared.pages import csrf, forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, public, requires, settings

pages = Blueprint("case", __name__, url_prefix="/case", template_folder="templates")
BY_CODE = "whoever reported comes by the code that only they have"
HOUSE = "a code leads to its report by the pages of any town of the house"
_OWN = "incident:create"
_MOST = 50


@pages.get("")
@public(BY_CODE, whole_house=HOUSE)
def show() -> AnyResponse:
    """How it stands, who has it, what was written."""
    incident = visiting.inside()
    if incident is None:
        return redirect(url_for(".ask_words"), 303)
    return Response(page(incident, Form.blank()))


@pages.get("/words")
@public(BY_CODE, whole_house=HOUSE)
def ask_words() -> AnyResponse:
    """The words, please; whoever is signed in sees their own reports as well."""
    return Response(_door(Form.blank()))


@pages.post("/words")
@public(BY_CODE, whole_house=HOUSE)
def come_in() -> AnyResponse:
    """Right words open; wrong ones cost the same time and are counted."""
    try:
        body = forms.read(DoorSchema())
        found = visiting.by_words(body["words"])
        if isinstance(found, Draft) and "text" in body:
            raise NoMailboxCode("a message belongs into a report that was sent")
    except forms.Invalid as bad:
        return Response(_door(bad.form), 422)
    except (Erased, NoMailboxCode, PleaseWait, Unavailable) as refused:
        return _not_in(refused)
    if isinstance(found, Draft):
        return _to_draft(found, body["words"])
    return _enter(found, body.get("text", ""))


@pages.post("/mine/<uuid:incident_id>")
@requires(_OWN)
def come_in_signed_in(incident_id: UUID) -> AnyResponse:
    """One of my own reports, without any code."""
    incident = database().read(incidents.show_incident, str(incident_id), _reach())
    return _enter(incident.id)


@csrf.exempt("shows the page again with what was typed instead of an error")
@pages.post("/message")
@public(BY_CODE, whole_house=HOUSE)
def write() -> AnyResponse:
    """A message, or something to add; the responsible person is told that there is one."""
    return _taken(domain.MESSAGE, _write)


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
    database().run(_write, incident.id, message)


def _door(form: Form) -> str:
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
    return render_template("intake/case_words.html", form=form, own=showing.own(own))


def _not_in(refused: Exception) -> AnyResponse:
    """Why the words open nothing: wrong, too many attempts, too busy, or all is erased."""
    if isinstance(refused, Erased):
        return Response(render_template("intake/case_gone.html"), 410)
    if isinstance(refused, PleaseWait):
        told, status = words("case.wait", seconds=refused.seconds), 429
    elif isinstance(refused, Unavailable):
        told, status = words("case.busy"), 503
    else:
        told, status = words("case.wrong"), 422
    answer = Response(_door(_refused(told)), status)
    if isinstance(refused, PleaseWait):
        answer.headers["Retry-After"] = str(refused.seconds)
    return answer


def _reach() -> erasing.Reach:
    who = caller()
    return erasing.Reach(municipalities=who.municipalities, mode=who.mode, sender=who.sender)


def _enter(incident_id: str, text: str = "") -> AnyResponse:
    token = new_token()
    visiting.come_in(incident_id, token)
    onward = visit(redirect(url_for(".show"), 303), token)
    incident = database().read(erasing.whoever_asks, incident_id) if text else None
    if incident is None:
        return onward
    database().run(_write, incident_id, visiting.from_reporter(incident, text, domain.MESSAGE))
    return notes.leave(onward, "case.sent")


def _taken(kind: str, keep: Callable[[Transaction, str, domain.Message], None]) -> AnyResponse:
    """Take a text into the mailbox of this visit; without one, ask for the words and keep it."""
    incident = visiting.inside()
    if incident is None:
        return Response(_door(_refused(words("case.came_late"))), 409)
    if not csrf.is_ours():
        return Response(page(incident, _refused(words("report.came_late"), "")), 409)
    try:
        body = forms.read(MessageSchema())
    except forms.Invalid as bad:
        return Response(page(incident, bad.form), 422)
    database().run(keep, incident.id, visiting.from_reporter(incident, body["text"], kind))
    return notes.leave(redirect(url_for(".show"), 303), "case.sent")


def _refused(told: str, field: str = "words") -> Form:
    return Form.sent(FieldError(field, told))


def _to_draft(draft: Draft, typed: str) -> AnyResponse:
    token = visiting.keeper().come_back(draft, typed)
    page = "diary.show" if draft.kind == LOG else "sending.review"
    return hold(redirect(url_for(page), 303), token, draft.kind)


def _write(tx: Transaction, incident_id: str, message: domain.Message) -> None:
    handlers.write(tx, _locked(tx, incident_id), message)


def _change_sharing(
    tx: Transaction, incident_id: str, wanted: list[str], message: domain.Message
) -> None:
    handlers.change_consents(tx, _locked(tx, incident_id), wanted, message)


def _answer(tx: Transaction, incident_id: str, message: domain.Message, *, name: str) -> None:
    incident = _locked(tx, incident_id)
    if not handlers.answer_aftercare(tx, incident, name, message):
        handlers.write(tx, incident, message)  # answered already: it is a message all the same


def _locked(tx: Transaction, incident_id: str) -> Incident:
    erasing.lock(tx, incident_id)
    incident = erasing.whoever_asks(tx, incident_id)
    if incident is None:
        raise NoSuchIncident(f"no incident {incident_id}")
    return incident
