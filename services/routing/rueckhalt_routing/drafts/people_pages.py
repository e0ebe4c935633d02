# SPDX-License-Identifier: EUPL-1.2
"""HTML: the persons of a draft and its partners outside the house."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, render_template
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, labels, parts
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.handlers import Edit
from rueckhalt_routing.drafts.pages import found, pages
from rueckhalt_routing.drafts.part_schemas import PersonSchema
from rueckhalt_routing.drafts.saving import new_name, saved
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_routing.plan.calendar import TIME_CLASSES
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import requires

_KINDS = ("persons", "partners")


@pages.get("/<uuid:draft_id>/people")
@requires(WRITE)
def list_people(draft_id: UUID) -> str:
    """Persons of the house and partners outside."""
    draft, text = found(draft_id)
    groups = [(kind, editing.listed(text.document, kind)) for kind in _KINDS]
    return render_template("routing/people.html", draft=draft, groups=groups)


@pages.get("/<uuid:draft_id>/people/<kind>/new")
@requires(WRITE)
def new_person(draft_id: UUID, kind: str) -> Response:
    """Somebody new."""
    _must_be_kind(kind)
    return _person_page(draft_id, Form.blank(), kind=kind)


@pages.get("/<uuid:draft_id>/people/<kind>/<key>")
@requires(WRITE)
def show_person(draft_id: UUID, kind: str, key: str) -> Response:
    """Somebody of the plan."""
    _must_be_kind(kind)
    _, text = found(draft_id)
    for each in editing.listed(text.document, kind):
        if each.get("key") == key:
            return _person_page(draft_id, Form.blank(**each), kind=kind)
    raise editing.NoSuchPart(key)


@pages.post("/<uuid:draft_id>/people/<kind>/new")
@pages.post("/<uuid:draft_id>/people/<kind>/<key>")
@requires(WRITE)
def save_person(draft_id: UUID, kind: str, key: str = "") -> AnyResponse:
    """Save them, or take them out of the plan."""
    _must_be_kind(kind)

    def change(body: Mapping[str, Any]) -> Edit:
        def changed(document: Document) -> Document:
            known = {str(e.get("key")): e for e in editing.listed(document, kind)}
            gone = body["action"] == "remove"
            entry = None if gone else parts.person_of(body, known.get(key) or {}, kind)
            name = key or new_name(body["key"], known, field="key")
            return editing.with_listed(document, kind, name, entry)

        return changed

    def page(draft_id: UUID, form: Form, status: int = 200) -> Response:
        return _person_page(draft_id, form, status, kind=kind)

    return saved(draft_id, PersonSchema(), change, page, to=".list_people")


def _must_be_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise editing.NoSuchPart(kind)


def _person_page(draft_id: UUID, form: Form, status: int = 200, *, kind: str) -> Response:
    draft, text = found(draft_id)
    choices = {name: values for name, _, values in labels.dimension_choices(text.document)}
    html = render_template(
        "routing/person.html",
        draft=draft,
        form=form,
        kind=kind,
        units=labels.with_chosen(
            (each for each in choices["unit"] if each[0] != "unknown"), form.values.get("unit")
        ),
        classes=labels.with_chosen(
            (each for each in choices["time_class"] if each[0] in TIME_CLASSES),
            form.values.get("reachable"),
        ),
    )
    return Response(html, status)
