# SPDX-License-Identifier: EUPL-1.2
"""`/assignments`: what somebody is asked for or has, what they can do about it, and why they.

Codes and times only; an assignment that is out of sight is not found, like one that never was.
"""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.assignments import answers, offering, showing, store, wording
from rueckhalt_routing.assignments.domain import (
    CLOSED,
    REASONS,
    AlreadyClosed,
    ChangedMeanwhile,
    NotOffered,
    NotTaken,
    TakenByAnother,
)
from rueckhalt_routing.assignments.schemas import DeclineSchema, OfferSchema, VersionSchema
from rueckhalt_routing.assignments.seeing import AUDITS, actor, explained, sight_of_caller
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, requires

pages = Blueprint("cases", __name__, url_prefix="/assignments", template_folder="templates")
SCOPE = "assignment:take-over"
PAGE = 20
_TOO_LATE = (ChangedMeanwhile, TakenByAnother, AlreadyClosed, NotTaken, NotOffered)


@pages.get("")
@requires(SCOPE, AUDITS)
def list_cases() -> str:
    """What this person was told of, newest first; for whoever keeps the plan all, in codes."""
    scopes = caller().scopes
    audits = AUDITS in scopes and (SCOPE not in scopes or "all" in request.args)
    kept: dict[str, Any] = {"all": "1"} if "all" in request.args else {}
    state = CLOSED if request.args.get("state") == CLOSED else store.LIVE
    found = database().read(
        showing.list_assignments,
        state=state,
        sight=sight_of_caller(acts=not audits),
        before=request.args.get("before"),
        limit=PAGE + 1,
    )
    return render_template(
        "routing/cases.html",
        rows=[wording.row(each, caller().person) for each in found[:PAGE]],
        state=state,
        audits=audits,
        kept=kept,
        first=url_for(".list_cases", state=state, **kept) if request.args.get("before") else None,
        after=url_for(".list_cases", state=state, before=found[PAGE - 1]["id"], **kept)
        if len(found) > PAGE
        else None,
        nobody=caller().person is None and not audits,
    )


@pages.get("/of/<uuid:incident_id>")
@requires(SCOPE)
def find_case(incident_id: UUID) -> AnyResponse:
    """The assignment of an incident, for a link from the desk."""
    sight = sight_of_caller(acts=True)
    found = database().read(showing.show_of, str(incident_id), sight=sight)
    return redirect(url_for(".show_case", id=found["id"]), 303)


@pages.get("/<uuid:id>")
@requires(SCOPE)
def show_case(id: UUID) -> str:
    """One assignment: how it stands, and what this person can do."""
    shown = _shown(id)
    return render_template(
        "routing/case.html",
        case=shown,
        facts=wording.facts(shown, caller().person),
        acts=wording.acts(shown, caller().person, may_act=shown["may_act"]),
        form=Form.blank(),
    )


@pages.get("/<uuid:id>/why")
@requires(SCOPE, AUDITS)
def explain_case(id: UUID) -> str:
    """Why this person: rule, time, people, steps. Who is in conflict is for the plan's auditor."""
    is_auditor = AUDITS in caller().scopes
    is_theirs = SCOPE in caller().scopes and database().read(
        showing.is_seen, str(id), sight=sight_of_caller(acts=True)
    )
    told = explained(id, is_theirs=is_theirs)
    others: dict[str, Any] = {} if SCOPE not in caller().scopes else {"all": "1"}
    return render_template(
        "routing/why.html",
        back=url_for(".show_case", id=id) if is_theirs else url_for(".list_cases", **others),
        is_theirs=is_theirs,
        why=wording.why(told, caller().person),
        is_auditor=is_auditor,
    )


@pages.post("/<uuid:id>/take-over")
@requires(SCOPE)
def take_over(id: UUID) -> AnyResponse:
    """Somebody says "Ich übernehme", by a button."""
    return _act(id, partial(answers.take_over, person=actor()), "cases.taken")


@pages.post("/<uuid:id>/activity")
@requires(SCOPE)
def note_activity(id: UUID) -> AnyResponse:
    """Whoever has it is at work on it: the promised time moves on."""
    return _act(id, partial(answers.note_activity, person=actor()), "cases.activity_noted")


