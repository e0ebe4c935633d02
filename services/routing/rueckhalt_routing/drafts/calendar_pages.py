# SPDX-License-Identifier: EUPL-1.2
"""HTML: opening hours, closing days and the catch-all person of a draft."""

from uuid import UUID

from flask import Response, render_template
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, labels, parts
from rueckhalt_routing.drafts.pages import found, pages
from rueckhalt_routing.drafts.part_schemas import CalendarSchema
from rueckhalt_routing.drafts.saving import saved
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_routing.plan.calendar import LAENDER
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import requires


@pages.get("/<uuid:draft_id>/times")
@requires(WRITE)
def list_times(draft_id: UUID) -> Response:
    """Opening hours, closing days, who catches everything, and the rotas."""
    _, text = found(draft_id)
    return _times_page(draft_id, parts.calendar_form(text.document))


@pages.post("/<uuid:draft_id>/times")
@requires(WRITE)
def save_times(draft_id: UUID) -> AnyResponse:
    """Save title, catch-all person and calendar."""
    return saved(
        draft_id,
        CalendarSchema(),
        lambda body: lambda document: parts.with_calendar(document, body),
        _times_page,
        to=".list_times",
    )


def _times_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    persons = editing.listed(text.document, "persons")
    html = render_template(
        "routing/times.html",
        draft=draft,
        form=form,
        persons=labels.with_chosen(
            [(str(each.get("key")), str(each.get("name"))) for each in persons],
            [form.value("person"), form.value("stand_in")],
        ),
        laender=[(each, each) for each in LAENDER],
        rotas=labels.rotas(text.document),
    )
    return Response(html, status)
