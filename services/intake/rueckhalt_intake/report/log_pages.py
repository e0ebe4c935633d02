# SPDX-License-Identifier: EUPL-1.2
"""`/log`: a private log. It tells nobody anything until its writer makes a report of it."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake import towns
from rueckhalt_intake.desk.showing import moment
from rueckhalt_intake.report import domain
from rueckhalt_intake.report.domain import LOG, LogEntry
from rueckhalt_intake.report.handlers import ChangedElsewhere
from rueckhalt_intake.report.holding import COOKIES, Held, drafts, held, hold, let_go
from rueckhalt_intake.report.pages import ASKS_ITSELF, HOUSE
from rueckhalt_intake.report.schemas import EntrySchema
from rueckhalt_shared.contracts.instants import read_instant, spell_instant
from rueckhalt_shared.pages import csrf, forms
from rueckhalt_shared.pages.forms import FieldError, Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.web import database, public

pages = Blueprint("diary", __name__, url_prefix="/log", template_folder="templates")
_OPEN = "whoever is not ready to report notes things down for themselves, without an account"


@pages.get("")
@public(_OPEN, whole_house=HOUSE)
def show() -> AnyResponse:
    """The notes of this browser's log, and room for the next one."""
    towns.here()
    return Response(_page(held(LOG), Form.blank()))


@csrf.exempt(ASKS_ITSELF)
@pages.post("")
@public(_OPEN, whole_house=HOUSE)
def add_entry() -> AnyResponse:
    """One note more, with the time of now."""
    mine = held(LOG)
    if not csrf.is_ours():
        return Response(_page(mine, Form.sent(FieldError("", words("report.came_late")))), 409)
    try:
        body = forms.read(EntrySchema())
        token = _kept(mine, body["text"])
    except forms.Invalid as bad:
        return Response(_page(mine, bad.form), 422)
    except ChangedElsewhere:
        told = FieldError("", words("report.changed_elsewhere"))
        return Response(_page(mine, Form.sent(told)), 409)
    return hold(redirect(url_for(".show"), 303), token, LOG)


@csrf.exempt(ASKS_ITSELF)
@pages.post("/words")
@public(_OPEN, whole_house=HOUSE)
def give_words() -> AnyResponse:
    """Seven words that lead back to the log."""
    mine = held(LOG)
    if mine.draft is None or not csrf.is_ours():
        return redirect(url_for(".show"), 303)
    code = drafts().words(mine.draft, mine.token)
    back = url_for(".show")
    return Response(render_template("intake/words.html", code=code, back=back, days=365))


@csrf.exempt(ASKS_ITSELF)
@pages.post("/report")
@public(_OPEN, whole_house=HOUSE)
def make_report() -> AnyResponse:
    """Its writer's word: a report begins with what the log says; the log itself stays."""
    mine = held(LOG)
    if mine.draft is None or not csrf.is_ours():
        return redirect(url_for(".show"), 303)
    entries = entries_of(mine)
    told = domain.told_as_report(entries, spelled={each.at: moment(each.at) for each in entries})
    begun = held()
    if begun.draft is None or begun.is_sent:
        token = drafts().begin(mine.draft.municipality, {"answers": {"narrative": told}})
        return hold(redirect(url_for("report.ask", step=domain.DANGER), 303), token)
    written = "\n\n".join(filter(None, (begun.answers.get("narrative"), told)))
    answers = begun.answers | {"narrative": written}
    drafts().keep(begun.draft, begun.content | {"answers": answers})
    return redirect(url_for("sending.review"), 303)


@csrf.exempt(ASKS_ITSELF)
@pages.post("/discard")
@public(_OPEN, whole_house=HOUSE)
def discard() -> AnyResponse:
    """Throw the log away, at once and for good."""
    mine = held(LOG)
    if mine.draft is None or not csrf.is_ours():
        return redirect(url_for(".show"), 303)
    drafts().discard(mine.draft)
    return let_go(redirect(url_for("doors.start"), 303), COOKIES[LOG])


def entries_of(mine: Held) -> list[LogEntry]:
    """The notes, oldest first."""
    found: list[dict[str, Any]] = mine.content.get("entries", [])
    return [LogEntry(at=read_instant(each["at"]), text=each["text"]) for each in found]


def _kept(mine: Held, text: str) -> str:
    now: datetime = database().clock()
    entries = [*mine.content.get("entries", []), {"at": spell_instant(now), "text": text}]
    content = mine.content | {"entries": entries}
    if mine.draft is None:
        return drafts().begin(towns.here().ars, content, kind=LOG)
    drafts().keep(mine.draft, content)
    return mine.token


def _page(mine: Held, form: Form) -> str:
    entries = [(moment(each.at), each.text) for each in entries_of(mine)]
    return render_template("intake/log.html", form=form, held=mine, entries=entries)
