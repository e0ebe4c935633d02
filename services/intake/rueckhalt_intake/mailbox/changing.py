# SPDX-License-Identifier: EUPL-1.2
"""`/case`: correct what was said, withdraw it, take a copy of everything."""

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.copies import handlers as copies
from rueckhalt_intake.copies import labels
from rueckhalt_intake.copies import showing as copying
from rueckhalt_intake.erasure import asking
from rueckhalt_intake.erasure.domain import OnHold
from rueckhalt_intake.evidence import showing as evidence
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.correcting import corrected
from rueckhalt_intake.incidents.domain import Anachronism, Incident, within_living_memory
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.mailbox import domain, handlers, visiting, writing
from rueckhalt_intake.mailbox.schemas import OwnCorrectionSchema, WithdrawSchema
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_intake.report.domain import NOTHING, OPEN, danger_of
from rueckhalt_intake.report.showing import choices
from rueckhalt_intake.retention.reading import read_concept
from rueckhalt_intake.vault.sealing import SealedStrictly
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.showing import role_of
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, public, settings

pages = Blueprint("own_case", __name__, url_prefix="/case", template_folder="templates")
_CORRECT, _WITHDRAW = "intake/case_correct.html", "intake/case_withdraw.html"


@pages.get("/correct")
@public(BY_CODE, whole_house=HOUSE)
def ask_correction() -> AnyResponse:
    """The coded answers, to be corrected; what was told is added to by a message."""
    incident = visiting.visited()
    return Response(render_template(_CORRECT, form=_known(incident), **_choices(incident)))


@pages.post("/correct")
@public(BY_CODE, whole_house=HOUSE)
def correct() -> AnyResponse:
    """Correct it; whoever is responsible is told that something has changed."""
    incident = visiting.visited()
    try:
        told = _body(forms.read(OwnCorrectionSchema()))
    except forms.Invalid as bad:
        return bad.page(_CORRECT, **_choices(incident))
    desk, now = visiting.reception(), database().clock()
    after = corrected(desk, incident, told, now=now)
    told_them = words("case.corrected_message")
    message = (
        None
        if after is incident or desk.vault.is_strict(incident.key_id)
        else visiting.from_reporter(incident, told_them, domain.CORRECTION)
    )
    database().run(_correct, incident, after, message, units=desk.units)
    return notes.leave(redirect(url_for("case.show"), 303), "case.corrected")


@pages.get("/withdraw")
@public(BY_CODE, whole_house=HOUSE)
def ask_withdrawal() -> AnyResponse:
    """What is erased, and that a person of the municipality decides about it."""
    visiting.visited()
    return Response(render_template(_WITHDRAW, form=Form.blank(), scopes=_scopes()))


@pages.post("/withdraw")
@public(BY_CODE, whole_house=HOUSE)
def withdraw() -> AnyResponse:
    """Ask for its erasure; a second person decides, as the law wants it."""
    incident = visiting.visited()
    try:
        body = forms.read(WithdrawSchema())
        reach = visiting.own_reach(incident)
        database().run(
            asking.ask_for_own, incident.id, reach, scope=body["scope"], reason="withdrawn"
        )
    except forms.Invalid as bad:
        return bad.page(_WITHDRAW, scopes=_scopes())
    except SealedStrictly:
        return _refused(words("erasure.sealed_source"))
    except OnHold as held:
        return _refused(words("erasure.held_because", reason=held.hold.reason))
    return notes.leave(redirect(url_for("case.show"), 303), "mine.asked_note")


@pages.get("/copy")
@public(BY_CODE, whole_house=HOUSE)
def show_copy() -> AnyResponse:
    """Everything that is kept about it, to read and to print."""
    copy = _copy(visiting.visited())
    return Response(
        render_template(
            "intake/case_copy.html",
            copy=copy,
            facts=labels.facts(copy["incident"]),
            role=labels.role,
            plan_role=labels.plan_role,
        )
    )


@pages.get("/copy.json")
@public(BY_CODE, whole_house=HOUSE)
def download_copy() -> AnyResponse:
    """The same as a file that a machine can read."""
    text = json.dumps(_copy(visiting.visited()), ensure_ascii=False, indent=1) + "\n"
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="kopie.json"'
    return answer


def _copy(incident: Incident) -> dict[str, Any]:
    desk, reach = visiting.reception(), visiting.own_reach(incident)
    taken, messages, consents = database().run(_taken, incident.id, reach, vault=desk.vault)
    classes = read_concept(settings().retention).classes
    now = database().clock()
    document = copying.document(taken, desk, classes, role_of=role_of, now=now)
    is_strict = desk.vault.is_strict(incident.key_id)
    read = [] if is_strict else writing.opened(desk.vault, messages)
    return document | {
        "evidence": evidence.copied(desk, database(), taken.incident),
        "messages": [
            {
                "at": spell_instant(each.sent_at),
                "direction": each.direction,
                "kind": each.kind,
                "text": each.text,
            }
            for each in read
        ],
        "consents": [
            {
                "kind": each.kind,
                "given_at": spell_instant(each.given_at),
                "withdrawn_at": spell_instant(each.withdrawn_at) if each.withdrawn_at else None,
            }
            for each in consents
        ],
    }


def _taken(tx: Transaction, incident_id: str, reach: Reach, *, vault: Any) -> tuple[Any, Any, Any]:
    taken = copies.take(tx, incident_id, reach, who=copies.REPORTER, vault=vault)
    return (
        taken,
        handlers.messages_of(tx, incident_id),
        handlers.consents_of(tx, incident_id),
    )


def _correct(
    tx: Transaction,
    before: Incident,
    after: Incident,
    message: domain.Message | None,
    *,
    units: Any,
) -> None:
    kept = incidents.amend_incident(tx, before, after, units=units)
    if message is not None:
        handlers.write(tx, kept, message)


def _known(incident: Incident) -> Form:
    coded = incident.coded
    danger = [NOTHING] if coded.danger == () else list(coded.danger or (OPEN,))
    return Form.blank(
        forms=coded.forms,
        danger=danger,
        place=coded.place,
        channel=coded.channel,
        relation=coded.relation,
        occurred_on=coded.occurred_on.isoformat() if coded.occurred_on else None,
    )


def _body(told: dict[str, Any]) -> dict[str, Any]:
    """The fields of a correction; a day that cannot be is told at its field."""
    body: dict[str, Any] = {
        n: told[n] for n in ("forms", "place", "channel", "relation") if n in told
    }
    if "danger" in told:
        body["danger"] = None if OPEN in told["danger"] else danger_of(told)
    if (day := told.get("occurred_on")) is not None:
        try:
            within_living_memory(day, now=database().clock())
        except Anachronism:
            raise forms.wrong(occurred_on="report.day_wrong") from None
        body["occurred_at"] = day
    return body


def _choices(incident: Incident) -> dict[str, Any]:
    desk = visiting.reception()
    found = choices({}, units=desk.units, municipality=incident.municipality)
    left_open = (OPEN, words("case.danger_open"))
    return {"choices": found | {"danger": [*found["danger"], left_open]}}


def _scopes() -> list[tuple[str, str]]:
    return [(each, words(f"case.withdraw.{each}")) for each in ("case", "source")]


def _refused(told: str) -> Response:
    form = Form.sent(FieldError("scope", told))
    return Response(render_template(_WITHDRAW, form=form, scopes=_scopes()), 409)
