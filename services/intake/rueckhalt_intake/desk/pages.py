# SPDX-License-Identifier: EUPL-1.2
"""`/desk`: what somebody is responsible for. A list of codes, one incident, its texts on demand.

What an incident says is shown by a button only: a POST, so that nothing opens by itself, and
whoever presses it stands in the audit first.
"""

from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.desk import showing
from rueckhalt_intake.grants import handlers as grants
from rueckhalt_intake.inbound import handlers as inbound
from rueckhalt_intake.inbound.showing import looker_of
from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import AlreadyClosed, Incident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.paging import cursor_of, spelled
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.schemas import CloseFormSchema
from rueckhalt_intake.incidents.showing import name_of, reach_of
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import caller, database, extension, requires

pages = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")
PAGE = 20


@pages.get("")
@requires(ASSIGNED)
def list_incidents() -> str:
    """The incidents somebody is responsible for, newest first."""
    state = "closed" if request.args.get("state") == "closed" else "open"
    cursor = cursor_of(request.args.get("before"))
    found, urgencies = database().read(_listed, _mine(), state=state, cursor=cursor)
    more = len(found) > PAGE
    return render_template(
        "intake/desk.html",
        rows=[showing.row(each, urgencies.get(each.id)) for each in found[:PAGE]],
        state=state,
        first=url_for(".list_incidents", state=state) if cursor is not None else None,
        after=url_for(".list_incidents", state=state, before=spelled(found[PAGE - 1]))
        if more
        else None,
        nobody=caller().person is None,
        arrivals=database().read(inbound.count_waiting, looker_of(caller())),
    )


@pages.get("/<uuid:incident_id>")
@requires(ASSIGNED)
def show_incident(incident_id: UUID) -> str:
    """One incident in codes; its texts stay shut."""
    incident = database().read(handlers.show_incident, str(incident_id), _mine())
    return _page(incident)


@pages.post("/<uuid:incident_id>")
@requires(ASSIGNED)
def open_texts(incident_id: UUID) -> AnyResponse:
    """The same with narrative and contact data; who opens them is recorded."""
    shut = database().read(handlers.show_incident, str(incident_id), _mine())
    if _is_strict(shut):
        return redirect(url_for("strict.ask_passphrase", incident_id=shut.id), 303)
    incident = database().run(
        handlers.open_incident, str(incident_id), _mine(), who=name_of(caller())
    )
    return Response(_page(incident, texts=showing.texts(incident, _reception())))


@pages.get("/<uuid:incident_id>/close")
@requires(ASSIGNED)
def ask_close(incident_id: UUID) -> str:
    """Closing cannot be taken back: it asks for its reason first."""
    incident = database().read(handlers.show_incident, str(incident_id), _mine())
    return render_template(
        "intake/desk_close.html", form=Form.blank(), incident=incident, reasons=showing.reasons()
    )


@pages.post("/<uuid:incident_id>/close")
@requires(ASSIGNED)
def close_incident(incident_id: UUID) -> AnyResponse:
    """Close it, saying why and whether the reporter got an answer."""
    incident = database().read(handlers.show_incident, str(incident_id), _mine())
    try:
        body = forms.read(CloseFormSchema())
        database().run(handlers.close_incident, incident.id, _mine(), **body)
    except AlreadyClosed:
        told = redirect(url_for(".show_incident", incident_id=incident.id), 303)
        return notes.leave(told, "desk.closed_before", kind="warning")
    except forms.Invalid as bad:
        return bad.page("intake/desk_close.html", incident=incident, reasons=showing.reasons())
    return notes.leave(redirect(url_for(".list_incidents"), 303), "desk.closed")


def _mine() -> Reach:
    """What is assigned to this person, and nothing else."""
    return reach_of(caller()).by_grant_alone


def _listed(
    tx: Transaction, reach: Reach, /, **how: Any
) -> tuple[list[Incident], dict[str, str | None]]:
    found = handlers.list_incidents(tx, reach, limit=PAGE + 1, **how)
    return found, grants.urgencies(tx, [each.id for each in found])


def _reception() -> Reception:
    return cast(Reception, extension("reception"))


def _is_strict(incident: Incident) -> bool:
    """Do its texts open by a passphrase only?"""
    return _reception().vault.is_strict(incident.key_id)


def _page(incident: Incident, texts: dict[str, Any] | None = None) -> str:
    standing = database().read(grants.standing_of, incident.id)
    return render_template(
        "intake/desk_incident.html",
        incident=incident,
        facts=showing.facts(incident, standing.urgency),
        responsible=showing.responsible(incident, caller().person),
        texts=texts,
        is_strict=_is_strict(incident),
    )
