# SPDX-License-Identifier: EUPL-1.2
"""HTML: drafts of plans: begin, look, check, mend, sign, drop."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.certificates.concluding import concluded
from rueckhalt_routing.drafts import editing, handlers, publishing
from rueckhalt_routing.drafts.domain import ChangedMeanwhile, PlanDraft
from rueckhalt_routing.drafts.editing import Document, NoSuchPart
from rueckhalt_routing.drafts.handlers import NewProblems
from rueckhalt_routing.drafts.mending import RESTORE, Hole, holes
from rueckhalt_routing.drafts.opening import Opened, opened, text_of
from rueckhalt_routing.drafts.schemas import (
    DEFAULT,
    ORIGINS,
    PUBLISHED,
    BeginSchema,
    MendSchema,
    SignSchema,
    SourceSchema,
    UnsignSchema,
    VersionSchema,
)
from rueckhalt_routing.drafts.showing import (
    WRITE,
    as_errors,
    editor_of,
    municipality_of,
    names_of,
    percent,
    person_of,
    sentence,
    signer,
    spoken,
    told,
)
from rueckhalt_routing.plan.reading import PlanRefused
from rueckhalt_routing.proof.covering import TooTangled
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import local_day
from rueckhalt_shared.web import caller, database, requires

pages = Blueprint(
    "drafts", "rueckhalt_routing", url_prefix="/plan/drafts", template_folder="templates"
)
LIST, ONE, TEXT_PAGE = "routing/drafts.html", "routing/draft.html", "routing/draft_text.html"


@pages.get("")
@requires(WRITE)
def list_drafts() -> Response:
    """What is being worked on, and the form to begin a draft."""
    return _list(Form.blank(origin=request.args.get("origin", PUBLISHED)))


@pages.post("")
@requires(WRITE)
def begin_draft() -> AnyResponse:
    """Begin a draft: from the plan that counts, from the default matrix, or with a given text."""
    try:
        body = forms.read(BeginSchema())
        draft = _begun(body)
    except forms.Invalid as bad:
        return _list(bad.form, 422)
    return notes.leave(_first_page(draft, body.get("part", "")), "drafts.begun")


@pages.get("/<uuid:draft_id>")
@requires(WRITE)
def show_draft(draft_id: UUID) -> Response:
    """One draft: how it stands, what is wrong with it, what would close its holes."""
    return _page(_found(draft_id))


@pages.post("/<uuid:draft_id>/check")
@requires(WRITE)
def check_draft(draft_id: UUID) -> AnyResponse:
    """Let the proof run over the draft, and keep what it says."""
    draft = _found(draft_id)
    text = opened(draft.source)
    if text.draft is None:
        return notes.leave(_to(draft_id), "drafts.not_checked", kind="danger")
    now = database().clock()  # before the facts are read: what changes meanwhile is newer
    basis = database().read(handlers.basis_of, draft, text.draft)
    said = concluded(basis, now=now)
    database().run(handlers.keep_check, draft, text.hash, said)
    kind = "success" if said.document else "warning"
    return notes.leave(_to(draft_id), f"drafts.checked_{kind}", kind=kind)


@pages.post("/<uuid:draft_id>/mend")
@requires(WRITE)
def mend_draft(draft_id: UUID) -> AnyResponse:
    """Take one of the proof's proposals into the draft."""
    try:
        body = forms.read(MendSchema())
        edit(draft_id, body["version"], lambda document: _mended(draft_id, document, body))
    except forms.Invalid as bad:
        return _page(_found(draft_id), 422, form=bad.form)
    return notes.leave(_to(draft_id, "holes"), f"drafts.mended_{body['act']}", rule=body["rule"])


@pages.post("/<uuid:draft_id>/sign")
@requires(WRITE)
def sign_draft(draft_id: UUID) -> AnyResponse:
    """Leave cases to the catch-all rule on purpose, under one's own name."""
    who = person_of(caller())
    try:
        body = forms.read(SignSchema())
        by = f"{who.name}, {local_day(database().clock())}"
        given = {"signed_by": by, "reason": body["reason"]}
        edit(draft_id, body["version"], lambda d: editing.signed(d, body["box"], **given))
    except forms.Invalid as bad:
        return _page(_found(draft_id), 422, form=bad.form)
    return notes.leave(_to(draft_id, "holes"), "drafts.signed")


