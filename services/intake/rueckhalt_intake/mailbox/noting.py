# SPDX-License-Identifier: EUPL-1.2
"""`/case/notes`: notes of the private log of this browser go to the report, as a message."""

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.desk.showing import moment
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.mailbox import domain, pages, visiting
from rueckhalt_intake.mailbox.schemas import NotesSchema
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_intake.report.domain import LOG, LogEntry, told_as_report
from rueckhalt_intake.report.holding import held
from rueckhalt_intake.report.log_pages import entries_of
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import public

room = Blueprint("case_notes", __name__, url_prefix="/case", template_folder="templates")
PAGE = "intake/case_notes.html"


@room.get("/notes")
@public(BY_CODE, whole_house=HOUSE)
def choose() -> AnyResponse:
    """Which of the notes; nothing is given away that was not ticked."""
    incident = visiting.visited()
    return _page(incident, Form.blank(), 200)


@room.post("/notes")
@public(BY_CODE, whole_house=HOUSE)
def attach() -> AnyResponse:
    """Their writer's word: what is ticked becomes a message; the log itself stays."""
    incident = visiting.visited()
    try:
        chosen = forms.read(NotesSchema())["notes"]
        picked = [each for each in _entries() if spell_instant(each.at) in chosen]
        if not picked:
            raise forms.wrong(notes="error.required")
    except forms.Invalid as bad:
        return _page(incident, bad.form, 422)
    told = told_as_report(picked, spelled={each.at: moment(each.at) for each in picked})
    pages.take_in(incident, visiting.from_reporter(incident, told, domain.MESSAGE))
    return notes.leave(redirect(url_for("case.show"), 303), "case.notes_sent")


def _entries() -> list[LogEntry]:
    return entries_of(held(LOG))


def _page(incident: Incident, form: Form, status: int) -> Response:
    rows = [
        (spell_instant(each.at), words("case.note", at=moment(each.at), text=each.text))
        for each in _entries()
    ]
    is_strict = visiting.reception().vault.is_strict(incident.key_id)
    return Response(render_template(PAGE, form=form, rows=rows, is_strict=is_strict), status)
