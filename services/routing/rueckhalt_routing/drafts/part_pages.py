# SPDX-License-Identifier: EUPL-1.2
"""HTML: the people of a draft, who holds its roles, its chains, its calendar and rotas."""

from collections.abc import Container, Mapping
from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, labels, parts
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.handlers import Edit
from rueckhalt_routing.drafts.pages import edit, found, pages
from rueckhalt_routing.drafts.part_schemas import (
    CalendarSchema,
    PersonSchema,
    RoleSchema,
    RotaSchema,
    StepsSchema,
)
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_routing.plan.calendar import LAENDER, TIME_CLASSES
from rueckhalt_routing.plan.vocabulary import URGENCIES
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import requires

_KINDS = ("persons", "partners")


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
        roles=[(code, label, parts.holders(held.get(code), names)) for code, label in _roles()],
    )


@pages.get("/<uuid:draft_id>/roles/<code>")
@requires(WRITE)
def show_role(draft_id: UUID, code: str) -> Response:
    """One role, to be filled."""
    _, text = found(draft_id)
    if code not in dict(_roles()):
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

    return _saved(draft_id, RoleSchema(), change, _role_page, to=".list_roles")


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
            name = code or _new(body["code"], editing.named(document, "chains"))
            known = editing.named(document, "chains").get(name)
            gone = body["action"] == "remove"
            entry = None if gone else parts.chain_of(request.form, known)
            return editing.with_named(document, "chains", name, entry)

        return changed

    return _saved(draft_id, StepsSchema(), change, _chain_page, to=".list_chains")


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
            name = key or _new(body["key"], known, field="key")
            return editing.with_listed(document, kind, name, entry)

        return changed

    def page(draft_id: UUID, form: Form, status: int = 200) -> Response:
        return _person_page(draft_id, form, status, kind=kind)

    return _saved(draft_id, PersonSchema(), change, page, to=".list_people")


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
    return _saved(
        draft_id,
        CalendarSchema(),
        lambda body: lambda document: parts.with_calendar(document, body),
        _times_page,
        to=".list_times",
    )


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
    return _rota_page(draft_id, parts.rota_form(code, rota))


@pages.post("/<uuid:draft_id>/rotas/new")
@pages.post("/<uuid:draft_id>/rotas/<code>")
@requires(WRITE)
def save_rota(draft_id: UUID, code: str = "") -> AnyResponse:
    """Save the rota, or take it away."""

    def change(body: Mapping[str, Any]) -> Edit:
        def changed(document: Document) -> Document:
            name = code or _new(body["code"], editing.named(document, "rotas"))
            known = editing.named(document, "rotas").get(name) or {}
            entry = None if body["action"] == "remove" else parts.rota_of(body, known)
            return editing.with_named(document, "rotas", name, entry)

        return changed

    return _saved(draft_id, RotaSchema(), change, _rota_page, to=".list_times")


def _saved(draft_id: UUID, schema: Schema, change: Any, page: Any, *, to: str) -> AnyResponse:
    try:
        body = forms.read(schema)
        edit(draft_id, body["version"], change(body))
    except forms.Invalid as bad:
        answer: Response = page(draft_id, bad.form, 422)
        return answer
    return notes.leave(redirect(url_for(to, draft_id=draft_id), 303), "drafts.saved")


def _new(name: str, known: Container[str], *, field: str = "code") -> str:
    """The name of something new: what bears it already is not written over."""
    if name in known:
        raise forms.wrong(**{field: "drafts.taken"})
    return name


def _must_be_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise editing.NoSuchPart(kind)


def _roles() -> list[tuple[str, str]]:
    return labels.roles()


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
        label=dict(_roles()).get(code, code),
        people=people,
        holders=labels.with_chosen([*people, *rotas], form.values.get("holder")),
        places=range(1, max(4, len(form.values.get("stand_ins", ())) + 2)),
    )
    return Response(html, status)


def _chain_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    html = render_template(
        "routing/chain.html",
        draft=draft,
        form=form,
        targets=labels.with_chosen(parts.target_choices(text.document), parts.told_in(form)),
        urgencies=[(each, words(f"urgency.{each}")) for each in URGENCIES],
        places=range(1, parts.count_steps(form) + 2),
    )
    return Response(html, status)


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


def _rota_page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    people = labels.with_chosen(labels.people(text.document), form.values.get("stand_ins"))
    html = render_template("routing/rota.html", draft=draft, form=form, people=people)
    return Response(html, status)