@pages.post("/<uuid:draft_id>/unsign")
@requires(WRITE)
def unsign_draft(draft_id: UUID) -> AnyResponse:
    """Take a signature back."""
    try:
        body = forms.read(UnsignSchema())
        edit(draft_id, body["version"], lambda d: editing.unsigned(d, body["place"]))
    except forms.Invalid as bad:
        return _page(_found(draft_id), 422, form=bad.form)
    return notes.leave(_to(draft_id, "signed"), "drafts.unsigned")


@pages.get("/<uuid:draft_id>/text")
@requires(WRITE)
def show_text(draft_id: UUID) -> Response:
    """The whole text, to be changed by hand."""
    draft = _found(draft_id)
    form = Form.blank(source=draft.source)
    return _text_page(draft, Form(form.values, as_errors(opened(draft.source).problems).errors))


@pages.post("/<uuid:draft_id>/text")
@requires(WRITE)
def save_text(draft_id: UUID) -> AnyResponse:
    """Keep the text, right or wrong; what is wrong is shown."""
    try:
        body = forms.read(SourceSchema())
        source = body["source"].replace("\r\n", "\n")
        given = {"source": source, "version": body["version"]}
        database().run(handlers.rewrite, str(draft_id), editor_of(caller()), **given)
    except forms.Invalid as bad:
        return _text_page(_found(draft_id), bad.form, 422)
    except ChangedMeanwhile:
        return _text_page(_found(draft_id), forms.wrong(version="drafts.changed").form, 409)
    to = ".show_text" if opened(source).problems else ".show_draft"
    return notes.leave(redirect(url_for(to, draft_id=draft_id), 303), "drafts.saved")


@pages.get("/<uuid:draft_id>/drop")
@requires(WRITE)
def ask_drop(draft_id: UUID) -> str:
    """Really?"""
    draft = _found(draft_id)
    return render_template(
        "rueckhalt/confirm.html",
        heading=words("drafts.drop"),
        lead=words("drafts.drop_text", name=draft.name),
        action=url_for(".drop_draft", draft_id=draft_id),
        fields={"version": draft.version},
        button=words("drafts.drop_button"),
        back=url_for(".show_draft", draft_id=draft_id),
    )


@pages.post("/<uuid:draft_id>/drop")
@requires(WRITE)
def drop_draft(draft_id: UUID) -> AnyResponse:
    """Throw the draft away."""
    try:
        version = forms.read(VersionSchema())["version"]
        database().run(handlers.drop, str(draft_id), editor_of(caller()), version=version)
    except forms.Invalid as bad:
        return _page(_found(draft_id), 422, form=bad.form)
    except ChangedMeanwhile:
        return _page(_found(draft_id), 409, form=forms.wrong(version="drafts.changed").form)
    return notes.leave(redirect(url_for(".list_drafts"), 303), "drafts.dropped")


def edit(draft_id: UUID, version: int, change: handlers.Edit) -> PlanDraft:
    """Change the document of a draft; what does not work is told at its field (Invalid)."""
    try:
        return database().run(
            handlers.edit, str(draft_id), editor_of(caller()), change, version=version
        )
    except NewProblems as error:
        raise forms.Invalid(_sent(as_errors(error.problems))) from None
    except NoSuchPart:
        raise forms.wrong(version="drafts.part_gone") from None
    except ChangedMeanwhile:
        raise forms.wrong(version="drafts.changed") from None


def found(draft_id: UUID) -> tuple[PlanDraft, Opened]:
    """A draft and what its text says."""
    draft = _found(draft_id)
    return draft, opened(draft.source)


def _sent(errors: Form) -> Form:
    return Form.sent(*errors.errors)


