# SPDX-License-Identifier: EUPL-1.2
"""An arrival becomes a report: the same checks, sealing, floods and events as any other one."""

from collections.abc import Mapping
from typing import Any, cast

from flask import request

from rueckhalt_intake.inbound import handlers
from rueckhalt_intake.inbound.domain import Arrival
from rueckhalt_intake.inbound.handlers import Accepting
from rueckhalt_intake.incidents.handlers import Registration
from rueckhalt_intake.mailbox.codes import Mailbox
from rueckhalt_intake.report import domain
from rueckhalt_intake.report.holding import drafts, reception
from rueckhalt_intake.waves.handlers import Looker
from rueckhalt_shared.identity.attempts import network_of
from rueckhalt_shared.keys import Mode
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.problems import FieldProblem
from rueckhalt_shared.web import Caller, database

_FIELD_OF = {"accused.unit": "accused_unit", "occurred_at": "occurred_on"}


def accept(number: str, answers: Mapping[str, Any], looker: Looker) -> str:
    """Answers the words that open the case to whoever reported.

    Raises NoSuchArrival, FieldProblem.
    """
    arrival, _ = database().read(handlers.find, number, looker)
    code, box = drafts().codes.new()
    registration = _registration(arrival, answers, box)
    ready = Accepting(
        registration=registration,
        consents=domain.consents_of(answers, ()),
        wants_aftercare=answers.get("aftercare") == "yes",
    )
    desk = reception()
    files = database().run(
        handlers.report, number, looker, ready, vault=desk.vault, units=desk.units
    )
    if registration.incident.key_id != arrival.key_id:
        desk.vault.shred(arrival.key_id)
        desk.strict.follow_all(arrival.municipality, [each.key_id for each in files])
    return code


def told(wrong: FieldProblem) -> Form:
    """What only the house could know, at its field."""
    field = wrong.errors[0]["field"] if wrong.errors else ""
    return Form.sent(FieldError(_FIELD_OF.get(field, field), words("inbound.check_field")))


def _registration(arrival: Arrival, answers: Mapping[str, Any], box: Mailbox) -> Registration:
    """Sent by the way it came, not by whoever has completed it: that stands in the audit."""
    label = words("report.accused_label")
    body = domain.body_of(answers, arrival.municipality, person=None, label=label)
    sender = Caller(
        sender=arrival.origin,
        key_id="",
        mode=cast(Mode, arrival.mode),
        scopes=frozenset({"incident:create"}),
        municipalities=(arrival.municipality,),
        account=arrival.origin,  # people have written it: the limits of a flood count
    )
    desk = reception()
    return desk.register(
        body,
        sender,
        now=database().clock(),
        network=network_of(request.remote_addr),
        idempotency_key=None,
        mailbox=box,
        key=desk.vault.key_of(arrival.key_id),
        number=arrival.id,
    )
