# SPDX-License-Identifier: EUPL-1.2
"""HTML: the rules of a draft, in their order, each with its conditions and what it says."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import editing, labels, rule_parts
from rueckhalt_routing.drafts.editing import Document
from rueckhalt_routing.drafts.pages import edit, found, pages
from rueckhalt_routing.drafts.part_schemas import LISTS, RuleSchema
from rueckhalt_routing.drafts.schemas import Box
from rueckhalt_routing.drafts.showing import WRITE
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import requires


@pages.get("/<uuid:draft_id>/rules")
@requires(WRITE)
def list_rules(draft_id: UUID) -> str:
    """All rules in the order in which they win."""
    draft, text = found(draft_id)
    document = text.document
    rules = sorted(editing.rules(document), key=lambda rule: str(rule.get("tier")))
    return render_template(
        "routing/rules.html",
        draft=draft,
        rules=[(rule, labels.when_in_words(document, rule.get("when") or {})) for rule in rules],
        form=Form.blank(),
    )


@pages.get("/<uuid:draft_id>/rules/new")
@requires(WRITE)
def new_rule(draft_id: UUID) -> Response:
    """An empty rule, or one for just the cases of a hole."""
    values = {f"when_{name}": codes for name, codes in _box(request.args.get("box")).items()}
    return _page(draft_id, Form.blank(tier="2", **values))


@pages.post("/<uuid:draft_id>/rules/new")
@requires(WRITE)
def add_rule(draft_id: UUID) -> AnyResponse:
    """A new rule, behind the last one of its tier."""
    return _save(draft_id, "")


@pages.get("/<uuid:draft_id>/rules/<code>")
@requires(WRITE)
def show_rule(draft_id: UUID, code: str) -> Response:
    """One rule, to be changed."""
    _, text = found(draft_id)
    return _page(draft_id, rule_parts.rule_form(editing.rule(text.document, code)), code=code)


@pages.post("/<uuid:draft_id>/rules/<code>")
@requires(WRITE)
def save_rule(draft_id: UUID, code: str) -> AnyResponse:
    """Save it, take it away, or move it among those of its tier: the button says which."""
    action = request.form.get("action", "save")
    if action == "save":
        return _save(draft_id, code)
    try:
        edit(draft_id, _version(), lambda document: _moved(document, code, action))
    except forms.Invalid as bad:
        return _page(draft_id, bad.form, code=code, status=422)
    done = "rules.removed" if action == "remove" else "rules.moved"
    return notes.leave(redirect(url_for(".list_rules", draft_id=draft_id), 303), done, rule=code)


def _moved(document: Document, code: str, action: str) -> Document:
    if action == "remove":
        return editing.without_rule(document, code)
    return editing.moved_rule(document, code, up=action == "up")


def _save(draft_id: UUID, code: str) -> AnyResponse:
    try:
        body = forms.read(RuleSchema())
        edit(draft_id, body["version"], lambda document: _with(document, body, code))
    except forms.Invalid as bad:
        return _page(draft_id, bad.form, code=code, status=422)
    to = redirect(url_for(".list_rules", draft_id=draft_id), 303)
    return notes.leave(to, "rules.saved", rule=body["code"])


def _with(document: Document, body: Mapping[str, Any], code: str) -> Document:
    known = editing.rule(document, code) if code else {}
    return editing.with_rule(document, rule_parts.rule_of(body, known), code)


def _box(text: str | None) -> Mapping[str, list[str]]:
    """The cases an address brings along; what is none begins with all of them."""
    try:
        found: Any = Box().deserialize(text) if text else {}
    except ValidationError:
        return {}
    return dict(found)


def _version() -> int:
    text = request.form.get("version", "")
    if not text.isdecimal():
        raise forms.wrong(version="drafts.changed")
    return int(text)


def _page(draft_id: UUID, form: Form, *, code: str = "", status: int = 200) -> Response:
    draft, text = found(draft_id)
    document = text.document
    html = render_template(
        "routing/rule.html",
        draft=draft,
        form=form,
        code=code,
        dimensions=[
            (name, label, labels.with_chosen(values, form.values.get(f"when_{name}")))
            for name, label, values in labels.dimension_choices(document)
        ],
        chains=labels.with_chosen(labels.chains(document), form.values.get("chain")),
        roles={name: labels.with_chosen(labels.roles(), form.values.get(name)) for name in LISTS},
        lists=LISTS,
    )
    return Response(html, status)
