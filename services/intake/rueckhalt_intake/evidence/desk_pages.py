# SPDX-License-Identifier: EUPL-1.2
"""`/desk/<incident>/evidence`: files for whoever is responsible. Each look at one is on record.

Nothing is shown by an address: names, views and originals come by a button. A picture or the pages
of a PDF come small and blurred first; whoever wants to see them clearly asks once more.
"""

from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.erasure.domain import OnHold
from rueckhalt_intake.evidence import domain, handlers, receiving, showing
from rueckhalt_intake.evidence.domain import BLURRED, NotShown, TooMany
from rueckhalt_intake.evidence.handing_out import handed_out
from rueckhalt_intake.evidence.receiving import Refused
from rueckhalt_intake.evidence.schemas import ERASE_REASONS, EraseFileSchema
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.showing import name_of, reach_of
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.pages import csrf, forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, extension, requires

pages = Blueprint("evidence", __name__, url_prefix="/desk", template_folder="templates")
_MEBIBYTE = 1024 * 1024
_LONGEST_NUMBER = 7


@pages.get("/<uuid:incident_id>/evidence")
@requires(ASSIGNED)
def show(incident_id: UUID) -> str:
    """How many files there are, of which kind; names stay shut."""
    return _page(str(incident_id), Form.blank())


@pages.post("/<uuid:incident_id>/evidence")
@requires(ASSIGNED)
def open_list(incident_id: UUID) -> str:
    """The same with names, checksums and the custody log; recorded first."""
    if _is_strict(str(incident_id)):
        return _page(str(incident_id), Form.blank())
    incident, files, log = database().run(
        handlers.open_list, str(incident_id), _mine(), who=name_of(caller())
    )
    return render_template(
        "intake/evidence_desk.html",
        incident=incident,
        form=Form.blank(),
        files=showing.opened(files, log, incident.municipality),
        is_open=True,
        **_around(incident),
    )


@csrf.exempt(receiving.EXEMPT)
@pages.post("/<uuid:incident_id>/evidence/add")
@requires(ASSIGNED)
def add(incident_id: UUID) -> AnyResponse:
    """Files the desk has got: a letter scanned, a picture of the wall."""
    number, who = str(incident_id), name_of(caller())
    incident = database().read(incidents.show_incident, number, _mine())
    if _is_strict(number):
        return Response(_page(number, _told(words("evidence.strict"))), 409)
    try:
        found = receiving.arrived(incident, source="desk")
        database().run(handlers.receive, incident, found, who=who)
    except Refused as refused:
        return Response(_page(number, _told(refused.told)), refused.status)
    except TooMany:
        return Response(_page(number, _told(words("evidence.too_many"))), 429)
    return notes.leave(redirect(url_for(".show", incident_id=number), 303), "evidence.kept")


@pages.post("/<uuid:incident_id>/evidence/<uuid:attachment_id>")
@requires(ASSIGNED)
def view(incident_id: UUID, attachment_id: UUID) -> AnyResponse:
    """The cleaned view; a picture small and blurred."""
    return _viewed((str(incident_id), str(attachment_id)), domain.VIEWED)


@pages.post("/<uuid:incident_id>/evidence/<uuid:attachment_id>/clear")
@requires(ASSIGNED)
def view_clearly(incident_id: UUID, attachment_id: UUID) -> AnyResponse:
    """The picture as it is, without its metadata."""
    return _viewed((str(incident_id), str(attachment_id)), domain.UNBLURRED)


@pages.post("/<uuid:incident_id>/evidence/<uuid:attachment_id>/original")
@requires(ASSIGNED)
def download(incident_id: UUID, attachment_id: UUID) -> AnyResponse:
    """The file as it came, for the police."""
    key = str(incident_id), str(attachment_id)
    if _is_strict(key[0]):
        return Response(_page(key[0], _told(words("evidence.strict"))), 409)
    try:
        _, found = database().run(
            handlers.look_at, key, _mine(), who=name_of(caller()), act=domain.DOWNLOADED
        )
    except NotShown as hidden:
        return Response(_page(key[0], _told(words(hidden.why))), 409)
    return handed_out(found)


@pages.post("/<uuid:incident_id>/evidence/<uuid:attachment_id>/erase")
@requires(ASSIGNED)
def ask_erasure(incident_id: UUID, attachment_id: UUID) -> AnyResponse:
    """Ask that it goes; whoever decides about erasures decides, never the same person."""
    key = str(incident_id), str(attachment_id)
    try:
        body = forms.read(EraseFileSchema())
        database().run(
            handlers.ask_erasure, key, _mine(), who=caller().sender, reason=body["reason"]
        )
    except forms.Invalid:
        return Response(_page(key[0], _told(words("evidence.erase_reason_missing"))), 422)
    except OnHold as held:
        told = words("erasure.held_because", reason=held.hold.reason)
        return Response(_page(key[0], _told(told)), 409)
    return notes.leave(redirect(url_for(".show", incident_id=key[0]), 303), "evidence.erase_asked")


def _first() -> int:
    """The page of a PDF to begin with; what is no number begins at the front."""
    told = request.form.get("first", "1")
    return int(told) if told.isascii() and told.isdigit() and len(told) < _LONGEST_NUMBER else 1


def _viewed(key: tuple[str, str], act: str) -> Response:
    if _is_strict(key[0]):
        return Response(_page(key[0], _told(words("evidence.strict"))), 409)
    try:
        incident, found = database().run(
            handlers.look_at, key, _mine(), who=name_of(caller()), act=act
        )
        blurred = act == domain.VIEWED and found.kind in BLURRED
        shown = showing.viewed(found, blurred=blurred, first=_first())
    except NotShown as hidden:
        return Response(_page(key[0], _told(words(hidden.why))), 409)
    html = render_template("intake/evidence_view.html", incident=incident, file=found, shown=shown)
    return Response(html)


def _page(incident_id: str, form: Form) -> str:
    incident, files = database().read(handlers.counted, incident_id, _mine())
    return render_template(
        "intake/evidence_desk.html",
        incident=incident,
        form=form,
        files=showing.rows(files),
        is_open=False,
        **_around(incident),
    )


def _around(incident: Any) -> dict[str, Any]:
    desk = cast(Reception, extension("reception"))
    return {
        "is_strict": desk.vault.is_strict(incident.key_id),
        "lists": showing.lists(incident),
        "reasons": [(each, words(f"erasure.reason.{each}")) for each in ERASE_REASONS],
        "most": extension("evidence_bytes") // _MEBIBYTE,
    }


def _is_strict(incident_id: str) -> bool:
    incident = database().read(incidents.show_incident, incident_id, _mine())
    return cast(Reception, extension("reception")).vault.is_strict(incident.key_id)


def _told(text: str) -> Form:
    return Form(errors=(FieldError("files", text),))


def _mine() -> Reach:
    return reach_of(caller()).by_grant_alone
