# SPDX-License-Identifier: EUPL-1.2
"""The audit for those who supervise: is the chain whole, what lies outside, read it in pairs.

The same pages stand in each service over its own chains, and under `/account` over those of the
identity store: `pages_of` makes a blueprint for one store.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from marshmallow import fields, validate

from rueckhalt_shared.access import account_page, caller, requires
from rueckhalt_shared.audit import reading, standing, store
from rueckhalt_shared.audit.standing import ASKED, FETCHED
from rueckhalt_shared.audit.stating import IDENTITY, SPEAKER, Stating
from rueckhalt_shared.audit.store import Reading
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.identity.roles import AUDIT
from rueckhalt_shared.identity.showing import accounts_of, name_of
from rueckhalt_shared.pages import forms, notes
from rueckhalt_shared.pages.forms import Form
from rueckhalt_shared.pages.frame import frame
from rueckhalt_shared.pages.words import knows, words
from rueckhalt_shared.parsing import RequestSchema
from rueckhalt_shared.problems import Problem

_BERLIN = ZoneInfo("Europe/Berlin")
_PAGE = 50
_LISTED = timedelta(days=90)
_ACTS = ("ask", "check", "mail", "fetch")


class AskSchema(RequestSchema):
    """Which days of which municipality, and why."""

    municipality = fields.String(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    why = fields.String(required=True, validate=validate.OneOf(reading.WHYS))
    action = fields.String()


def pages_of(name: str, prefix: str, chains: Callable[[], Database]) -> Blueprint:
    """The pages over the chains of one store; `name` is the blueprint's."""
    pages = Blueprint(name, __name__, url_prefix=prefix)
    audit = _Audit(name, chains)

    @pages.get("")
    @requires(AUDIT)
    def show_audit() -> Response:
        """Every chain of one's municipalities, and the requests to read one."""
        return audit.page(Form.blank())

    @pages.post("")
    @requires(AUDIT)
    def act() -> Any:
        """Ask to read, look at a chain as a whole, or give its head away: the button says which."""
        action = request.form.get("action", "")
        return getattr(audit, action)() if action in _ACTS else audit.page(Form.blank())

    @pages.get("/requests/<uuid:request_id>")
    @requires(AUDIT, fresh=True)
    def show_request(request_id: UUID) -> Response:
        """One request, with what may be done."""
        return audit.request_page(str(request_id))

    @pages.post("/requests/<uuid:request_id>")
    @requires(AUDIT, fresh=True)
    def confirm_request(request_id: UUID) -> Any:
        """Agree to somebody else's request."""
        return audit.confirm(str(request_id))

    @pages.get("/requests/<uuid:request_id>/rows")
    @requires(AUDIT, fresh=True)
    def show_rows(request_id: UUID) -> Response:
        """The rows of a confirmed request, page by page; each look is recorded."""
        return audit.rows_page(str(request_id), request.args.get("after", "0"))

    return pages


