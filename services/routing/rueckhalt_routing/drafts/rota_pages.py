# SPDX-License-Identifier: EUPL-1.2
"""HTML: the rotas of a draft: who in turn, in which hours of the week, who stands in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, labels, rota_parts
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.handlers import Edit
from rueckhalt_routing.drafts.pages import found, pages
from rueckhalt_routing.drafts.part_schemas import RotaSchema
from rueckhalt_routing.drafts.saving import new_name, saved
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_routing.plan.checking_rotas import DAYS
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import requires


@pages.get("/<uuid:draft_id>/rotas/new")
@requires(WRITE)
def new_rota(draft_id: UUID) -> Response:
    """An empty rota."""
    return _rota_page(draft_id, Form.blank(every="7 d"))


@pages.get("/<uuid:draft_id>/rotas/<code>")
@requires(WRITE)
def show_rota(draft_id: UUID, code: str) -> Response:
    """One rota, to be changed."""
    _, text = found(draft_id)
    rota = editing.named(text.document, "rotas").get(code)
    if rota is None:
        raise editing.NoSuchPart(code)
    return _rota_page(draft_id, rota_parts.rota_form(code, rota))


@pages.post("/<uuid:draft_id>/rotas/new")
@pages.post("/<uuid:draft_id>/rotas/<code>")
@requires(WRITE)
def save_rota(draft_id: UUID, code: str = "") -> AnyResponse:
    """Save the rota, or take it away."""

    def change(body: Mapping[str, Any]) -> Edit:
        def changed(document: Document) -> Document:
            name = code or new_name(body["code"], editing.named(document, "rotas"))
            known = editing.named(document, "rotas").get(name) or {}
            entry = (
                None
                if body["action"] == "remove"
                else rota_parts.rota_of(body, request.form, known)
            )
            return editing.with_named(document, "rotas", name, entry)

        return changed

    return saved(draft_id, RotaSchema(), change, _rota_page, to=".list_times")


def _rota_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    form = rota_parts.closed_up(form)
    stand_ins = form.values.get("stand_ins", ())
    html = render_template(
        "routing/rota.html",
        draft=draft,
        form=form,
        people=labels.with_chosen(labels.people(text.document), stand_ins),
        places=range(1, max(4, len(stand_ins) + 2)),
        days=labels.with_chosen(
            [(each, words(f"rota.day.{each}")) for each in DAYS], rota_parts.days_in(form)
        ),
        windows=range(1, min(rota_parts.count_windows(form) + 1, rota_parts.MOST_WINDOWS) + 1),
    )
    return Response(html, status)
