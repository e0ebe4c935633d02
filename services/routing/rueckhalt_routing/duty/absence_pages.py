# SPDX-License-Identifier: EUPL-1.2
"""`/duty/absences`: who is away; enter, remove, take from a file. Never why."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_routing.absence_feeds import handlers as absence_feeds
from rueckhalt_routing.duty import absences, showing
from rueckhalt_routing.duty.absence_files import MOST_BYTES, FileRefused
from rueckhalt_routing.duty.absences import AbsenceRefused
from rueckhalt_routing.duty.house import UnknownKey
from rueckhalt_routing.duty.importing import Import
from rueckhalt_routing.duty.reading_csv import instant_in
from rueckhalt_routing.duty.schemas import AddAbsenceSchema, ImportSchema
from rueckhalt_routing.duty.showing import OWN, Looker
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import database, requires

pages = Blueprint(
    "absence_pages", "rueckhalt_routing", url_prefix="/duty/absences", template_folder="templates"
)
PAGE, FILE_PAGE = "routing/duty_absences.html", "routing/duty_import.html"


@pages.get("")
@requires(*OWN)
def list_absences() -> str:
    """Who is away now or later: everybody for whoever keeps the plan, else oneself."""
    mine = showing.looker()
    return render_template(PAGE, form=Form.blank(person=mine.own), **_listed(mine))


@pages.post("")
@requires(*OWN)
def add_absence() -> AnyResponse:
    """Somebody is away."""
    mine = showing.looker()
    try:
        body = forms.read(AddAbsenceSchema())
        _add(mine, body)
    except forms.Invalid as bad:
        return bad.page(PAGE, **_listed(mine))
    return notes.leave(redirect(url_for(".list_absences"), 303), "absence.added")


@pages.get("/<id>/remove")
@requires(*OWN)
def ask_remove(id: str) -> str:
    """Removing asks first."""
    mine = showing.looker()
    found = database().read(absences.find, mine.house, mine.actor, id)
    start, end = showing.at_words(found.start_at), showing.at_words(found.end_at)
    name = mine.house.name(found.person)
    return render_template(
        "rueckhalt/confirm.html",
        heading=words("absence.remove_title"),
        lead=words("absence.remove_lead", name=name, start=start, end=end),
        action=url_for(".remove_absence", id=id),
        button=words("absence.remove"),
        back=url_for(".list_absences"),
    )


@pages.post("/<id>/remove")
@requires(*OWN)
def remove_absence(id: str) -> AnyResponse:
    """Somebody is there after all."""
    mine = showing.looker()
    database().run(absences.remove, mine.house, mine.actor, id)
    return notes.leave(redirect(url_for(".list_absences"), 303), "absence.removed")


@pages.get("/import")
@requires(*OWN)
def ask_file() -> str:
    """A table or a calendar."""
    mine = showing.looker()
    form = Form.blank(person=None if mine.plans else mine.own, counts="busy")
    return render_template(FILE_PAGE, form=form, mine=mine)


@pages.post("/import")
@requires(*OWN)
def take_file() -> AnyResponse:
    """Say what a file would change, or take it."""
    mine = showing.looker()
    try:
        body = forms.read(ImportSchema())
        sent = request.files.get("file")
        raw = sent.read(MOST_BYTES + 1) if sent is not None else b""
        if not raw:
            raise forms.wrong(file="absence.no_file")
        done = _take(mine, raw, body)
    except forms.Invalid as bad:
        return bad.page(FILE_PAGE, mine=mine)
    except FileRefused as refused:
        told = [each.words(language()) for each in refused.problems]
        page = render_template(FILE_PAGE, form=Form.sent(), mine=mine, problems=told)
        return Response(page, 422)
    if body["step"] == "try":
        page = render_template(FILE_PAGE, form=Form.sent(), mine=mine, tried=_shown(mine, done))
        return Response(page)
    answer = redirect(url_for(".list_absences"), 303)
    return notes.leave(answer, "absence.imported", count=str(done.changes))


def _add(mine: Looker, body: dict[str, Any]) -> None:
    start, end = (instant_in(body[name], mine.house.zone) for name in ("start", "end"))
    person = mine.whom(body["person"])
    try:
        database().run(absences.add, mine.house, mine.actor, person=person, start=start, end=end)
    except UnknownKey:
        raise forms.wrong(person="absence.choose_person") from None
    except AbsenceRefused as refused:
        raise forms.wrong(**{refused.field: refused.message}) from None


def _take(mine: Looker, raw: bytes, body: dict[str, Any]) -> Import:
    how = {
        "person": mine.whom(body["person"]) or None,
        "counts": body["counts"],
        "replaces": body["replaces"],
        "dry_run": body["step"] == "try",
    }

    def work(tx: Transaction) -> Import:
        return absences.take_file(tx, mine.house, mine.actor, raw, **how)

    return database().read(work) if how["dry_run"] else database().run(work)


def _listed(mine: Looker) -> dict[str, Any]:
    only = mine.actor.only
    found = database().read(absences.coming, mine.house, person=only)
    return {
        "mine": mine,
        "rows": showing.absence_rows(mine.house, found, mine),
        "silent": database().read(absence_feeds.silent, mine.house, person=only),
    }


def _shown(mine: Looker, done: Import) -> dict[str, Any]:
    kinds = (("added", done.added), ("moved", done.moved), ("removed", done.removed))
    rows = [
        {
            "kind": words(f"absence.{kind}_short"),
            "name": mine.house.name(each.person),
            "start": showing.at_words(each.start_at),
            "end": showing.at_words(each.end_at),
        }
        for kind, changes in kinds
        for each in changes
    ]
    return {"rows": rows[:200], "more": max(0, len(rows) - 200), "unchanged": done.unchanged}
