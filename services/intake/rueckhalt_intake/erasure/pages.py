# SPDX-License-Identifier: EUPL-1.2
"""HTML: what was asked, ordered, confirmed and held; asking and deciding are two persons."""

from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for

from rueckhalt_intake.desk.showing import moment
from rueckhalt_intake.erasure import asking, domain, handlers
from rueckhalt_intake.erasure.asking import Overseer
from rueckhalt_intake.erasure.domain import Hold, OnHold
from rueckhalt_intake.erasure.ordering import Ordering
from rueckhalt_intake.erasure.requests import Request
from rueckhalt_intake.erasure.schemas import AnswerSchema, AskFormSchema, HoldFormSchema
from rueckhalt_intake.evidence import handlers as evidence
from rueckhalt_intake.evidence.showing import size
from rueckhalt_intake.incidents.domain import ChangedMeanwhile, Erased, NoSuchIncident
from rueckhalt_intake.vault.sealing import SealedStrictly
from rueckhalt_shared.identity.roles import ASK_ERASURE, DECIDE_ERASURE, HOLD
from rueckhalt_shared.identity.showing import accounts_of, name_of
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import caller, database, extension, requires

pages = Blueprint(
    "erasures", "rueckhalt_intake", url_prefix="/erasures", template_folder="templates"
)
_MOST = 100
_ALL = (ASK_ERASURE, DECIDE_ERASURE, HOLD)


@pages.get("")
@requires(*_ALL)
def show_erasures() -> Response:
    """Requests, orders with their receipts, and holds."""
    return _page(Form.blank())


@pages.post("")
@requires(ASK_ERASURE, HOLD, fresh=True)
def act() -> Any:
    """Ask for an erasure, or hold one up: the button says which."""
    try:
        if request.form.get("action") == "hold":
            return _hold_set()
        return _asked()
    except forms.Invalid as bad:
        return _page(bad.form, 422)


@pages.get("/requests/<uuid:erasure_request_id>")
@requires(*_ALL, fresh=True)
def show_request(erasure_request_id: UUID) -> Response:
    """One request, with what may be done."""
    return _request_page(str(erasure_request_id))


@pages.post("/requests/<uuid:erasure_request_id>")
@requires(DECIDE_ERASURE, fresh=True)
def decide(erasure_request_id: UUID) -> Any:
    """Order the erasure, or decline it with a reason. There is no way back from the first."""
    decline = request.form.get("action") == "decline"
    try:
        return _declined(str(erasure_request_id)) if decline else _ordered(str(erasure_request_id))
    except forms.Invalid as bad:
        return _request_page(str(erasure_request_id), 422, form=bad.form)
    except OnHold as held:
        return _request_page(str(erasure_request_id), 409, error="erasure.is_held", hold=held.hold)
    except asking.SamePerson:
        return _request_page(str(erasure_request_id), 409, error="erasure.same_person")
    except (asking.AlreadyDecided, ChangedMeanwhile):
        return _request_page(str(erasure_request_id), 409, error="erasure.changed")


@pages.get("/holds/<uuid:hold_id>")
@requires(HOLD)
def show_hold(hold_id: UUID) -> Response:
    """One hold, with its reason."""
    return _hold_page(str(hold_id), Form.blank())


@pages.post("/holds/<uuid:hold_id>")
@requires(HOLD, fresh=True)
def lift(hold_id: UUID) -> Any:
    """Lift a hold, with a reason."""
    try:
        body = forms.read(AnswerSchema())
        database().run(asking.lift_hold, str(hold_id), overseer(), reason=body["answer"])
    except forms.Invalid as bad:
        return _hold_page(str(hold_id), bad.form, 422)
    return notes.leave(_go("show_erasures"), "erasure.lifted_note")


def overseer(scope: str | None = None) -> Overseer:
    """Whoever is signed in, with the municipalities in which they hold this scope (or any)."""
    who = caller()
    return Overseer(
        sender=who.sender,
        person=who.person,
        municipalities=who.where(scope) if scope else who.municipalities,
        mode=who.mode,
        decides_in=who.where(DECIDE_ERASURE),
        accounts=accounts_of(who),
    )


def choices(codes: tuple[str, ...], kind: str) -> list[tuple[str, str]]:
    """Codes with their words, for a form."""
    return [(code, words(f"erasure.{kind}.{code}")) for code in codes]


