# SPDX-License-Identifier: EUPL-1.2
"""A form about a part of a draft: read, laid over the document, saved or shown again."""

from collections.abc import Container
from typing import Any
from uuid import UUID

from flask import Response, redirect, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts.pages import edit
from rueckhalt_shared.pages import forms, notes


def saved(draft_id: UUID, schema: Schema, change: Any, page: Any, *, to: str) -> AnyResponse:
    try:
        body = forms.read(schema)
        edit(draft_id, body["version"], change(body))
    except forms.Invalid as bad:
        answer: Response = page(draft_id, bad.form, 422)
        return answer
    return notes.leave(redirect(url_for(to, draft_id=draft_id), 303), "drafts.saved")


def new_name(name: str, known: Container[str], *, field: str = "code") -> str:
    """The name of something new: what bears it already is not written over."""
    if name in known:
        raise forms.wrong(**{field: "drafts.taken"})
    return name
