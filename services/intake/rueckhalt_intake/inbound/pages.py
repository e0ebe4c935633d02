# SPDX-License-Identifier: EUPL-1.2
"""`/inbound`: what came in by mail or from elsewhere and waits for a person.

The list shows no word of it. Texts open by a button, on record; what becomes of it is a POST.
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.evidence import receiving
from rueckhalt_intake.inbound import accepting, bringing, handlers, showing
from rueckhalt_intake.inbound.domain import DISMISSED, REASONS, WAITING, Arrival, NoSuchArrival
from rueckhalt_intake.inbound.schemas import CompleteSchema, DismissSchema
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.pages import csrf, forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.problems import FieldProblem
from rueckhalt_shared.web import caller, database, requires

pages = Blueprint("inbound", __name__, url_prefix="/inbound", template_folder="templates")
_LISTED = 200
_ONE, _LIST, _BRING = "intake/arrival.html", "intake/arrivals.html", "intake/arrival_new.html"
_DISMISS = "intake/arrival_dismiss.html"


@pages.get("")
@requires(ASSIGNED)
def list_arrivals() -> str:
    """What waits, with its age, and what was dismissed in the last thirty days."""
    now, looker = database().clock(), showing.looker_of(caller())
    waiting, dismissed = (
        showing.rows(database().read(handlers.list_those, looker, state=s, limit=_LISTED), now)
        for s in (WAITING, DISMISSED)
    )
    return render_template(_LIST, waiting=waiting, dismissed=dismissed, most=_LISTED)


@pages.get("/<uuid:arrival_id>")
@requires(ASSIGNED)
def show(arrival_id: UUID) -> AnyResponse:
    """One of them, shut."""
    try:
        arrival, files = database().read(handlers.find, str(arrival_id), _me())
    except NoSuchArrival:
        return _gone()
    return Response(_page(arrival, files=showing.files(files), said=None, form=Form.blank()))


@pages.post("/<uuid:arrival_id>")
@requires(ASSIGNED)
def open_one(arrival_id: UUID) -> AnyResponse:
    """What it says, and the form that makes it a report; who opens it is recorded first."""
    try:
        return Response(_opened(str(arrival_id)))
    except NoSuchArrival:
        return _gone()


@pages.post("/<uuid:arrival_id>/report")
@requires(ASSIGNED)
def report(arrival_id: UUID) -> AnyResponse:
    """Take it in as an incident; the words that lead the reporter to it are shown once, here."""
    number = str(arrival_id)
    try:
        answers = forms.read(CompleteSchema())
        code = accepting.accept(number, answers, _me())
    except NoSuchArrival:
        return _gone()
    except forms.Invalid as bad:
        return _again(number, bad.form)
    except FieldProblem as wrong:
        return _again(number, accepting.told(wrong))
    return Response(render_template("intake/arrival_done.html", code=code))


@pages.get("/<uuid:arrival_id>/dismiss")
@requires(ASSIGNED)
def ask_dismiss(arrival_id: UUID) -> AnyResponse:
    """Why it is no incident."""
    try:
        arrival, _ = database().read(handlers.find, str(arrival_id), _me())
    except NoSuchArrival:
        return _gone()
    return Response(render_template(_DISMISS, form=Form.blank(), **_reasons(arrival.id)))


@pages.post("/<uuid:arrival_id>/dismiss")
@requires(ASSIGNED)
def dismiss(arrival_id: UUID) -> AnyResponse:
    """It is none; for thirty days it can be brought back."""
    try:
        database().read(handlers.find, str(arrival_id), _me())
        body = forms.read(DismissSchema())
        database().run(handlers.dismiss, str(arrival_id), _me(), reason=body["reason"])
    except forms.Invalid as bad:
        return bad.page(_DISMISS, **_reasons(str(arrival_id)))
    except NoSuchArrival:
        return _gone()
    return notes.leave(redirect(url_for(".list_arrivals"), 303), "inbound.dismissed")


@pages.post("/<uuid:arrival_id>/back")
@requires(ASSIGNED)
def bring_back(arrival_id: UUID) -> AnyResponse:
    """A dismissed one waits again."""
    try:
        database().run(handlers.bring_back, str(arrival_id), _me())
    except NoSuchArrival:
        return _gone()
    return notes.leave(redirect(url_for(".list_arrivals"), 303), "inbound.brought_back")


@pages.get("/new")
@requires(ASSIGNED)
def ask_mail() -> str:
    """Bring a mail in by hand."""
    return render_template(_BRING, form=Form.blank(), **bringing.around())


@csrf.exempt(receiving.EXEMPT)
@pages.post("/new")
@requires(ASSIGNED)
def bring_mail() -> AnyResponse:
    """Saved mails from this computer; each becomes an arrival."""
    try:
        new, known = bringing.brought()
    except receiving.Refused as refused:
        form = bringing.told(refused)
        return Response(render_template(_BRING, form=form, **bringing.around()), refused.status)
    answer = redirect(url_for(".list_arrivals"), 303)
    return notes.leave(answer, "inbound.brought", new=str(new), known=str(known))


def _me() -> Any:
    return showing.looker_of(caller())


def _gone() -> Response:
    return Response(render_template("intake/arrival_gone.html"), 404)


def _reasons(number: str) -> dict[str, Any]:
    return {"number": number, "reasons": [(e, words(f"inbound.reason.{e}")) for e in REASONS]}


def _again(number: str, form: Form) -> AnyResponse:
    """The open page once more, with what was typed and what is wrong."""
    try:
        return Response(_opened(number, form), 422)
    except NoSuchArrival:
        return _gone()


def _opened(number: str, form: Form | None = None) -> str:
    arrival, files = database().run(handlers.open_one, number, _me())
    said = showing.opened(arrival, files)
    return _page(arrival, files=said["files"], said=said, form=form or showing.proposed(said))


def _page(arrival: Arrival, **context: Any) -> str:
    (row,) = showing.rows([arrival], database().clock())
    choices = showing.choices(arrival.municipality)
    return render_template(_ONE, arrival=row, choices=choices, **context)
