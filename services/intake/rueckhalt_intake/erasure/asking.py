# SPDX-License-Identifier: EUPL-1.2
"""Erasing takes two persons: one asks, another one decides; a hold stops both with its reason.

Whoever a report keeps away from its case (`excluded`) finds neither request nor hold here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from rueckhalt_intake.erasure import domain, handlers, requests, store
from rueckhalt_intake.erasure.domain import Hold, NoSuchHold, OnHold
from rueckhalt_intake.erasure.requests import DECLINED, OPEN, Request
from rueckhalt_intake.incidents import erasing as incidents
from rueckhalt_intake.incidents.domain import Incident, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.vault.sealing import SealedStrictly, Vault
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

_FIELDS = {domain.CASE: "case", domain.SOURCE: "identity", domain.ATTACHMENT: "evidence"}
REPORTER = "reporter"  # stands in the audit instead of the account that reported: it may be erased


class NoSuchRequest(Exception):
    """There is no such request, or not for this person."""


class SamePerson(Exception):
    """Who asked cannot decide: that takes somebody else."""


class AlreadyDecided(Exception):
    """Somebody has declined it before."""


class NotYours(Exception):
    """Somebody else has set this hold, and this person does not decide about erasures."""


@dataclass(frozen=True, kw_only=True)
class Overseer:
    """A signed-in person, with the municipalities in which they supervise."""

    sender: str
    person: str | None
    municipalities: tuple[str, ...]
    mode: str
    decides_in: tuple[str, ...] = ()
    """Where they decide about erasures: somebody may serve two towns in different roles."""
    accounts: frozenset[str] = frozenset()  # the senders of all accounts of the same person

    @property
    def alike(self) -> frozenset[str]:
        """Every sender that is this person: two accounts do not make two persons."""
        return self.accounts | {self.sender}

    def decides_at(self, municipality: str) -> bool:
        """Do they decide about erasures of this municipality?"""
        return any(municipality.startswith(place) for place in self.decides_in)

    @property
    def reach(self) -> Reach:
        """Every incident there, whoever reported it."""
        return Reach(municipalities=self.municipalities, mode=self.mode, sender=None)


def ask(tx: Transaction, incident_id: str, who: Overseer, *, scope: str, reason: str) -> Request:
    """Ask for an erasure; raises NoSuchIncident, Erased, OnHold. Asking again changes nothing."""
    return _asked(tx, _visible(tx, incident_id, who), who.sender, scope=scope, reason=reason)


def ask_for_own(
    tx: Transaction, incident_id: str, reach: Reach, *, scope: str, reason: str
) -> Request:
    """The same by whoever reported it: `reach` names them as sender."""
    incident = incidents.find_locked(tx, incident_id, reach)
    return _asked(tx, incident, incident.sender, scope=scope, reason=reason, by_reporter=True)


def ask_for_file(
    tx: Transaction, incident: Incident, attachment_id: str, by: str, *, reason: str
) -> Request:
    """Ask for the erasure of one file of an incident the caller has found by right; raises OnHold.

    `by` is `reporter`, or somebody at the desk. A person who decides sees it at /erasures.
    """
    incidents.lock(tx, incident.id)
    is_own = by == REPORTER
    told = {"scope": domain.ATTACHMENT, "reason": reason, "attachment_id": attachment_id}
    return _asked(tx, incident, incident.sender if is_own else by, by_reporter=is_own, **told)


def of_files(tx: Transaction, incident_id: str) -> dict[str, Request]:
    """The latest request for each file of an incident."""
    found = reversed(requests.of_incident(tx, incident_id))
    return {each.attachment_id: each for each in found if each.attachment_id is not None}


def deciding(tx: Transaction, request_id: str, who: Overseer) -> Request:
    """The request, if this person may decide it now.

    Raises NoSuchRequest, SamePerson, AlreadyDecided, OnHold.
    """
    request = find(tx, request_id, who)
    if request.state != OPEN:
        raise AlreadyDecided("declined before")
    if request.asked_by in who.alike:
        raise SamePerson("who asked cannot decide")
    if hold := handlers.live_hold(tx, request.incident_id):
        raise OnHold(hold)
    return request


def decline(tx: Transaction, request_id: str, who: Overseer, *, answer: str) -> Request:
    """Say no, with the reason that whoever asked gets to read."""
    if incident := requests.incident_of(tx, request_id):
        incidents.lock(tx, incident)  # as whoever orders it does: one of the two comes first
    request = find(tx, request_id, who)
    if request.state != OPEN:
        raise AlreadyDecided("declined before")
    if request.asked_by in who.alike:
        raise SamePerson("who asked cannot decide")
    declined = replace(
        request, state=DECLINED, decided_by=who.sender, decided_at=tx.now, answer=answer
    )
    requests.decline(tx, declined)
    _record(tx, declined, "erasure.declined", who.sender)
    return declined


def find(tx: Transaction, request_id: str, who: Overseer) -> Request:
    """One request; raises NoSuchRequest."""
    found = requests.get(tx, request_id, who.municipalities, who.mode)
    if found is None or _is_excluded(tx, found.incident_id, who):
        raise NoSuchRequest(f"no request {request_id}")
    return found


def list_requests(tx: Transaction, who: Overseer, *, limit: int) -> list[Request]:
    """The newest requests this person may see."""
    found = requests.within(tx, who.municipalities, who.mode, limit=limit)
    return [each for each in found if not _is_excluded(tx, each.incident_id, who)]


def list_holds(tx: Transaction, who: Overseer, *, limit: int) -> list[Hold]:
    """The live holds this person may see, newest first."""
    found = store.live_holds(tx, who.municipalities, who.mode, limit=limit)
    return [each for each in found if not _is_excluded(tx, each.incident_id, who)]


def set_hold(tx: Transaction, incident_id: str, who: Overseer, *, ground: str, reason: str) -> Hold:
    """Keep an incident from being erased; raises NoSuchIncident, Erased."""
    _visible(tx, incident_id, who)
    by = who.sender
    return handlers.set_hold(tx, incident_id, who.reach, ground=ground, reason=reason, by=by)


def find_hold(tx: Transaction, hold_id: str, who: Overseer) -> Hold:
    """One hold; raises NoSuchHold."""
    hold = store.get_hold(tx, hold_id, who.municipalities, who.mode)
    if _is_excluded(tx, hold.incident_id, who):
        raise NoSuchHold(f"no hold {hold_id}")
    return hold


def lift_hold(tx: Transaction, hold_id: str, who: Overseer, *, reason: str) -> Hold:
    """Lift a hold: whoever has set it, or who decides about erasures. Raises NoSuchHold, NotYours.

    So nobody who wants an erasure takes somebody else's objection out of the way.
    """
    hold = find_hold(tx, hold_id, who)
    if not may_lift(hold, who):
        raise NotYours("somebody else has set this hold")
    return handlers.lift_hold(
        tx,
        hold_id,
        municipalities=who.municipalities,
        mode=who.mode,
        reason=reason,
        by=who.sender,
    )


def may_lift(hold: Hold, who: Overseer) -> bool:
    """May this person lift that hold?"""
    return who.decides_at(hold.municipality) or hold.set_by == who.sender


def of_incident(tx: Transaction, incident_id: str) -> Sequence[Request]:
    """Every request about an incident, newest first."""
    return requests.of_incident(tx, incident_id)


def _asked(
    tx: Transaction,
    incident: Incident,
    by: str,
    *,
    scope: str,
    reason: str,
    by_reporter: bool = False,
    attachment_id: str | None = None,
) -> Request:
    if hold := handlers.live_hold(tx, incident.id):
        raise OnHold(hold)
    vault: Vault | None = tx.context.get("vault")
    if scope == domain.SOURCE and vault is not None and vault.is_strict(incident.key_id):
        raise SealedStrictly("who reported is sealed to the role key; only the whole case can go")
    for known in requests.of_incident(tx, incident.id):
        mine = (known.state, known.scope, known.asked_by, known.attachment_id)
        if mine == (OPEN, scope, by, attachment_id):
            return known
    request = Request(
        id=str(uuid4()),
        incident_id=incident.id,
        municipality=incident.municipality,
        mode=incident.mode,
        scope=scope,
        reason=reason,
        asked_by=by,
        by_reporter=by_reporter,
        asked_at=tx.now,
        attachment_id=attachment_id,
    )
    requests.add(tx, request)
    _record(tx, request, "erasure.asked", REPORTER if by_reporter else by)
    return request


def _visible(tx: Transaction, incident_id: str, who: Overseer) -> Incident:
    incident = incidents.find_locked(tx, incident_id, who.reach)
    if incidents.is_kept_from(tx, incident, who.person):
        raise NoSuchIncident(f"no incident {incident_id}")
    return incident


def _is_excluded(tx: Transaction, incident_id: str, who: Overseer) -> bool:
    if who.person is None:
        return False
    incident = incidents.whoever_asks(tx, incident_id)
    return incident is not None and incidents.is_kept_from(tx, incident, who.person)


def _record(tx: Transaction, request: Request, act: str, who: str) -> None:
    done = Act(
        municipality=request.municipality,
        who=who,
        act=act,
        fields=_FIELDS[request.scope],
        why=request.reason,
        incident=request.incident_id,
        object=request.id,
    )
    record(tx, done)
