# SPDX-License-Identifier: EUPL-1.2
"""`/drills`: the plan owner starts a drill and reads what came of it."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drills import handlers
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import language
from rueckhalt_shared.web import RequestSchema, caller, database, requires, settings

pages = Blueprint("drills", __name__, url_prefix="/drills", template_folder="templates")
KEEP = "plan:write"


class StartSchema(RequestSchema):
    """How grave the fictional case is; its chain is drilled."""

    severity = fields.Integer(required=True, validate=validate.Range(0, 3))


@pages.get("")
@requires(KEEP)
def list_drills() -> str:
    """All drills, newest first, and the button for a new one."""
    return _page(Form.blank(severity="3"))


@pages.post("")
@requires(KEEP)
def start_drill() -> AnyResponse:
    """Begin one: real messages go out, marked as a drill."""
    try:
        body = forms.read(StartSchema())
        id = database().run(handlers.start, _town(), severity=body["severity"])
    except handlers.NothingToDrill:
        answer = redirect(url_for(".list_drills"), 303)
        return notes.leave(answer, "drills.no_plan", kind="warning")
    except forms.Invalid as bad:
        return bad.page("routing/drills.html", **_shown())
    return notes.leave(redirect(url_for(".show_drill", id=id), 303), "drills.started")


@pages.get("/<uuid:id>")
@requires(KEEP)
def show_drill(id: UUID) -> str:
    """Minutes of each, and who was not reached."""
    return render_template(
        "routing/drill.html", drill=database().read(handlers.result, str(id), _town())
    )


def _page(form: Form) -> str:
    return render_template("routing/drills.html", form=form, **_shown())


def _shown() -> dict[str, object]:
    severities = [(str(n), codes.SEVERITIES.label(str(n), language())) for n in range(4)]
    return {"drills": database().read(handlers.drills, _town()), "severities": severities}


def _town() -> str:
    municipality: str = settings().municipality
    caller().must_reach(municipality)
    return municipality