class _Audit:
    """What the views do, over one store."""

    def __init__(self, name: str, chains: Callable[[], Database]) -> None:
        self._name = name
        self._chains = chains

    def page(self, form: Form, status: int = 200) -> Response:
        chains, places = self._chains(), caller().municipalities
        now = chains.clock()
        html = render_template(
            "rueckhalt/audit/audit.html",
            form=form,
            to=self._to,
            store=chains.service,
            standings=[chains.read(standing.standing, place) for place in places],
            readings=[
                (each, reading.state_of(each, now), name_of(each.requested_by))
                for each in chains.read(store.readings, places, now - _LISTED)
            ],
            places=[(place, place) for place in places],
            whys=[(why, words(f"audit.why.{why}")) for why in reading.WHYS],
            may_mail=_may_mail(),
            beside=_beside(chains),
        )
        return Response(html, status)

    def ask(self) -> Any:
        try:
            body = forms.read(AskSchema())
            if body["municipality"] not in caller().municipalities:
                raise forms.wrong(municipality="error.choice")
            if body["until"] < body["since"]:
                raise forms.wrong(until="audit.until_before_since")
        except forms.Invalid as bad:
            return self.page(bad.form, 422)
        asked = self._chains().run(
            reading.ask,
            municipality=body["municipality"],
            since=_midnight(body["since"]),
            until=_midnight(body["until"] + timedelta(days=1)),
            why=body["why"],
            by=caller().sender,
        )
        return notes.leave(self._go("show_request", request_id=asked.id), "audit.asked_note")

    def check(self) -> Any:
        found = standing.check(self._chains(), self._place())
        told = "audit.checked_note" if found.fault is None else "audit.broken_note"
        return notes.leave(
            self._go("show_audit"), told, kind="success" if found.fault is None else "danger"
        )

    def mail(self) -> Any:
        if not _may_mail():
            return self.page(Form.blank())
        self._stating().give(self._chains(), self._place(), way=ASKED)
        return notes.leave(self._go("show_audit"), "audit.mailed_note")

    def fetch(self) -> Any:
        signed = self._stating().give(self._chains(), self._place(), way=FETCHED)
        if signed is None:
            return self.page(Form.blank())
        name = f"audit-head-{signed['service']}-{signed['at'][:10]}.json"
        answer = Response(json.dumps(signed, indent=1) + "\n", mimetype="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def request_page(self, request_id: str, status: int = 200, *, error: str = "") -> Response:
        asked, me = self._found(request_id), caller().sender
        state = reading.state_of(asked, self._chains().clock())
        html = render_template(
            "rueckhalt/audit/request.html",
            form=Form.blank(),
            to=self._to,
            asked=asked,
            state=state,
            error=error,
            until=asked.confirmed_at and asked.confirmed_at + reading.OPEN_FOR,
            asked_by=name_of(asked.requested_by),
            confirmed_by=name_of(asked.confirmed_by or ""),
            may_confirm=state == "waiting"
            and asked.requested_by not in {me, *accounts_of(caller())},
            may_read=state == "open" and me in (asked.requested_by, asked.confirmed_by),
        )
        return Response(html, status)

    def confirm(self, request_id: str) -> Any:
        self._found(request_id)
        try:
            who = caller()
            self._chains().run(reading.confirm, request_id, by=who.sender, alike=accounts_of(who))
        except reading.SamePerson:
            return self.request_page(request_id, 409, error="audit.same_person")
        return notes.leave(self._go("show_request", request_id=request_id), "audit.confirmed_note")

    def rows_page(self, request_id: str, after: str) -> Response:
        asked, me = self._found(request_id), caller().sender
        start = int(after) if after.isdecimal() and len(after) < 16 else 0
        try:
            rows = self._chains().run(reading.read, request_id, by=me, after=start, limit=_PAGE + 1)
        except reading.NotConfirmed:
            return self.request_page(request_id, 409, error="audit.not_open")
        except reading.NoSuchReading:
            raise _unknown() from None
        names = {each["who"]: name_of(each["who"]) for each in rows}
        html = render_template(
            "rueckhalt/audit/rows.html",
            to=self._to,
            asked=asked,
            rows=rows[:_PAGE],
            names=names,
            label=label,
            after=self._to("show_rows", request_id=request_id, after=rows[_PAGE - 1]["n"])
            if len(rows) > _PAGE
            else None,
            before=self._to("show_rows", request_id=request_id) if start else None,
        )
        return Response(html)

    def _found(self, request_id: str) -> Reading:
        try:
            asked = self._chains().read(reading.find, request_id)
        except reading.NoSuchReading:
            raise _unknown() from None
        if not caller().reaches(asked.municipality):
            raise _unknown()
        return asked

    def _place(self) -> str:
        place = request.form.get("municipality", "")
        if place not in caller().municipalities:
            raise _unknown()
        return place

    def _stating(self) -> Stating:
        rooms = _rooms()
        tombstones.install(rooms.database, rooms.settings)  # what the signing key comes from
        return Stating(database=rooms.database, settings=rooms.settings)

    def _to(self, view: str, **values: Any) -> str:
        return url_for(f"{self._name}.{view}", **values)

    def _go(self, view: str, **values: Any) -> Any:
        return redirect(self._to(view, **values), 303)


def label(kind: str, code: str) -> str:
    """A code of the audit in words; the code itself where nobody has found any."""
    message = f"audit.{kind}.{code}"
    return words(message) if knows(message) else code


def _may_mail() -> bool:
    """Only intake speaks about the audit, and only notify writes mails."""
    rooms = _rooms()
    return rooms.database.service == SPEAKER and "notify" in rooms.settings.services


def _beside(chains: Database) -> str:
    """The address of the same page over the other store; empty where it has none."""
    if chains.service != IDENTITY:
        return account_page("audit")
    address = frame().address(SPEAKER)
    return f"{address.removesuffix('/.')}/audit" if address else ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _BERLIN)


def _rooms() -> Any:
    return current_app.extensions["rueckhalt"]


def _unknown() -> Problem:
    return Problem(404, "No such request", "There is no such request in your municipality.")
