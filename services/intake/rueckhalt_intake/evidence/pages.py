# SPDX-License-Identifier: EUPL-1.2
"""`/case/evidence`: whoever reported brings files, sees what has come of them, takes them back."""

from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.erasure.domain import OnHold
from rueckhalt_intake.evidence import handlers, receiving, showing
from rueckhalt_intake.evidence.domain import REPORTER, Attachment, NotShown, TooMany
from rueckhalt_intake.evidence.handing_out import handed_out
from rueckhalt_intake.evidence.receiving import Refused
from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents.domain import Incident, NoSuchIncident
from rueckhalt_intake.mailbox import domain as letters
from rueckhalt_intake.mailbox import handlers as mailbox
from rueckhalt_intake.mailbox import visiting
from rueckhalt_intake.mailbox.domain import Message
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.pages import csrf, forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, extension, public

pages = Blueprint(
    "own_evidence", __name__, url_prefix="/case/evidence", template_folder="templates"
)
_MEBIBYTE = 1024 * 1024


@pages.get("")
@public(BY_CODE, whole_house=HOUSE)
def show() -> AnyResponse:
    """What to save, what is here already, and where to bring more."""
    return Response(_page(visiting.visited(), Form.blank()))


@csrf.exempt(receiving.EXEMPT)
@pages.post("")
@public(BY_CODE, whole_house=HOUSE)
def bring() -> AnyResponse:
    """Files, sealed while they come in; the responsible person is told that there are some."""
    incident = visiting.visited()
    if visiting.reception().vault.is_strict(incident.key_id):
        return _refused(incident, 409, words("evidence.strict"))
    try:
        found = receiving.arrived(incident, source=REPORTER)
        told = words("evidence.message", count=len(found))
        message = visiting.from_reporter(incident, told, letters.MESSAGE)
        database().run(_receive, incident, found, message)
    except Refused as refused:
        return _refused(incident, refused.status, refused.told)
    except TooMany:
        return _refused(incident, 429, words("evidence.too_many"))
    return notes.leave(redirect(url_for(".show"), 303), "evidence.kept")


@pages.post("/<uuid:attachment_id>")
@public(BY_CODE, whole_house=HOUSE)
def take_back(attachment_id: UUID) -> AnyResponse:
    """One's own file, as it came."""
    incident = visiting.visited()
    try:
        found = database().run(handlers.take_own, incident, str(attachment_id))
    except NotShown as hidden:
        return _refused(incident, 409, words(hidden.why))
    return handed_out(found)


@pages.post("/<uuid:attachment_id>/erase")
@public(BY_CODE, whole_house=HOUSE)
def ask_erasure(attachment_id: UUID) -> AnyResponse:
    """Ask that one's own file goes; a person of the municipality decides about it."""
    incident = visiting.visited()
    try:
        database().run(handlers.ask_own_erasure, incident, str(attachment_id))
    except OnHold as held:
        return _refused(incident, 409, words("erasure.held_because", reason=held.hold.reason))
    return notes.leave(redirect(url_for(".show"), 303), "evidence.erase_asked")


def _receive(
    tx: Transaction, incident: Incident, found: list[handlers.Arrived], message: Message
) -> list[Attachment]:
    kept = handlers.receive(tx, incident, found, who=REPORTER)
    fresh = erasing.whoever_asks(tx, incident.id)
    if fresh is None:
        raise NoSuchIncident(f"no incident {incident.id}")
    mailbox.write(tx, fresh, message)
    return kept


def _refused(incident: Incident, status: int, told: str) -> Response:
    return Response(_page(incident, Form(errors=(FieldError("files", told),))), status)


def _page(incident: Incident, form: forms.Form) -> str:
    is_strict = visiting.reception().vault.is_strict(incident.key_id)
    files = database().read(handlers.list_of, incident.id)
    mine = [each for each in files if each.source == REPORTER]
    return render_template(
        "intake/evidence_own.html",
        form=form,
        files=[] if is_strict else showing.opened(mine, (), incident.municipality),
        lists=showing.lists(incident),
        is_strict=is_strict,
        most=extension("evidence_bytes") // _MEBIBYTE,
    )
