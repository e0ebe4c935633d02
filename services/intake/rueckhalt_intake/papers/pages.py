# SPDX-License-Identifier: EUPL-1.2
"""`/papers`: choose a paper, fill it in, look at it, take it along as PDF. Nothing is stored.

Anybody may use them without having reported anything. From an incident the same form comes
filled in: its codes at once, its texts by a button only, because opening them is recorded.
"""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.copies import handlers as copies
from rueckhalt_intake.evidence import handlers as evidence
from rueckhalt_intake.evidence.showing import listed
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.showing import name_of, reach_of
from rueckhalt_intake.papers import catalogue, handlers
from rueckhalt_intake.papers.catalogue import NoSuchPaper
from rueckhalt_intake.papers.domain import TICK, Paper, Unprintable
from rueckhalt_intake.papers.printing import CannotBePrinted, printed
from rueckhalt_intake.papers.schemas import PREVIEW, schema_of
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.messages import PAGE_LANGUAGES, Catalogue
from rueckhalt_shared.pages import forms
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.web import caller, database, extension, public, requires

pages = Blueprint("papers", __name__, template_folder="templates")
_OPEN = "whoever was attacked prints a paper without an account; nothing is stored"
_OWN = "incident:create"
_PAGE = "intake/paper.html"
_texts = Catalogue.of_package("rueckhalt_intake")


@pages.get("/papers")
@public(_OPEN)
def list_papers() -> str:
    """All papers, for whoever only wants to print one."""
    return render_template("intake/papers.html", papers=handlers.available((), everything=True))


@pages.get("/papers/<string:code>")
@public(_OPEN)
def show_paper(code: str) -> str:
    """The empty form."""
    return form_of(known(code), Form.blank(**catalogue.blank(code)))


@pages.get("/papers/<string:code>.pdf")
@public(_OPEN)
def print_blank(code: str) -> Response:
    """The empty paper, to be filled in by hand."""
    return _pdf(known(code), catalogue.blank(code))


@pages.post("/papers/<string:code>")
@public(_OPEN)
def fill_in(code: str) -> Response:
    """The paper as filled in: to look at, or as PDF."""
    paper = known(code)
    try:
        body = forms.read(schema_of(paper))
        make = body.pop("make")
        if make != PREVIEW:
            return _pdf(paper, body)
    except forms.Invalid as bad:
        return bad.page(_PAGE, **_around(paper))
    except Unprintable as error:
        return _refused(paper, words("papers.unprintable", script=error.script))
    except CannotBePrinted:
        return _refused(paper, words("papers.cannot"))
    return Response(form_of(paper, Form.sent(), sheet=handlers.sheet(code, body)))


@pages.get("/desk/<uuid:incident_id>/papers")
@requires(ASSIGNED)
def list_for_incident(incident_id: UUID) -> str:
    """The papers that may be of use for an incident somebody is responsible for."""
    incident = database().read(incidents.show_incident, str(incident_id), _mine())
    offered = handlers.available(incident.coded.forms, staff=True)
    return render_template(
        "intake/papers_incident.html",
        papers=[(each, _address(".prefill", incident, each.code)) for each in offered],
        back=url_for("desk.show_incident", incident_id=incident.id),
    )


@pages.get("/desk/<uuid:incident_id>/papers/<string:code>")
@requires(ASSIGNED)
def prefill(incident_id: UUID, code: str) -> str:
    """The form with what the codes say."""
    paper = known(code)
    incident = database().read(incidents.show_incident, str(incident_id), _mine())
    told = handlers.prefilled(code, incident)
    return form_of(paper, Form.blank(**told), texts=_address(".open_into", incident, code))


@pages.post("/desk/<uuid:incident_id>/papers/<string:code>")
@requires(ASSIGNED)
def open_into(incident_id: UUID, code: str) -> AnyResponse:
    """The same with narrative and contact; who opens them is recorded."""
    paper = known(code)
    shut = database().read(incidents.show_incident, str(incident_id), _mine())
    if _reception().vault.is_strict(shut.key_id):
        return redirect(url_for("strict.ask_passphrase", incident_id=shut.id), 303)
    incident = database().run(incidents.open_incident, shut.id, _mine(), who=name_of(caller()))
    return Response(form_of(paper, Form.blank(**texts_of(code, incident))))


@pages.get("/mine/<uuid:incident_id>/papers")
@requires(_OWN)
def list_own(incident_id: UUID) -> str:
    """The papers that may be of use after what I have reported."""
    incident = database().read(incidents.show_incident, str(incident_id), _own())
    offered = handlers.available(incident.coded.forms)
    return render_template(
        "intake/papers_incident.html",
        papers=[(each, _address(".prefill_own", incident, each.code)) for each in offered],
        back=url_for("copies.show_copy", incident_id=incident.id),
    )


@pages.get("/mine/<uuid:incident_id>/papers/<string:code>")
@requires(_OWN)
def prefill_own(incident_id: UUID, code: str) -> str:
    """The form with what the codes of my own report say."""
    paper = known(code)
    incident = database().read(incidents.show_incident, str(incident_id), _own())
    told = handlers.prefilled(code, incident)
    return form_of(paper, Form.blank(**told), texts=_address(".open_own", incident, code))


@pages.post("/mine/<uuid:incident_id>/papers/<string:code>")
@requires(_OWN, fresh=True)
def open_own(incident_id: UUID, code: str) -> str:
    """The same with the words I have reported."""
    paper, desk = known(code), _reception()
    here = str(incident_id)
    taken = database().run(copies.take, here, _own(), who=copies.REPORTER, vault=desk.vault)
    if desk.vault.is_strict(taken.incident.key_id):
        told = handlers.prefilled(code, taken.incident)
        return form_of(paper, Form.blank(**told), strict=True)
    return form_of(paper, Form.blank(**texts_of(code, taken.incident)))


def known(code: str) -> Paper:
    try:
        return catalogue.paper(code)
    except NoSuchPaper:
        raise Problem(404, detail="There is no such paper.") from None


def texts_of(code: str, incident: Incident) -> dict[str, str]:
    desk = _reception()
    told = handlers.prefilled(code, incident)
    reporter = desk.particulars(incident).get("reporter", {})
    if code == catalogue.EVIDENCE and (files := database().read(evidence.list_of, incident.id)):
        told |= {"evidence": listed(files)}
    return handlers.with_texts(
        code,
        told,
        narrative=desk.narrative(incident),
        reporter=reporter,
        labels={_texts.text("report.accused_label", each) for each in PAGE_LANGUAGES},
    )


def form_of(paper: Paper, form: Form, **more: Any) -> str:
    return render_template(_PAGE, form=form, **_around(paper), **more)


def _around(paper: Paper) -> Mapping[str, Any]:
    asked = [each for each in paper.fields if each.kind != TICK]
    return {"paper": paper, "asked": asked, "ticks": catalogue.ticks_of(paper.code)}


def _refused(paper: Paper, told: str) -> Response:
    form = Form.sent(FieldError("", told))
    return Response(render_template(_PAGE, form=form, **_around(paper)), 422)


def _pdf(paper: Paper, values: Mapping[str, str]) -> Response:
    pdf = printed(paper.code, values, now=database().clock())
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'attachment; filename="blatt.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _address(endpoint: str, incident: Incident, code: str) -> str:
    return url_for(endpoint, incident_id=incident.id, code=code)


def _mine() -> Reach:
    return reach_of(caller()).by_grant_alone


def _own() -> Reach:
    who = caller()
    return Reach(municipalities=who.municipalities, mode=who.mode, sender=who.sender)


def _reception() -> Reception:
    return cast(Reception, extension("reception"))
