# SPDX-License-Identifier: EUPL-1.2
"""Who is in the mailbox of which incident: by the code, or signed in with one's own report."""

from typing import Any, cast

from flask import abort, current_app, redirect, request, url_for

from rueckhalt_intake.incidents import erasing
from rueckhalt_intake.incidents.domain import Erased, Incident, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.mailbox import handlers, writing
from rueckhalt_intake.mailbox.brake import AlmostSame
from rueckhalt_intake.mailbox.domain import FROM_REPORTER, Message, NoMailboxCode
from rueckhalt_intake.mailbox.line import FREE, InLine, Line, Ticket
from rueckhalt_intake.report import handlers as drafts
from rueckhalt_intake.report.domain import Draft
from rueckhalt_intake.report.holding import LINE, VISIT
from rueckhalt_intake.report.keeping import Drafts
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.headers import cookie_name
from rueckhalt_shared.identity import attempts
from rueckhalt_shared.identity.attempts import network_of
from rueckhalt_shared.web import database, extension

BY_CODE = "whoever reported comes by the code that only they have"
HOUSE = "a code leads to its report by the pages of any town of the house"
_ATTEMPTS = "mailbox"


def reception() -> Reception:
    """Where this app receives reports."""
    return cast(Reception, extension("reception"))


def keeper() -> Drafts:
    """Where this app keeps drafts, and derives codes."""
    return cast(Drafts, extension("drafts"))


def inside() -> Incident | None:
    """The incident of this browser's visit; none where nobody is in."""
    token = request.cookies.get(cookie_name(VISIT), "")
    return database().run(_visited, token) if token else None


def visited() -> Incident:
    """The same; whoever is not in is asked for the words first."""
    incident = inside()
    if incident is None:
        abort(redirect(url_for("entering.ask_words"), 303))
    return incident


def own_reach(incident: Incident) -> Reach:
    """This very report, as whoever sent it: `sender` is theirs, or chance."""
    return Reach(
        municipalities=(incident.municipality,), mode=incident.mode, sender=incident.sender
    )


def by_words(typed: str, ticket: str = "") -> str | Draft:
    """The incident, or the draft, a code leads to.

    Raises NoMailboxCode, Erased, InLine, PleaseWait, Unavailable.
    What cannot be a code is told at once and counts for nothing. Each other attempt counts before
    it is judged; only a right code clears the count.
    """
    spelled = keeper().codes.spelled(typed)
    people: Any = current_app.extensions["rueckhalt"].people
    network = network_of(request.remote_addr)
    if people.database.run(attempts.counted, _ATTEMPTS, network) >= FREE:
        _wait_in_line(spelled, ticket, network)
    if seconds := _almost_same().note(spelled, database().clock()):
        raise attempts.PleaseWait(seconds)
    bucket = people.database.run(attempts.note, _ATTEMPTS, network)
    box = keeper().codes.opened(spelled)
    found = database().read(_found, box.lookup)
    people.database.run(attempts.clear, bucket)
    _almost_same().forgive(spelled)
    return found


def ticket_held() -> Ticket | None:
    """The place in the line that this browser has."""
    return _line().find(request.cookies.get(cookie_name(LINE), ""))


def _wait_in_line(spelled: str, sealed: str, network: str) -> None:
    """Raises InLine until it is these words' turn."""
    now = database().clock()
    ticket = _line().find(sealed)
    if ticket is None or ticket.words != spelled:
        ticket = _line().take(spelled, network, now)
    if (seconds := ticket.left(now)) > 0:
        raise InLine(ticket, seconds)


def _line() -> Line:
    return cast(Line, extension("line"))


def _almost_same() -> AlmostSame:
    return cast(AlmostSame, extension("almost_same"))


def come_in(incident_id: str, token: str) -> None:
    """A visit begins."""
    database().run(handlers.come_in, incident_id, token)


def leave() -> None:
    """The visit of this browser ends."""
    if token := request.cookies.get(cookie_name(VISIT), ""):
        database().run(handlers.go_out, token)


def from_reporter(incident: Incident, text: str, kind: str) -> Message:
    """A message of whoever reported, sealed; raises SealedStrictly."""
    now = database().clock()
    vault = reception().vault
    return writing.sealed(vault, incident, text, direction=FROM_REPORTER, kind=kind, now=now)


def write(tx: Transaction, incident_id: str, message: Message) -> None:
    """Keep a message, one after the other."""
    handlers.write(tx, locked(tx, incident_id), message)


def locked(tx: Transaction, incident_id: str) -> Incident:
    """The incident, until the transaction ends; raises NoSuchIncident."""
    erasing.lock(tx, incident_id)
    incident = erasing.whoever_asks(tx, incident_id)
    if incident is None:
        raise NoSuchIncident(f"no incident {incident_id}")
    return incident


def _visited(tx: Transaction, token: str) -> Incident | None:
    incident_id = handlers.visited(tx, token)
    return erasing.whoever_asks(tx, incident_id) if incident_id is not None else None


def _found(tx: Transaction, lookup: str) -> str | Draft:
    try:
        return handlers.incident_of(tx, lookup)
    except NoMailboxCode:
        draft = drafts.find_by_words(tx, lookup)
        if draft is None and erasing.was_mailbox(tx, lookup):
            raise Erased("the incident was erased") from None
        if draft is None:
            raise
        return draft
