# SPDX-License-Identifier: EUPL-1.2
"""HTML: the chains of a draft, step by step."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, labels, parts
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.handlers import Edit
from rueckhalt_routing.drafts.pages import found, pages
from rueckhalt_routing.drafts.part_schemas import StepsSchema
from rueckhalt_routing.drafts.saving import new_name, saved
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_routing.plan.domain import HOLDS
from rueckhalt_routing.plan.vocabulary import URGENCIES
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import requires


@pages.get("/<uuid:draft_id>/chains")
@requires(WRITE)
def list_chains(draft_id: UUID) -> str:
    """The chains with their steps in words."""
    draft, text = found(draft_id)
    document = text.document
    chains = editing.named(document, "chains")
    return render_template(
        "routing/chains.html",
        draft=draft,
        chains=[(code, parts.steps_in_words(document, chain)) for code, chain in chains.items()],
    )


@pages.get("/<uuid:draft_id>/chains/new")
@requires(WRITE)
def new_chain(draft_id: UUID) -> Response:
    """An empty chain."""
    return _chain_page(draft_id, Form.blank())


@pages.get("/<uuid:draft_id>/chains/<code>")
@requires(WRITE)
def show_chain(draft_id: UUID, code: str) -> Response:
    """One chain, to be changed."""
    _, text = found(draft_id)
    chain = editing.named(text.document, "chains").get(code)
    if chain is None:
        raise editing.NoSuchPart(code)
    return _chain_page(draft_id, parts.chain_form(code, chain))


@pages.post("/<uuid:draft_id>/chains/new")
@pages.post("/<uuid:draft_id>/chains/<code>")
@requires(WRITE)
def save_chain(draft_id: UUID, code: str = "") -> AnyResponse:
    """Save the steps, or take the chain away."""

    def change(body: Mapping[str, Any]) -> Edit:
        def changed(document: Document) -> Document:
            name = code or new_name(body["code"], editing.named(document, "chains"))
            known = editing.named(document, "chains").get(name)
            gone = body["action"] == "remove"
            entry = None if gone else parts.chain_of(request.form, known)
            return editing.with_named(document, "chains", name, entry)

        return changed

    return saved(draft_id, StepsSchema(), change, _chain_page, to=".list_chains")


def _chain_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    html = render_template(
        "routing/chain.html",
        draft=draft,
        form=form,
        targets=labels.with_chosen(parts.target_choices(text.document), parts.told_in(form)),
        holds=labels.with_chosen(
            [(each, words(f"chains.hold.{each}")) for each in HOLDS], [form.value("hold")]
        ),
        urgencies=[(each, words(f"urgency.{each}")) for each in URGENCIES],
        places=range(1, parts.count_steps(form) + 2),
    )
    return Response(html, status)