@pages.post("/<uuid:id>/accept")
@requires(SCOPE)
def accept(id: UUID) -> AnyResponse:
    """Take what is offered."""
    return _act(id, partial(offering.accept, by=actor()), "cases.accepted")


@pages.post("/<uuid:id>/refuse")
@requires(SCOPE)
def refuse(id: UUID) -> AnyResponse:
    """Refuse what is offered, or take an offer back."""
    return _act(id, partial(offering.decline, by=actor()), "cases.refused")


@pages.get("/<uuid:id>/decline")
@requires(SCOPE)
def ask_decline(id: UUID) -> str:
    """Why one is not responsible."""
    return render_template("routing/decline.html", form=Form.blank(), **_declining(id))


@pages.post("/<uuid:id>/decline")
@requires(SCOPE)
def decline(id: UUID) -> AnyResponse:
    """The next step is told at once."""
    try:
        body = forms.read(DeclineSchema())
    except forms.Invalid as bad:
        return bad.page("routing/decline.html", **_declining(id))
    act = partial(answers.decline, person=actor(), reason=body["reason"])
    return _act(id, act, "cases.declined", version=body["version"], to_list=True)


@pages.get("/<uuid:id>/offer")
@requires(SCOPE)
def ask_offer(id: UUID) -> str:
    """To whom it shall go."""
    return render_template("routing/offer.html", form=Form.blank(), **_offering(id))


@pages.post("/<uuid:id>/offer")
@requires(SCOPE)
def offer(id: UUID) -> AnyResponse:
    """Offer it; the giver has it until it is accepted."""
    try:
        body = forms.read(OfferSchema())
        act = partial(offering.offer, to=body["to"], consent=body["consent"], by=actor())
        return _act(id, act, "cases.offered", version=body["version"])
    except offering.ConsentNeeded:
        return forms.wrong(consent="offer.consent_needed").page(
            "routing/offer.html", **_offering(id)
        )
    except offering.UnknownReceiver:
        return forms.wrong(to="offer.unknown").page("routing/offer.html", **_offering(id))
    except forms.Invalid as bad:
        return bad.page("routing/offer.html", **_offering(id))


@pages.get("/<uuid:id>/done")
@requires(SCOPE)
def ask_done(id: UUID) -> str:
    """Finishing cannot be taken back: it asks first."""
    return render_template(
        "rueckhalt/confirm.html",
        heading=words("cases.done.heading"),
        lead=words("cases.done.lead"),
        action=url_for(".finish", id=id),
        fields={"version": _shown(id)["version"]},
        button=words("cases.done"),
        back=url_for(".show_case", id=id),
    )


@pages.post("/<uuid:id>/done")
@requires(SCOPE)
def finish(id: UUID) -> AnyResponse:
    """Everything is done."""
    return _act(id, partial(answers.finish, person=actor()), "cases.finished", to_list=True)


def _act(
    id: UUID, act: Any, message: str, *, version: int | None = None, to_list: bool = False
) -> AnyResponse:
    """Do it on the version that was looked at; who comes too late is told so."""
    _shown(id)  # who may not see it is told nothing else
    here = redirect(url_for(".show_case", id=id), 303)
    try:
        looked_at = version if version is not None else forms.read(VersionSchema())["version"]
        sight = sight_of_caller(acts=True)
        database().run(showing.change, str(id), act, sight=sight, version=looked_at)
    except (*_TOO_LATE, forms.Invalid):
        return notes.leave(here, "cases.changed_meanwhile", kind="warning")
    return notes.leave(redirect(url_for(".list_cases"), 303) if to_list else here, message)


def _shown(id: UUID) -> dict[str, Any]:
    sight = sight_of_caller(acts=True)
    return database().read(showing.show_to, str(id), caller().person, sight=sight)


def _declining(id: UUID) -> dict[str, Any]:
    return {"case": _shown(id), "reasons": [(each, words(f"decline.{each}")) for each in REASONS]}


def _offering(id: UUID) -> dict[str, Any]:
    sight = sight_of_caller(acts=True)
    found = database().read(showing.receivers, str(id), sight=sight)
    partner = words("offer.partner")
    people = [(key, f"{name} ({partner})" if outside else name) for key, name, outside in found]
    return {"case": _shown(id), "people": people}
