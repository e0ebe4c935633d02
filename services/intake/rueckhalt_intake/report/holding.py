# SPDX-License-Identifier: EUPL-1.2
"""The draft of this browser: its cookie, its town, and who is asking."""

from dataclasses import dataclass, field
from typing import Any, cast

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from rueckhalt_intake import towns
from rueckhalt_intake.incidents.domain import PAGE
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.report.domain import LOG, REPORT, Draft, NoDraft
from rueckhalt_intake.report.keeping import Drafts
from rueckhalt_shared.access import signed_in
from rueckhalt_shared.headers import cookie_name
from rueckhalt_shared.identity import arriving
from rueckhalt_shared.web import Caller, extension, settings

COOKIES = {REPORT: "rueckhalt_draft", LOG: "rueckhalt_log"}
VISIT = "rueckhalt_case"
LINE = "rueckhalt_line"
_SCOPES = ("incident:create",)


@dataclass
class Held:
    """The draft in this browser's hand; none before the first answer."""

    token: str = ""
    draft: Draft | None = None
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered so far."""
        found: dict[str, Any] = self.content.get("answers", {})
        return found

    @property
    def is_sent(self) -> bool:
        """Is it a report already? Then its cookie leads to the receipt, for a day."""
        return self.draft is not None and self.draft.incident_id is not None

    @property
    def by_phone(self) -> bool:
        """Does somebody of the municipality write down what a caller says?"""
        return bool(self.content.get("by_phone"))

    @property
    def municipality(self) -> str:
        """The town it is for: that of the draft, else that of the page."""
        return self.draft.municipality if self.draft is not None else towns.here().ars


def drafts() -> Drafts:
    """Where this app keeps drafts."""
    return cast(Drafts, extension("drafts"))


def reception() -> Reception:
    """Where this app receives reports."""
    return cast(Reception, extension("reception"))


def held(kind: str = REPORT) -> Held:
    """What this browser holds."""
    token = request.cookies.get(cookie_name(COOKIES[kind]), "")
    if not token:
        return Held()
    try:
        draft = drafts().find(token)
    except NoDraft:
        return Held()
    if draft.kind != kind:
        return Held()
    return Held(token, draft, drafts().opened(draft))


def hold(answer: AnyResponse, token: str, kind: str = REPORT) -> AnyResponse:
    """This browser holds the draft from now on, until it is closed."""
    return _set(answer, COOKIES[kind], token)


def visit(answer: AnyResponse, token: str) -> AnyResponse:
    """This browser is in the mailbox from now on."""
    return _set(answer, VISIT, token)


def stand_in_line(answer: AnyResponse, ticket: str) -> AnyResponse:
    """This browser has a place in the line, until it is closed."""
    return _set(answer, LINE, ticket)


def let_go(answer: AnyResponse, *names: str) -> AnyResponse:
    """Nothing of ours stays in this browser."""
    for name in names or (*COOKIES.values(), VISIT, LINE):
        answer.delete_cookie(cookie_name(name), path="/", secure=request.is_secure)
    return answer


def account_for(municipality: str) -> Caller | None:
    """The person signed in, where a role lets them report there."""
    person = signed_in()
    if person is None:
        return None
    found = arriving.caller_of(person, _SCOPES, mode=_mode())
    may = not found.scopes.isdisjoint(_SCOPES) and found.reaches(municipality)
    return found if may else None


def caller_for(municipality: str, *, without_account: bool = False) -> Caller:
    """Who reports: the person signed in, unless they would rather not; else the page."""
    found = None if without_account else account_for(municipality)
    if found is not None:
        return found
    return Caller(
        sender=PAGE,
        key_id="",
        mode=_mode(),
        scopes=frozenset(_SCOPES),
        municipalities=(municipality,),
        account=PAGE,  # a person: the limits of a flood count, unlike for machines
    )


def _mode() -> Any:
    return "demo" if settings().is_demo else "live"


def _set(answer: AnyResponse, name: str, token: str) -> AnyResponse:
    answer.set_cookie(
        cookie_name(name),
        token,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return answer
