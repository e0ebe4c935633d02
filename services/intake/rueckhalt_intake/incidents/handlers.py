# SPDX-License-Identifier: EUPL-1.2
"""Use cases. Each works inside one open transaction; whoever opened it commits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from rueckhalt_intake.grants import handlers as grants
from rueckhalt_intake.grants.domain import Fact
from rueckhalt_intake.incidents import announcing, domain, erasing, known, store
from rueckhalt_intake.incidents.domain import (
    ChangedMeanwhile,
    Erased,
    Incident,
    Responsibility,
    kept_sender,
)
from rueckhalt_intake.incidents.known import KnownRequest
from rueckhalt_intake.incidents.store import Cursor, Reach
from rueckhalt_intake.mailbox import handlers as mailbox
from rueckhalt_intake.mailbox.codes import Mailbox
from rueckhalt_intake.tidings import handlers as tidings
from rueckhalt_intake.tidings.domain import STATE
from rueckhalt_intake.units import Units
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_intake.waves import marking as waves
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.contracts import IncidentRegistered
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_NEWS = frozenset({"taken_over", "handed_over"})  # what whoever reported may want to hear
_ANSWERS_KEPT = timedelta(days=90)
_SOONEST, _LATEST = timedelta(seconds=60), timedelta(hours=1)
_AT_ONCE = 100


class ReferenceTaken(Exception):
    """This sender has used the reference or Idempotency-Key for another report."""

    def __init__(self, kind: str, incident_id: str, status_url: str) -> None:
        name = "reference" if kind == "reference" else "Idempotency-Key"
        told = f"was used for another report; correct that one by PATCH {status_url}"
        super().__init__(f"{name}: {told}")
        self.errors = [{"field": name, "problem": told}]
        self.extra = {"incident": {"id": incident_id, "status_url": status_url}}


class ReferenceElsewhere(Exception):
    """This sender has used the reference or Idempotency-Key in another municipality."""

    def __init__(self, kind: str) -> None:
        name = "reference" if kind == "reference" else "Idempotency-Key"
        told = "was used for another report"
        super().__init__(f"{name}: {told}")
        self.errors = [{"field": name, "problem": told}]


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A report made ready outside the transaction: sealed, named, its answer prepared."""

    incident: Incident
    answer: dict[str, Any]
    incidents_url: str  # where the state of incidents can be asked
    requests: tuple[KnownRequest, ...] = ()
    names: tuple[str, ...] = ()  # what the client called each of the requests
    mailbox: Mailbox | None = None
    announce_again_at: datetime | None = None
    above: str | None = None  # the limit of a flood it is above: accepted, and looked through


def report_incident(
    tx: Transaction, registration: Registration, *, vault: Vault, units: Units
) -> dict[str, Any]:
    """Accept one report, or answer again what was answered before."""
    return report_incidents(tx, [registration], vault=vault, units=units)[0]


def report_incidents(
    tx: Transaction, registrations: Sequence[Registration], *, vault: Vault, units: Units
) -> list[dict[str, Any]]:
    """Accept several reports in one transaction; raises for the first that cannot be."""
    found = _found(tx, registrations)
    answers, fresh = [], []
    for registration in registrations:
        hits = [found[r.mark] for r in registration.requests if r.mark in found]
        if hits:
            answers.append(_answered_before(tx, registration, hits, vault=vault))
        else:
            answers.append(registration.answer)
            fresh.append(registration)
    if fresh:
        _accept(tx, fresh, units=units)
    return answers


def is_known(tx: Transaction, registration: Registration, *, vault: Vault) -> bool:
    """Would it be answered as before? Raises what accepting it would; nothing is written."""
    found = _found(tx, [registration])
    hits = [found[r.mark] for r in registration.requests if r.mark in found]
    return bool(hits) and bool(_answered_before(tx, registration, hits, vault=vault))


def _found(tx: Transaction, registrations: Sequence[Registration]) -> dict[str, KnownRequest]:
    marks = [request.mark for each in registrations for request in each.requests]
    return {each.mark: each for each in known.find(tx, marks)} if marks else {}


def _accept(tx: Transaction, fresh: Sequence[Registration], *, units: Units) -> None:
    store.add(tx, [(each.incident, each.announce_again_at) for each in fresh])
    if requests := [request for each in fresh for request in each.requests]:
        known.add(tx, requests)
    waves.set_aside(tx, [(each.incident, each.above) for each in fresh if each.above])
    for each in fresh:
        if each.mailbox is not None:
            mailbox.keep_mailbox(tx, each.incident.id, each.mailbox)
        tx.publish(announcing.registered(each.incident, units))


