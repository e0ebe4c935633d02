# SPDX-License-Identifier: EUPL-1.2
"""HTML: the directory's editor. What the package brings is put right by an own entry of its id."""

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake import towns
from rueckhalt_intake.help import cells, handlers, posters
from rueckhalt_intake.help.domain import HIDE_HOURS_AFTER, KINDS, VISIBILITIES, WARN_AFTER, Entry
from rueckhalt_intake.help.hours import BERLIN
from rueckhalt_intake.help.reading import BadRows, entry_of, read_rows, row_of, written
from rueckhalt_intake.help.schemas import FORM_TOPICS, MOTIVE_TOPICS, EntrySchema, ImportSchema
from rueckhalt_shared.contracts.codes import AFFECTED_GROUPS, FORMS, MOTIVES
from rueckhalt_shared.identity.roles import HELP
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import caller, database, requires, settings

pages = Blueprint(
    "help_entries", "rueckhalt_intake", url_prefix="/help/entries", template_folder="templates"
)
_EDIT, _IMPORT = "intake/help_edit.html", "intake/help_import.html"


@pages.get("")
@requires(HELP)
def choose_place() -> AnyResponse | str:
    """Whose entries; with one municipality only, straight to them."""
    places = caller().municipalities
    if len(places) == 1:
        return redirect(url_for(".list_entries", ars=places[0]), 303)
    return render_template("intake/help_places.html", places=places)


@pages.get("/<string:ars>")
@requires(HELP)
def list_entries(ars: str) -> str:
    """Everything the pages of a municipality may show, with what is old and what is its own."""
    caller().must_reach(ars)
    today = database().clock().astimezone(BERLIN).date()
    entries = sorted(
        database().read(handlers.known_to, ars), key=lambda each: (each.checked_at, each.name)
    )
    return render_template(
        "intake/help_entries.html",
        ars=ars,
        rows=[(each, _standing(each, (today - each.checked_at))) for each in entries],
    )


