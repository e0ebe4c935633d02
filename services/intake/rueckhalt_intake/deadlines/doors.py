# SPDX-License-Identifier: EUPL-1.2
"""What the pages of deadlines show and take, whichever door somebody has come through."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake.deadlines import handlers, showing
from rueckhalt_intake.deadlines.calendar_file import ical_of
from rueckhalt_intake.deadlines.domain import AFFECTED, PAUSES, SUPERIOR, BadClock, Clock, Pause
from rueckhalt_intake.deadlines.schemas import ClockSchema
from rueckhalt_intake.incidents.domain import BERLIN, Incident
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.web import database

_NUMBER = re.compile(r"[1-9]\d?", re.ASCII)
_LIST, _CLOCK = "intake/deadlines.html", "intake/deadline_clock.html"


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where somebody comes from, and whose clocks they may set."""

    endpoints: str  # how the endpoints behind it begin
    back: str  # the address of the incident's page
    who: str
    why: str
    names: Mapping[str, str] = field(default_factory=dict)  # what each address needs
    sets: frozenset[str] | None = None  # None: everybody's
    layout: str = "rueckhalt/page.html"  # the frame of its pages

    def may_set(self, entitled: str) -> bool:
        """May somebody behind this door say since when this person knows?"""
        return self.sets is None or entitled in self.sets

    def address(self, what: str, **names: str) -> str:
        """The address of a page behind this door."""
        address: str = url_for(f"{self.endpoints}_{what}", **{**self.names, **names})  # type: ignore[arg-type]
        return address


def clock_at(incident: Incident, key: tuple[str, str, str]) -> Clock:
    code, entitled, offender = key
    number = int(offender) if _NUMBER.fullmatch(offender) else 0
    found = database().read(handlers.clock_of, incident, code, entitled=entitled, offender=number)
    if found is None:
        raise Problem(404, detail="There is no such clock.")
    return found


def listed(door: Door, incident: Incident) -> str:
    found = database().read(handlers.of_incident, incident)
    today = database().clock().astimezone(BERLIN).date()
    rows = [
        showing.shown(each, today)
        | {"href": _address(door, each.clock) if door.may_set(each.entitled) else ""}
        for each in found
        if each.rule.kind == "law" or today <= each.legal_end
    ]
    return render_template(
        _LIST,
        rows=rows,
        more=_more(door, found),
        hints=showing.hints(),
        caution=showing.caution(),
        back=door.back,
        layout=door.layout,
        calendar=door.address("calendar"),
    )


def _more(door: Door, found: Any) -> list[tuple[str, str]]:
    """Clocks that run only when somebody says so."""
    known = {each.code for each in found}
    wished = []
    if (offender := handlers.next_offender(found)) is not None:
        wished.append(Clock(code=handlers.STRAFANTRAG, entitled=AFFECTED, offender=offender))
    wished += [
        Clock(code=code, entitled=SUPERIOR)
        for code in ("unfallanzeige", "hinschg")
        if code not in known and door.may_set(SUPERIOR)
    ]
    return [(_address(door, e), words(f"deadlines.add.{e.code}")) for e in wished]


def _address(door: Door, clock: Clock) -> str:
    return door.address(
        "clock",
        deadline=clock.code,
        entitled=clock.entitled,
        offender=str(clock.offender),
    )


def asked(door: Door, clock: Clock) -> str:
    _refuse(door, clock)
    form = Form.blank(**showing.values(clock))
    return render_template(_CLOCK, form=form, **_around(door, clock))


def keep(door: Door, incident: Incident, clock: Clock) -> AnyResponse:
    _refuse(door, clock)
    try:
        body = forms.read(ClockSchema())
        told = _told(clock, **body)
        database().run(handlers.set_clock, incident, told, who=door.who, why=door.why)
    except forms.Invalid as bad:
        return bad.page(_CLOCK, **_around(door, clock))
    except BadClock as error:
        refused = forms.wrong(**{error.field: f"deadlines.wrong.{error.field}"})
        return refused.page(_CLOCK, **_around(door, clock))
    return notes.leave(redirect(door.address("list"), 303), "deadlines.kept")


def _refuse(door: Door, clock: Clock) -> None:
    if not door.may_set(clock.entitled):
        raise Problem(404, detail="There is no such clock.")


def _told(
    clock: Clock, *, pause_since: Any, pause_until: Any, pause_reason: Any, **days: Any
) -> Clock:
    pause = None
    if pause_since is not None:
        if pause_reason is None:
            raise BadClock("pause_reason", "must be told")
        pause = Pause(since=pause_since, until=pause_until, reason=pause_reason)
    elif pause_until is not None or pause_reason is not None:
        raise BadClock("pause_since", "must be told")
    return Clock(
        code=clock.code, entitled=clock.entitled, offender=clock.offender, pause=pause, **days
    )


def _around(door: Door, clock: Clock) -> dict[str, Any]:
    return {
        "clock": clock,
        "is_strafantrag": clock.code == handlers.STRAFANTRAG,
        "pauses": [(each, words(f"deadlines.pause.{each}")) for each in PAUSES],
        "back": door.address("list"),
        "layout": door.layout,
    }


def calendar_of(incident: Incident) -> Response:
    found = database().read(handlers.of_incident, incident)
    title, now = words("deadlines.calendar_title"), database().clock()
    file = ical_of(found, about=incident.id, title=title, now=now)
    answer = Response(file, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="kalender.ics"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