def _answered_before(
    tx: Transaction, registration: Registration, hits: Sequence[KnownRequest], *, vault: Vault
) -> dict[str, Any]:
    """The stored 201; raises ReferenceTaken for another body, Erased for an erased incident."""
    names = {
        r.mark: name for r, name in zip(registration.requests, registration.names, strict=True)
    }
    fingerprint = registration.requests[0].fingerprint
    if any(hit.incident_id == erasing.GONE for hit in hits):
        raise Erased("the incident of this reference was erased")
    incident = store.find(tx, hits[0].incident_id)
    if incident is not None and incident.municipality != registration.incident.municipality:
        raise ReferenceElsewhere(hits[0].kind)
    for hit in hits:
        if hit.fingerprint != fingerprint or hit.incident_id != hits[0].incident_id:
            url = f"{registration.incidents_url}/{hit.incident_id}"
            raise ReferenceTaken(hit.kind, hit.incident_id, url)
    if incident is None:
        raise Erased("the incident of this reference was erased")
    for hit in hits:
        if hit.answer is not None:
            sealed = vault.open_answer(hit.answer, key=names[hit.mark], mark=hit.mark)
            stored: dict[str, Any] = json.loads(sealed)
            return stored
    return announcing.accepted(incident, f"{registration.incidents_url}/{incident.id}")


def amend_incident(tx: Transaction, before: Incident, after: Incident, *, units: Units) -> Incident:
    """Write a correction; raises ChangedMeanwhile when `before` is no longer the state."""
    changed = list(after.coded.changed_from(before.coded))
    changed += [n for n in ("narrative", "particulars") if getattr(before, n) != getattr(after, n)]
    if not changed:
        return before
    after = replace(after, sender=kept_sender(after.sender, after.coded.wishes, uuid4().hex))
    if not store.save(tx, after, before=before):
        raise ChangedMeanwhile
    tx.publish(announcing.amended(after, units, changed=changed))
    return after


def close_incident(
    tx: Transaction, incident_id: str, reach: Reach, *, reason: str, feedback_given: bool
) -> Incident:
    """Close an incident; closing it again the same way changes nothing."""
    before = erasing.find(tx, incident_id, reach)
    after = domain.close(before, reason=reason, feedback_given=feedback_given, now=tx.now)
    if after is before:
        return before
    if not store.save(tx, after, before=before):
        raise ChangedMeanwhile
    tx.publish(announcing.closed(after, now=tx.now))
    tidings.note(tx, after.id, STATE)
    return after


def note_responsibility(
    tx: Transaction, incident_id: str, fact: Responsibility, access: Fact, *, municipality: str
) -> None:
    """A fact from routing, and who may open the incident by it: applied, never refused.

    What the municipality does not have, or another one has, is left alone.
    """
    if store.lock(tx, incident_id, municipality=municipality):
        store.note(tx, incident_id, fact, municipality=municipality)
        grants.note(tx, incident_id, access)
        if fact.state in _NEWS:
            tidings.note(tx, incident_id, STATE)


def is_anybody_unassigned(tx: Transaction) -> bool:
    """Is there an incident to announce again?"""
    return bool(store.awaiting(tx, limit=1))


def announce_again(tx: Transaction) -> bool:
    """Send the registration of incidents nobody was assigned to in time once more (same event).

    Answers true when more is due. The pauses grow with the incident's age, from a minute to an
    hour: as long as nobody is responsible nobody may rest.
    """
    due = store.awaiting(tx, limit=_AT_ONCE)
    for incident_id, registered_at in due:
        tx.publish_again(incident_id, IncidentRegistered)
        pause = min(max(tx.now - registered_at, _SOONEST), _LATEST)
        store.await_until(tx, incident_id, tx.now + pause)
        log.warning("no assignment heard, announced again", incident_id=incident_id)
    return len(due) == _AT_ONCE


def forget_answers(tx: Transaction) -> None:
    """After ninety days a retry is no retry any more; references are known for good."""
    known.forget(tx, before=tx.now - _ANSWERS_KEPT)


def list_incidents(
    tx: Transaction, reach: Reach, *, state: str | None, cursor: Cursor | None, limit: int
) -> list[Incident]:
    """Incidents within reach, newest first, from behind the cursor."""
    return store.page(tx, reach, state=state, after=cursor, limit=limit)


def incidents_of_keys(tx: Transaction, keys: Sequence[str], reach: Reach) -> list[Incident]:
    """The incidents within reach that these keys open, newest first."""
    return store.of_keys(tx, reach, keys)


def show_incident(tx: Transaction, incident_id: str, reach: Reach) -> Incident:
    """One incident within reach; raises NoSuchIncident, or Erased."""
    return erasing.find(tx, incident_id, reach)


def open_incident(tx: Transaction, incident_id: str, reach: Reach, *, who: str) -> Incident:
    """One incident whose texts will be opened: who reads them stands in the audit, or nobody does.

    Raises NoSuchIncident, or Erased.
    """
    mine = reach if reach.person is None else reach.by_grant_alone
    incident = erasing.find_to_open(tx, incident_id, mine)
    opened = Act(
        municipality=incident.municipality,
        who=who,
        act="incident.opened",
        fields="narrative identity",
        why="case_work",
        incident=incident.id,
    )
    record(tx, opened)
    return incident


def correctable(tx: Transaction, incident_id: str, reach: Reach, sender: str) -> Incident:
    """An incident its own sender may correct; raises NoSuchIncident, or Erased."""
    return erasing.find(tx, incident_id, replace(reach, sender=sender, person=None))


def may_open(tx: Transaction, incident_id: str, reach: Reach) -> bool:
    """May whoever has this reach see the texts? A person only where a grant says so."""
    if reach.person is None:
        return reach.sender is None
    return store.is_within(tx, incident_id, reach.by_grant_alone)
