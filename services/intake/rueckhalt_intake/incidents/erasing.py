# SPDX-License-Identifier: EUPL-1.2
"""An incident is erased, or forgets its source: its rows go, a mark stays that answers 410.

The mark is a keyed hash; with it stay town, mode and sender, so that whoever could see the
incident learns that it was erased and everybody else that there is none.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Column, String, Table, delete, false, insert, or_, select, update

from rueckhalt_intake.deadlines import forgetting as deadlines
from rueckhalt_intake.evidence import forgetting as evidence
from rueckhalt_intake.grants import handlers as grants
from rueckhalt_intake.inbound import forgetting as inbound
from rueckhalt_intake.incidents import announcing, store
from rueckhalt_intake.incidents.domain import (
    ChangedMeanwhile,
    Erased,
    Incident,
    NoSuchIncident,
    forgotten_sender,
)
from rueckhalt_intake.incidents.known import known_requests
from rueckhalt_intake.incidents.store import Reach, incidents
from rueckhalt_intake.mailbox import handlers as mailbox
from rueckhalt_intake.report import leftovers as drafts
from rueckhalt_intake.tables import metadata
from rueckhalt_intake.tidings import handlers as tidings
from rueckhalt_intake.units import Units
from rueckhalt_intake.waves import marking as waves
from rueckhalt_shared.database import Transaction, UtcDateTime
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.keys import PEOPLE

if TYPE_CHECKING:  # reception needs the handlers, and they need this
    from rueckhalt_intake.incidents.reception import Reception

__all__ = [
    "TABLES",
    "Reach",
    "erase",
    "find",
    "find_locked",
    "find_to_open",
    "forget_source",
    "held",
    "lock",
    "refuse_erased",
    "was_mailbox",
    "whoever_asks",
    "without_source",
]
TABLES = (
    *("incidents", "known_requests", "erased_incidents"),
    *mailbox.TABLES,
    *drafts.TABLES,
    *deadlines.TABLES,
    *evidence.TABLES,
    *grants.TABLES,
    *tidings.TABLES,
    *inbound.TABLES,
    *waves.TABLES,
)
_MAILBOX = "mailbox"
GONE = "erased"  # stands in a known request for the incident's id

erased_incidents = Table(
    "erased_incidents",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("mode", String(5), nullable=False),
    Column("sender", String(80), nullable=False),
    Column("erased_at", UtcDateTime, nullable=False),
)


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents."""
    return set(tx.execute(select(incidents.c.id)).scalars())


def find(tx: Transaction, incident_id: str, reach: Reach) -> Incident:
    """An incident within reach; raises Erased, or NoSuchIncident where there never was one."""
    try:
        return store.get(tx, incident_id, reach)
    except NoSuchIncident:
        refuse_erased(tx, incident_id, reach)
        raise


def lock(tx: Transaction, incident_id: str) -> None:
    """The incident stays as it is until the commit."""
    store.lock(tx, incident_id)


def find_locked(tx: Transaction, incident_id: str, reach: Reach) -> Incident:
    """The same, and it stays as it is until the commit."""
    store.lock(tx, incident_id)
    return find(tx, incident_id, reach)


def find_to_open(tx: Transaction, incident_id: str, reach: Reach) -> Incident:
    """The same for whoever reads it: what is out of reach is not even locked."""
    try:
        return store.get(tx, incident_id, reach, locked=True)
    except NoSuchIncident:
        refuse_erased(tx, incident_id, reach)
        raise


def whoever_asks(tx: Transaction, incident_id: str) -> Incident | None:
    """One incident without any question of reach: for what the installation itself does."""
    return store.find(tx, incident_id)


def is_kept_from(tx: Transaction, incident: Incident, person: str | None) -> bool:
    """Must this person of the plan learn nothing of it: accused, reporting, or left out by routing?

    Routing knows more than the report: the people of an accused unit, a supervisor left out.
    """
    if person is None:
        return False
    left_out = grants.standing_of(tx, incident.id).excluded
    return person in incident.coded.excluded or person in left_out


def refuse_erased(tx: Transaction, incident_id: str, reach: Reach) -> None:
    """Raise Erased when the caller could have seen the incident before it was erased."""
    if tombstones.CONTEXT not in tx.context:
        return
    gone, mark = erased_incidents.c, tombstones.mark_of(tx, incident_id)
    conditions: list[Any] = [gone.mark == mark, gone.mode == reach.mode]
    if reach.sender is not None:
        conditions.append(gone.sender == _kept_sender(tx, incident_id, reach.sender))
    if "*" not in reach.municipalities:
        own = [gone.municipality.startswith(key) for key in reach.municipalities]
        conditions.append(or_(false(), *own))
    if tx.execute(select(gone.mark).where(*conditions)).first() is not None:
        raise Erased("the incident was erased")


