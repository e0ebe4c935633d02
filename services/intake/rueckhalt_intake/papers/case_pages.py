# SPDX-License-Identifier: EUPL-1.2
"""HTML: the papers of "Mein Vorfall", for whoever has come in by the seven words."""

from flask import Blueprint, render_template, url_for

from rueckhalt_intake.copies import handlers as copies
from rueckhalt_intake.mailbox import visiting
from rueckhalt_intake.mailbox.visiting import BY_CODE, HOUSE
from rueckhalt_intake.papers import handlers
from rueckhalt_intake.papers.pages import form_of, known, texts_of
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import database, public

pages = Blueprint("case_papers", __name__, url_prefix="/case/papers")


@pages.get("")
@public(BY_CODE, whole_house=HOUSE)
def list_papers() -> str:
    """The papers that may be of use after what I have reported."""
    offered = handlers.available(visiting.visited().coded.forms)
    listed = [(each, url_for(".prefill", code=each.code)) for each in offered]
    return render_template(
        "intake/papers_incident.html",
        papers=listed,
        back=url_for("case.show"),
        layout="intake/public.html",
    )


@pages.get("/<string:code>")
@public(BY_CODE, whole_house=HOUSE)
def prefill(code: str) -> str:
    """The form with what the codes of my report say."""
    paper, incident = known(code), visiting.visited()
    told = handlers.for_reporter(handlers.prefilled(code, incident), incident)
    return form_of(paper, Form.blank(**told), texts=url_for(".open_texts", code=code))


@pages.post("/<string:code>")
@public(BY_CODE, whole_house=HOUSE)
def open_texts(code: str) -> str:
    """The same with the words I have reported; that they were taken is recorded."""
    paper, incident, desk = known(code), visiting.visited(), visiting.reception()
    reach = visiting.own_reach(incident)
    database().run(copies.take, incident.id, reach, who=copies.REPORTER, vault=desk.vault)
    if desk.vault.is_strict(incident.key_id):
        told = handlers.for_reporter(handlers.prefilled(code, incident), incident)
        return form_of(paper, Form.blank(**told), strict=True)
    told = handlers.for_reporter(texts_of(code, incident), incident)
    return form_of(paper, Form.blank(**told))
