# SPDX-License-Identifier: EUPL-1.2
"""HTML: one's own reports, the complete copy of each, as a file too, and asking for erasure."""

import json
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for

from rueckhalt_intake.copies import handlers, labels, showing
from rueckhalt_intake.copies.handlers import REPORTER
from rueckhalt_intake.erasure import asking, domain
from rueckhalt_intake.erasure.domain import OnHold
from rueckhalt_intake.erasure.pages import choices
from rueckhalt_intake.erasure.schemas import OwnErasureSchema
from rueckhalt_intake.evidence import showing as evidence
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.retention.reading import read_concept
from rueckhalt_intake.vault.sealing import SealedStrictly
from rueckhalt_shared.identity.showing import role_of
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, extension, requires, settings

pages = Blueprint("copies", "rueckhalt_intake", url_prefix="/mine", template_folder="templates")
_OWN = "incident:create"
_MOST = 200


@pages.get("")
@requires(_OWN)
def list_own() -> Response:
    """What I have reported."""
    found = database().read(handlers.list_own, _reach(), limit=_MOST)
    rows = [(each, labels.one("statuses", each.status)) for each in found]
    return Response(render_template("intake/mine.html", rows=rows, forms=labels.forms))


@pages.get("/<uuid:incident_id>")
@requires(_OWN, fresh=True)
def show_copy(incident_id: UUID) -> Response:
    """Everything that is kept about one of my reports."""
    return _page(str(incident_id), Form.blank())


@pages.get("/<uuid:incident_id>/copy.json")
@requires(_OWN, fresh=True)
def download_copy(incident_id: UUID) -> Response:
    """The same as a file that a machine can read."""
    text = json.dumps(_copy(str(incident_id)), ensure_ascii=False, indent=1) + "\n"
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="kopie.json"'
    return answer


@pages.post("/<uuid:incident_id>")
@requires(_OWN, fresh=True)
def ask_for_erasure(incident_id: UUID) -> Any:
    """Ask for the erasure of my report; a second person decides."""
    here = str(incident_id)
    try:
        body = forms.read(OwnErasureSchema())
        database().run(asking.ask_for_own, here, _reach(), **body)
    except forms.Invalid as bad:
        return _page(here, bad.form, 422)
    except SealedStrictly:
        told = words("erasure.sealed_source")
        return _page(here, Form.sent(FieldError("scope", told)), 409)
    except OnHold as held:
        told = words("erasure.held_because", reason=held.hold.reason)
        return _page(here, Form.sent(FieldError("scope", told)), 409)
    address = url_for(".show_copy", incident_id=incident_id)
    return notes.leave(redirect(address, 303), "mine.asked_note")


def _reach() -> Reach:
    """My own reports and nobody else's, whatever my roles are."""
    who = caller()
    return Reach(municipalities=who.municipalities, mode=who.mode, sender=who.sender)


def _copy(incident_id: str) -> dict[str, Any]:
    desk = cast(Reception, extension("reception"))
    taken = database().run(handlers.take, incident_id, _reach(), who=REPORTER, vault=desk.vault)
    classes = read_concept(settings().retention).classes
    document = showing.document(taken, desk, classes, role_of=role_of, now=database().clock())
    return document | {"evidence": evidence.copied(desk, database(), taken.incident)}


def _page(incident_id: str, form: Form, status: int = 200) -> Response:
    copy = _copy(incident_id)
    html = render_template(
        "intake/copy.html",
        form=form,
        copy=copy,
        incident_id=incident_id,
        facts=labels.facts(copy["incident"]),
        role=labels.role,
        plan_role=labels.plan_role,
        scopes=choices(domain.SCOPES, "scope"),
        reasons=choices(("request", "withdrawn", "objection", "unlawful"), "reason"),
    )
    return Response(html, status)