def erase(tx: Transaction, incident: Incident) -> None:
    """Delete every row of the incident; references and keys that led to it answer 410."""
    mark = tombstones.mark_of(tx, incident.id)
    known = select(erased_incidents.c.mark).where(erased_incidents.c.mark == mark)
    if tx.execute(known).first() is None:
        row = {name: getattr(incident, name) for name in ("municipality", "mode")}
        row |= {"sender": _kept_sender(tx, incident.id, incident.sender), "mark": mark}
        tx.execute(insert(erased_incidents), row | {"erased_at": tx.now})
    tx.execute(
        update(known_requests)
        .where(known_requests.c.incident_id == incident.id)
        .values(incident_id=GONE, fingerprint=GONE, answer=None)
    )
    _mark_mailboxes(tx, incident)
    mailbox.forget(tx, incident.id)
    drafts.forget(tx, incident.id)
    waves.forget(tx, incident.id)
    deadlines.forget(tx, incident.id)
    evidence.forget(tx, incident.id)
    grants.forget(tx, incident.id)
    tidings.forget(tx, incident.id)
    inbound.forget(tx, incident.id)
    tx.execute(delete(incidents).where(incidents.c.id == incident.id))


def _kept_sender(tx: Transaction, incident_id: str, sender: str) -> str:
    """A system by its name. A person's account only as a keyed hash together with the incident:

    nobody can tell whose it is, or that two reports came from one person, but their own request
    for the erased incident is still answered 410.
    """
    if not sender.startswith(PEOPLE):
        return sender
    return tombstones.mark_of(tx, f"{incident_id}|{sender}")


def was_mailbox(tx: Transaction, lookup: str) -> bool:
    """Did a code lead to an incident that was erased?"""
    if tombstones.CONTEXT not in tx.context:
        return False
    mark = tombstones.mark_of(tx, _mailbox(lookup))
    gone = erased_incidents.c
    return tx.execute(select(gone.mark).where(gone.mark == mark)).first() is not None


def _mark_mailboxes(tx: Transaction, incident: Incident) -> None:
    """Whoever comes back by their words is told what became of it; no code lies here."""
    row = {name: getattr(incident, name) for name in ("municipality", "mode")}
    row |= {"sender": _MAILBOX, "erased_at": tx.now}
    for lookup in mailbox.lookups(tx, incident.id):
        tx.execute(
            insert(erased_incidents), row | {"mark": tombstones.mark_of(tx, _mailbox(lookup))}
        )


def _mailbox(lookup: str) -> str:
    return f"{_MAILBOX}|{lookup}"


def without_source(reception: "Reception", before: Incident) -> Incident:
    """The incident under a new key, without who reported it; what lies in backups stays shut.

    That it was a person stays, as a code: no published figure may change by an erasure. A
    person's account is replaced by chance: not even the person can find the report again.
    """
    particulars = reception.particulars(before)
    person = particulars.pop("reporter", {}).get("person")
    accused = particulars.get("accused", {}).get("persons", [])
    left_out = tuple(each for each in before.coded.excluded if each != person or each in accused)
    coded = replace(before.coded, excluded=left_out)
    key = reception.vault.new_key()
    reception.strict.follow(before.municipality, before.key_id, key.id)
    after = replace(before, version=before.version + 1, coded=coded, key_id=key.id)
    after = replace(after, sender=forgotten_sender(before.sender, uuid4().hex))
    after = replace(after, narrative=None, particulars=None)
    return reception.sealed(after, key, reception.narrative(before), particulars)


def forget_source(tx: Transaction, before: Incident, after: Incident, *, units: Units) -> None:
    """Write the incident without its source and tell so; raises ChangedMeanwhile.

    Stored answers go, too: they were sealed for the sender and hold the mailbox code.
    """
    if not store.save(tx, after, before=before):
        raise ChangedMeanwhile
    keyed = update(incidents).where(incidents.c.id == after.id)
    tx.execute(keyed.values(key_id=after.key_id))
    forgotten = set(before.coded.excluded) - set(after.coded.excluded)
    grants.forget_persons(tx, after.id, forgotten)
    mailbox.forget_conversation(tx, after.id)
    evidence.forget_source(tx, after.id)
    tidings.forget(tx, after.id)
    inbound.forget(tx, after.id)
    answers = update(known_requests).where(known_requests.c.incident_id == after.id)
    tx.execute(answers.values(answer=None))
    changed = after.coded.changed_from(before.coded)
    tx.publish(announcing.amended(after, units, changed=changed))
