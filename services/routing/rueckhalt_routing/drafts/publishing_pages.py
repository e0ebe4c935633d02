# SPDX-License-Identifier: EUPL-1.2
"""HTML: publish a draft as a second person, or ask for an emergency and agree to one."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.drafts import publishing
from rueckhalt_routing.drafts.domain import ChangedMeanwhile, NotReady, PlanDraft, SamePerson
from rueckhalt_routing.drafts.pages import found, pages
from rueckhalt_routing.drafts.schemas import EmergencySchema, VersionSchema
from rueckhalt_routing.drafts.showing import (
    WRITE,
    names_of,
    person_of,
    sentence,
    spoken,
    told,
)
from rueckhalt_routing.proving.differing import OtherTown, differences
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.web import caller, database, requires

PAGE = "routing/draft_publish.html"
PUBLISH, ASK, AGREE = "publish", "ask", "agree"


@pages.get("/<uuid:draft_id>/publish")
@requires(WRITE, fresh=True)
def ask_publish(draft_id: UUID) -> Response:
    """What would change, what is in the way, and who may do it."""
    return _page(draft_id, Form.blank())


@pages.post("/<uuid:draft_id>/publish")
@requires(WRITE, fresh=True)
def publish_draft(draft_id: UUID) -> AnyResponse:
    """Publish, ask for an emergency, or agree to one: the button says which."""
    action = request.form.get("action", PUBLISH)
    try:
        return _asked(draft_id) if action == ASK else _published(draft_id, agreed=action == AGREE)
    except forms.Invalid as bad:
        return _page(draft_id, bad.form, 422)
    except ChangedMeanwhile:
        return _page(draft_id, forms.wrong(version="drafts.changed").form, 409)
    except SamePerson:
        return _page(draft_id, forms.wrong(action="drafts.same_person").form, 409)
    except NotReady as error:
        errors = [forms.FieldError("", told(reason)) for reason in error.reasons]
        return _page(draft_id, Form.sent(*errors), 409)


def _published(draft_id: UUID, *, agreed: bool) -> AnyResponse:
    body = forms.read(VersionSchema(unknown="exclude"))
    handler = publishing.publish_emergency if agreed else publishing.publish
    plan = database().run(handler, str(draft_id), person_of(caller()), version=body["version"])
    note = "drafts.emergency_published" if agreed else "drafts.published"
    kind = "warning" if agreed else "success"
    return notes.leave(
        redirect(url_for("plan_pages.show_plan"), 303), note, kind=kind, version=plan.version
    )


def _asked(draft_id: UUID) -> AnyResponse:
    body = forms.read(EmergencySchema(unknown="exclude"))
    database().run(publishing.ask_emergency, str(draft_id), person_of(caller()), **body)
    return notes.leave(
        redirect(url_for(".show_draft", draft_id=draft_id), 303), "drafts.emergency_asked"
    )


def _page(draft_id: UUID, form: Form, status: int = 200) -> Response:
    draft, text = found(draft_id)
    who, read = person_of(caller()), database().read
    html = render_template(
        PAGE,
        form=form,
        draft=draft,
        authors=names_of(draft.authors),
        refusals=[told(each) for each in read(publishing.refusals, draft)],
        warnings=[told(each) for each in read(publishing.warnings, draft)],
        is_readable=text.is_readable,
        may_publish=publishing.is_another(draft, who),
        may_agree=draft.emergency_by is not None and draft.emergency_by not in who.alike,
        asked_by=names_of([draft.emergency_by]) if draft.emergency_by else "",
        changes=_changes(draft),
        sentence=sentence,
    )
    return Response(html, status)


def _changes(draft: PlanDraft) -> list[str] | None:
    """What differs from the plan that counts, in words; None where nothing can be compared."""
    _, text = found(UUID(draft.id))
    live = database().read(publishing.in_force, draft.municipality)
    if live is None or live[1].plan is None or text.plan is None:
        return None
    try:
        told_of: list[Any] = list(differences(live[1].plan, text.plan))
    except OtherTown:
        return None
    return [each.words(spoken()) for each in told_of]
