# SPDX-License-Identifier: EUPL-1.2
"""HTML: the deletion classes as configured, who agreed, what would go now, when they last ran."""

from dataclasses import fields

from flask import Blueprint, Response, render_template

from rueckhalt_intake.retention import handlers
from rueckhalt_intake.retention.domain import Classes
from rueckhalt_intake.retention.reading import read_concept
from rueckhalt_intake.retention.running import last_run
from rueckhalt_shared.identity.roles import ASK_ERASURE, AUDIT, DECIDE_ERASURE, HOLD
from rueckhalt_shared.web import caller, database, requires, settings

pages = Blueprint(
    "retention", "rueckhalt_intake", url_prefix="/retention", template_folder="templates"
)


@pages.get("")
@requires(AUDIT, ASK_ERASURE, DECIDE_ERASURE, HOLD)
def show_retention() -> Response:
    """The deletion classes; what is switched on is configuration, not a page."""
    chosen = settings()
    concept = read_concept(chosen.retention)
    tally = database().read(handlers.tally, concept.classes, caller().municipalities)
    html = render_template(
        "intake/retention.html",
        concept=concept,
        classes=[(each.name, getattr(concept.classes, each.name)) for each in fields(Classes)],
        tally=tally,
        is_on=chosen.retention_daily and not chosen.is_demo,
        last_run=database().read(last_run),
    )
    return Response(html)
