# SPDX-License-Identifier: EUPL-1.2
"""HTML: who holds the roles of a draft, and who stands in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, render_template
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, labels, parts
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.handlers import Edit
from rueckhalt_routing.drafts.pages import found, pages
from rueckhalt_routing.drafts.part_schemas import RoleSchema
from rueckhalt_routing.drafts.saving import saved
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import requires


@pages.get("/<uuid:draft_id>/roles")
@requires(WRITE)
def list_roles(draft_id: UUID) -> str:
    """Who holds which role, and who stands in."""
    draft, text = found(draft_id)
    document = text.document
    names = dict(labels.people(document)) | dict(labels.rotas(document))
    held = editing.named(document, "roles")
    return render_template(
        "routing/roles.html",
        draft=draft,
        roles=[
            (code, label, parts.holders(held.get(code), names)) for code, label in labels.roles()
        ],
    )


@pages.get("/<uuid:draft_id>/roles/<code>")
@requires(WRITE)
def show_role(draft_id: UUID, code: str) -> Response:
    """One role, to be filled."""
    _, text = found(draft_id)
    if code not in dict(labels.roles()):
        raise editing.NoSuchPart(code)
    held = editing.named(text.document, "roles").get(code) or {}
    return _role_page(draft_id, parts.role_form(code, held))


@pages.post("/<uuid:draft_id>/roles/<code>")
@requires(WRITE)
def save_role(draft_id: UUID, code: str) -> AnyResponse:
    """Save who holds it, or leave it empty."""

    def change(body: Mapping[str, Any]) -> Edit:
        def changed(document: Document) -> Document:
            known = editing.named(document, "roles").get(code) or {}
            entry = None if body["action"] == "remove" else parts.role_of(body, known)
            return editing.with_named(document, "roles", code, entry)

        return changed

    return saved(draft_id, RoleSchema(), change, _role_page, to=".list_roles")


def _role_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    people = labels.with_chosen(labels.people(text.document), form.values.get("stand_ins"))
    rotas = [(f"rota:{code}", title) for code, title in labels.rotas(text.document)]
    code = form.value("code")
    html = render_template(
        "routing/role.html",
        draft=draft,
        form=form,
        code=code,
        label=dict(labels.roles()).get(code, code),
        people=people,
        holders=labels.with_chosen([*people, *rotas], form.values.get("holder")),
        places=range(1, max(4, len(form.values.get("stand_ins", ())) + 2)),
    )
    return Response(html, status)
