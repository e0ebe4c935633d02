# SPDX-License-Identifier: EUPL-1.2
"""`/desk/<incident>/messages`: messages of whoever reported, and answers. Reading is recorded."""

from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.desk import letters
from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.showing import name_of, reach_of
from rueckhalt_intake.mailbox import showing, writing
from rueckhalt_intake.mailbox.domain import MESSAGE, TO_REPORTER
from rueckhalt_intake.mailbox.schemas import MessageSchema
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import caller, database, extension, requires

pages = Blueprint("conversation", __name__, url_prefix="/desk", template_folder="templates")
_PAGE = "intake/desk_messages.html"


@pages.get("/<uuid:incident_id>/messages")
@requires(ASSIGNED)
def show(incident_id: UUID) -> str:
    """How many messages there are; they stay shut."""
    incident, count, reachable = database().read(letters.counted, str(incident_id), _mine())
    return _page(incident, Form.blank(), count=count, reachable=reachable)


@pages.post("/<uuid:incident_id>/messages")
@requires(ASSIGNED)
def read(incident_id: UUID) -> str:
    """The same, opened; who reads them is recorded first."""
    return _opened(str(incident_id), Form.blank())


@pages.post("/<uuid:incident_id>/messages/answer")
@requires(ASSIGNED)
def answer(incident_id: UUID) -> AnyResponse:
    """An answer, sealed; whoever reported reads it by their code."""
    shut = database().read(handlers.show_incident, str(incident_id), _mine())
    try:
        body = forms.read(MessageSchema())
    except forms.Invalid as bad:
        return Response(_opened(shut.id, bad.form), 422)
    now = database().clock()
    message = writing.sealed(
        _reception().vault, shut, body["text"], direction=TO_REPORTER, kind=MESSAGE, now=now
    )
    database().run(letters.answer, shut.id, _mine(), message, who=name_of(caller()))
    told = redirect(url_for(".show", incident_id=shut.id), 303)
    return notes.leave(told, "letters.done")


def _mine() -> Reach:
    """What is assigned to this person, and nothing else."""
    return reach_of(caller()).by_grant_alone


def _reception() -> Reception:
    return cast(Reception, extension("reception"))


def _opened(incident_id: str, form: Form) -> str:
    shut = database().read(handlers.show_incident, incident_id, _mine())
    if _reception().vault.is_strict(shut.key_id):
        return _page(shut, form, count=0, reachable=False)
    incident, messages, consents, reachable = database().run(
        letters.read, incident_id, _mine(), who=name_of(caller())
    )
    opened = writing.opened(_reception().vault, messages)
    return _page(
        incident,
        form,
        count=len(messages),
        reachable=reachable,
        letters=showing.letters(opened, "staff"),
        agreed=showing.agreed(consents),
    )


def _page(incident: Incident, form: Form, **shown: Any) -> str:
    is_strict = _reception().vault.is_strict(incident.key_id)
    given: dict[str, Any] = {"letters": None, "agreed": (), "is_strict": is_strict}
    return render_template(_PAGE, incident=incident, form=form, **(given | shown))