def _begun(body: dict[str, Any]) -> PlanDraft:
    who, origin = editor_of(caller()), body["origin"]
    municipality = municipality_of(caller(), body.get("municipality", ""))
    given = {"municipality": municipality, "name": body["name"]}
    run = database().run
    if origin == PUBLISHED:
        draft = run(handlers.begin_from_published, who, **given)
        if draft is None:
            raise forms.wrong(origin="drafts.none_published")
        return draft
    if origin == DEFAULT:
        return run(handlers.begin, who, **given, source=handlers.from_default(municipality))
    return run(handlers.begin, who, **given, source=_given_text(body))


def _given_text(body: dict[str, Any]) -> str:
    """The file sent along, else the text in the box."""
    file = request.files.get("file")
    if file is None or not file.filename:
        if not body.get("source"):
            raise forms.wrong(source="drafts.no_text")
        return str(body["source"]).replace("\r\n", "\n")
    try:
        return text_of(file.filename, file.read()).replace("\r\n", "\n")
    except PlanRefused as error:
        told_of = tuple(FieldError("file", each.words(spoken())) for each in error.problems[:20])
        raise forms.Invalid(Form.sent(*told_of)) from None
    except UnicodeDecodeError:
        raise forms.wrong(file="drafts.not_utf8") from None


def _mended(draft_id: UUID, document: Document, body: dict[str, Any]) -> Document:
    if body["act"] != RESTORE:
        return editing.widened(document, body["rule"], body.get("dimension", ""), body["values"])
    former = database().read(handlers.base_of, _found(draft_id))
    if former is None:
        raise NoSuchPart(body["rule"])
    return editing.with_rule(document, editing.rule(former.document, body["rule"]))


def _found(draft_id: UUID) -> PlanDraft:
    return database().read(handlers.find, str(draft_id), editor_of(caller()))


def _list(form: Form, status: int = 200) -> Response:
    drafts = database().read(handlers.list_drafts, editor_of(caller()))
    html = render_template(
        LIST,
        form=form,
        drafts=[(each, names_of(each.authors)) for each in drafts],
        origins=[(each, words(f"drafts.origin.{each}")) for each in ORIGINS],
    )
    return Response(html, status)


def _page(draft: PlanDraft, status: int = 200, *, form: Form | None = None) -> Response:
    text = opened(draft.source)
    read = database().read
    standing = read(handlers.standing, draft, text.hash)
    former = read(handlers.base_of, draft)
    found, tangled = _holes(text, former)
    who = editor_of(caller())
    html = render_template(
        ONE,
        form=form or as_errors(text.problems),
        draft=draft,
        text=text,
        authors=names_of(draft.authors),
        has_comments=text.has_comments,
        standing=standing,
        check=standing.conclusion,
        reason_words=told,
        sentence=sentence,
        holes=[(each, json.dumps(each.when)) for each in found],
        tangled=tangled,
        percent=percent,
        signer=signer,
        refusals=read(publishing.refusals, draft),
        may_publish=publishing.is_another(draft, who) and caller().account is not None,
        may_agree=draft.emergency_by is not None and draft.emergency_by not in who.alike,
        asked_by=names_of([draft.emergency_by]) if draft.emergency_by else "",
        signed=text.plan.deliberate if text.plan else (),
    )
    return Response(html, status)


def _holes(text: Opened, former: Opened | None) -> tuple[list[Hole], bool]:
    if text.plan is None:
        return [], False
    try:
        return holes(text.plan, former.plan if former else None, spoken()), False
    except TooTangled:
        return [], True


def _text_page(draft: PlanDraft, form: Form, status: int = 200) -> Response:
    return Response(render_template(TEXT_PAGE, form=form, draft=draft), status)


def _first_page(draft: PlanDraft, part: str) -> AnyResponse:
    """Where to go on: the part that is to be changed, if somebody came for one."""
    if not part:
        return _to(draft.id)
    kind, _, code = part.partition("/")
    view = {"roles": ".show_role", "rotas": ".show_rota"}[kind]
    return redirect(url_for(view, draft_id=draft.id, code=code), 303)


def _to(draft_id: UUID | str, anchor: str | None = None) -> AnyResponse:
    return redirect(url_for(".show_draft", draft_id=draft_id, _anchor=anchor), 303)
