# SPDX-License-Identifier: EUPL-1.2
"""`/case/tidings`: whoever reported asks for a neutral mail when something is new, or for none."""

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.mailbox import visiting
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_intake.tidings import handlers, sealing
from rueckhalt_intake.tidings.schemas import WishSchema
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import language
from rueckhalt_shared.web import database, extension, public

pages = Blueprint("tidings", __name__, url_prefix="/case/tidings", template_folder="templates")
_PAGE = "intake/tidings.html"


@pages.get("")
@public(BY_CODE, whole_house=HOUSE)
def show() -> Response:
    """Whether mails are sent, to which address, and how to end it."""
    incident = visiting.visited()
    wish = database().read(handlers.wish_of, incident.id)
    known = {}
    if wish is not None and _may(incident):
        address = sealing.opened(visiting.reception().vault, wish)
        known = {"address": address, "states": "yes" if wish.states else ""}
    return Response(_page(incident, Form.blank(**known), is_on=wish is not None))


@pages.post("")
@public(BY_CODE, whole_house=HOUSE)
def want() -> AnyResponse:
    """From now on."""
    incident = visiting.visited()
    if not _may(incident):
        return Response(_page(incident, Form.blank(), is_on=False), 409)
    try:
        body = forms.read(WishSchema())
    except forms.Invalid as bad:
        return Response(_page(incident, bad.form, is_on=False), 422)
    wish = sealing.sealed(
        visiting.reception().vault,
        incident,
        body["address"].strip(),
        language=language(),
        states=body.get("states") == "yes",
    )
    database().run(handlers.want, wish)
    return notes.leave(redirect(url_for(".show"), 303), "tidings.on")


@pages.post("/none")
@public(BY_CODE, whole_house=HOUSE)
def want_none() -> AnyResponse:
    """No more mails, and the address is gone."""
    incident = visiting.visited()
    database().run(handlers.want_none, incident.id)
    return notes.leave(redirect(url_for(".show"), 303), "tidings.off")


def _may(incident: Incident) -> bool:
    is_offered = bool(extension("tidings"))
    return is_offered and sealing.may_want(visiting.reception().vault, incident)


def _page(incident: Incident, form: Form, *, is_on: bool) -> str:
    return render_template(
        _PAGE,
        form=form,
        is_on=is_on,
        is_offered=bool(extension("tidings")),
        may_want=_may(incident),
    )