@pages.get("/<string:ars>/export.csv")
@requires(HELP)
def export(ars: str) -> Response:
    """The own entries as a file, or with `?all=1` everything that is shown."""
    caller().must_reach(ars)
    which = handlers.known_to if request.args.get("all") else handlers.kept_by
    text = written(database().read(which, ars))
    answer = Response("\ufeff" + text, mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="hilfe-{ars}.csv"'
    return answer


@pages.get("/<string:ars>/poster.pdf")
@requires(HELP)
def print_poster(ars: str) -> Response:
    """The poster of a town as PDF, in the reader's language."""
    caller().must_reach(ars)
    town = towns.known().find(ars)
    if town is None:
        abort(404)
    made = posters.poster_of(town, language(), base_url=settings().base_url)
    answer = Response(posters.pdf_of(made, now=database().clock()), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="plakat-{made.language}.pdf"'
    return answer


@pages.get("/<string:ars>/import")
@requires(HELP)
def ask_import(ars: str) -> str:
    """Ask for a file; a dry run is the default."""
    caller().must_reach(ars)
    return render_template(_IMPORT, ars=ars, form=Form.blank(dry_run="true"), change=None)


@pages.post("/<string:ars>/import")
@requires(HELP)
def take_import(ars: str) -> AnyResponse | str:
    """Read the file, tell every fault with line and column, and take it if there is none."""
    caller().must_reach(ars)
    body = ImportSchema().load({"dry_run": "dry_run" in request.form})
    file = request.files.get("file")
    try:
        entries = read_rows(file.read() if file else b"", owner=ars)
        change = database().run(
            handlers.take, ars, entries, by=caller().sender, dry_run=body["dry_run"]
        )
    except BadRows as bad:
        errors = [FieldError("file", told) for told in bad.lines(language())]
        return forms.Invalid(Form.sent(*errors)).page(_IMPORT, ars=ars, change=None)
    except handlers.TooManyEntries:
        error = FieldError("file", words("help.too_many", most=handlers.MOST))
        return forms.Invalid(Form.sent(error)).page(_IMPORT, ars=ars, change=None)
    if body["dry_run"]:
        return render_template(_IMPORT, ars=ars, form=Form.sent(), change=change)
    count = len(change.added) + len(change.changed)
    answer = redirect(url_for(".list_entries", ars=ars), 303)
    return notes.leave(answer, "help.imported", count=str(count))


@pages.get("/<string:ars>/new")
@requires(HELP)
def ask_new(ars: str) -> str:
    """A blank entry, checked today."""
    caller().must_reach(ars)
    today = database().clock().astimezone(BERLIN).date()
    blank = Form.blank(checked_at=today, checked_by=caller().name or "", visibility="public")
    return render_template(_EDIT, form=blank, **_around(ars))


@pages.post("/<string:ars>/new")
@requires(HELP)
def add_entry(ars: str) -> AnyResponse:
    """Keep a new entry."""
    caller().must_reach(ars)
    return _kept(ars, "")


@pages.get("/<string:ars>/edit/<string:entry_id>")
@requires(HELP)
def ask_entry(ars: str, entry_id: str) -> str:
    """One entry, to be put right; one of the package becomes an own one."""
    caller().must_reach(ars)
    entry = database().read(handlers.find, ars, entry_id)
    cell = row_of(entry)
    split = {name: cells.split(cell[name]) for name in ("topics", "groups")}
    return render_template(_EDIT, form=Form.blank(**(cell | split)), **_around(ars, entry))


@pages.post("/<string:ars>/edit/<string:entry_id>")
@requires(HELP)
def change_entry(ars: str, entry_id: str) -> AnyResponse:
    """Keep what was changed."""
    caller().must_reach(ars)
    return _kept(ars, entry_id)


@pages.get("/<string:ars>/remove/<string:entry_id>")
@requires(HELP)
def ask_removal(ars: str, entry_id: str) -> str:
    """Ask before an own entry goes."""
    caller().must_reach(ars)
    entry = database().read(handlers.find, ars, entry_id)
    return render_template(
        "rueckhalt/confirm.html",
        heading=words("help.remove"),
        lead=words("help.remove_lead", name=entry.name),
        action=url_for(".remove_entry", ars=ars, entry_id=entry_id),
        button=words("help.remove"),
        back=url_for(".list_entries", ars=ars),
    )


@pages.post("/<string:ars>/remove/<string:entry_id>")
@requires(HELP)
def remove_entry(ars: str, entry_id: str) -> AnyResponse:
    """Drop an own entry."""
    caller().must_reach(ars)
    database().run(handlers.remove, ars, entry_id, by=caller().sender)
    return notes.leave(redirect(url_for(".list_entries", ars=ars), 303), "help.removed_note")


def _kept(ars: str, entry_id: str) -> AnyResponse:
    entry = database().read(handlers.find, ars, entry_id) if entry_id else None
    try:
        body: dict[str, Any] = forms.read(EntrySchema())
        lists = {name: ";".join(body.pop(name)) for name in ("topics", "groups")}
        row = {name: " ".join(told.split()) for name, told in body.items()} | lists
        row["id"] = entry_id or row["id"]
        if faults := tuple(cells.faults_of(row, owner=ars)):
            errors = (FieldError(each.field, each.told(language())) for each in faults)
            raise forms.Invalid(Form.sent(*errors))
        database().run(handlers.take, ars, [entry_of(row, owner=ars)], by=caller().sender)
    except forms.Invalid as bad:
        return bad.page(_EDIT, **_around(ars, entry))
    except handlers.TooManyEntries:
        error = FieldError("", words("help.too_many", most=handlers.MOST))
        return forms.Invalid(Form.sent(error)).page(_EDIT, **_around(ars, entry))
    answer = redirect(url_for(".list_entries", ars=ars), 303)
    return notes.leave(answer, "help.kept", name=row["name"])


def _standing(entry: Entry, age: Any) -> str:
    if age > HIDE_HOURS_AFTER:
        return "stale"
    return "old" if age > WARN_AFTER else "fresh"


def _around(ars: str, entry: Entry | None = None) -> dict[str, Any]:
    lang = language()
    return {
        "ars": ars,
        "entry": entry,
        "kinds": [(code, words(f"help.kind.{code}")) for code in KINDS],
        "visibilities": [(code, words(f"help.visibility.{code}")) for code in VISIBILITIES],
        "answers": [("yes", words("help.yes")), ("no", words("help.no"))],
        "topics": [(c, FORMS.label(c, lang)) for c in FORM_TOPICS]
        + [(c, MOTIVES.label(c, lang)) for c in MOTIVE_TOPICS],
        "groups": [(code, AFFECTED_GROUPS.label(code, lang)) for code in cells.GROUPS],
    }