def _asked() -> Any:
    if not caller().where(ASK_ERASURE):
        raise forms.wrong(incident="erasure.may_not_ask")
    body = forms.read(AskFormSchema())
    given = {"scope": body["scope"], "reason": body["reason"]}
    try:
        database().run(asking.ask, str(body["incident"]), overseer(ASK_ERASURE), **given)
    except (NoSuchIncident, Erased):
        raise forms.wrong(incident="erasure.no_incident") from None
    except SealedStrictly:
        raise forms.wrong(scope="erasure.sealed_source") from None
    except OnHold as held:
        raise _held("incident", held.hold) from None
    return notes.leave(_go("show_erasures"), "erasure.asked_note")


def _hold_set() -> Any:
    if not caller().where(HOLD):
        raise forms.wrong(held="erasure.may_not_hold")
    body = forms.read(HoldFormSchema())
    given = {"ground": body["ground"], "reason": body["hold_reason"]}
    try:
        database().run(asking.set_hold, str(body["held"]), overseer(HOLD), **given)
    except (NoSuchIncident, Erased):
        raise forms.wrong(held="erasure.no_incident") from None
    return notes.leave(_go("show_erasures"), "erasure.held_note")


def _ordered(request_id: str) -> Any:
    who = overseer()
    wanted = database().run(asking.deciding, request_id, who)
    ordering = cast(Ordering, extension("ordering"))
    told: dict[str, Any] = {"reason": wanted.reason, "by": who.sender, "request": wanted.id}
    if wanted.attachment_id is not None:
        ordering.give_for_file(wanted.incident_id, wanted.attachment_id, who.reach, **told)
    else:
        ordering.give(wanted.incident_id, who.reach, scope=wanted.scope, **told)
    return notes.leave(_go("show_erasures"), "erasure.ordered_note")


def _declined(request_id: str) -> Any:
    body = forms.read(AnswerSchema())
    database().run(asking.decline, request_id, overseer(), answer=body["answer"])
    return notes.leave(_go("show_erasures"), "erasure.declined_note")


def _page(form: Form, status: int = 200) -> Response:
    who = overseer()
    read, now = database().read, database().clock()
    html = render_template(
        "intake/erasures.html",
        form=form,
        requests=[(each, _asker(each)) for each in read(asking.list_requests, who, limit=_MOST)],
        orders=[
            (order, order.state(now))
            for order in read(handlers.list_orders, who.municipalities, who.mode, limit=_MOST)
        ],
        holds=read(asking.list_holds, who, limit=_MOST),
        may_ask=bool(caller().where(ASK_ERASURE)),
        may_hold=bool(caller().where(HOLD)),
        scopes=choices(domain.SCOPES, "scope"),
        reasons=choices(tuple(r for r in domain.REASONS if r != "retention"), "reason"),
        grounds=choices(domain.GROUNDS, "ground"),
    )
    return Response(html, status)


def _request_page(
    request_id: str,
    status: int = 200,
    *,
    form: Form | None = None,
    error: str = "",
    hold: Hold | None = None,
) -> Response:
    who = overseer()
    found = database().read(asking.find, request_id, who)
    hold = hold or database().read(handlers.live_hold, found.incident_id)
    html = render_template(
        "intake/erasure_request.html",
        form=form or Form.blank(),
        request=found,
        asker=_asker(found),
        file=_file(found),
        hold=hold,
        error=error,
        may_decide=who.decides_at(found.municipality)
        and found.state == "open"
        and found.asked_by not in who.alike,
    )
    return Response(html, status)


def _hold_page(hold_id: str, form: Form, status: int = 200) -> Response:
    who = overseer()
    hold = database().read(asking.find_hold, hold_id, who)
    html = render_template(
        "intake/hold.html",
        form=form,
        hold=hold,
        set_by=name_of(hold.set_by),
        may_lift=hold.lifted_at is None and asking.may_lift(hold, who),
    )
    return Response(html, status)


def _asker(each: Request) -> str:
    """Who asked; nobody learns here who reported."""
    return words("erasure.the_reporter") if each.by_reporter else name_of(each.asked_by)


def _file(each: Request) -> str:
    """Of which kind the file is and when it came; its name stays sealed."""
    if each.attachment_id is None:
        return ""
    file = database().read(evidence.one, each.incident_id, each.attachment_id)
    return f"{words(f'evidence.kind.{file.kind}')}, {size(file.size)}, {moment(file.received_at)}"


def _held(field: str, hold: Hold) -> forms.Invalid:
    told = words("erasure.held_because", reason=hold.reason)
    return forms.Invalid(Form.sent(FieldError(field, told)))


def _go(view: str) -> Any:
    return redirect(url_for(f".{view}"), 303)
