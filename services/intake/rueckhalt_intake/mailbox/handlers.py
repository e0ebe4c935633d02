# SPDX-License-Identifier: EUPL-1.2
"""Use cases of the mailbox: open it by its code, write, read, agree, ask some time afterwards.

Texts come sealed; whoever calls has sealed them with the incident's key (`mailbox.writing`).
"""

from collections.abc import Sequence
from uuid import uuid4

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.mailbox import domain, store
from rueckhalt_intake.mailbox.codes import Mailbox
from rueckhalt_intake.mailbox.domain import Consent, Contact, Message, NoMailboxCode, Visit
from rueckhalt_intake.tidings import handlers as tidings
from rueckhalt_intake.tidings.domain import AFTERCARE, MESSAGE
from rueckhalt_shared.contracts import MessageReceived
from rueckhalt_shared.database import Transaction

TABLES = store.TABLES
_AT_ONCE = 100


def keep_mailbox(tx: Transaction, incident_id: str, mailbox: Mailbox) -> None:
    """The mailbox of an incident exists from now on."""
    store.add(tx, mailbox.lookup, incident_id, mailbox.public_key)


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: no code opens its mailbox any more, and what lay in it is gone."""
    store.remove(tx, incident_id)


def forget_conversation(tx: Transaction, incident_id: str) -> None:
    """Who reported is forgotten: messages tell it, so they go. The code still opens the mailbox."""
    store.remove_conversation(tx, incident_id)


def incident_of(tx: Transaction, lookup: str) -> str:
    """The incident a code leads to; raises NoMailboxCode."""
    incident_id = store.find(tx, lookup)
    if incident_id is None:
        raise NoMailboxCode("no such mailbox")
    return incident_id


def lookups(tx: Transaction, incident_id: str) -> list[str]:
    """The handles of the codes that lead to an incident; no code can be told from one."""
    return store.lookups(tx, incident_id)


def has_mailbox(tx: Transaction, incident_id: str) -> bool:
    """Can whoever reported it be answered here?"""
    return store.has_mailbox(tx, incident_id)


def come_in(tx: Transaction, incident_id: str, token: str) -> None:
    """A visit begins; older ones that are over go."""
    store.end_visits(tx, before=tx.now - domain.LONGEST)
    visit = Visit(
        token_hash=domain.token_hash(token),
        incident_id=incident_id,
        opened_at=tx.now,
        seen_at=tx.now,
    )
    store.add_visit(tx, visit)


def visited(tx: Transaction, token: str) -> str | None:
    """The incident of a live visit; None where it is over."""
    hashed = domain.token_hash(token)
    visit = store.visit(tx, hashed)
    if visit is None or not visit.is_live(tx.now):
        return None
    store.touch_visit(tx, hashed)
    return visit.incident_id


def go_out(tx: Transaction, token: str) -> None:
    """The visit ends."""
    store.end_visit(tx, domain.token_hash(token))


def write(tx: Transaction, incident: Incident, message: Message) -> None:
    """Keep a message and say that there is one: who and which direction, never what."""
    store.add_message(tx, message)
    received = MessageReceived(
        subject=incident.id,
        municipality=incident.municipality,
        version=incident.version,
        mode=incident.mode,
        message=message.id,
        direction=message.direction,
        at=message.sent_at,
    )
    tx.publish(received)
    if message.direction == domain.TO_REPORTER:
        tidings.note(tx, incident.id, MESSAGE)


def messages_of(tx: Transaction, incident_id: str) -> list[Message]:
    """What was written, oldest first, sealed."""
    return store.messages_of(tx, incident_id)


def agree(tx: Transaction, incident_id: str, kinds: Sequence[str]) -> None:
    """What somebody has agreed to with their report."""
    store.add_consents(tx, incident_id, kinds)


def consents_of(tx: Transaction, incident_id: str) -> list[Consent]:
    """Every consent with its times."""
    return store.consents_of(tx, incident_id)


def change_consents(
    tx: Transaction, incident: Incident, wanted: Sequence[str], message: Message
) -> bool:
    """Give and take back; with a change goes a message. False where nothing changes."""
    changed = [
        store.set_consent(tx, incident.id, kind, given=kind in wanted) for kind in domain.SHARINGS
    ]
    if any(changed):
        write(tx, incident, message)
    return any(changed)


def plan_aftercare(tx: Transaction, incident: Incident) -> None:
    """Questions after 3 days, 14 days, 6 weeks and 3 months, as somebody wished."""
    store.add_aftercare(tx, domain.aftercare_of(incident.id, incident.registered_at))


def aftercare_of(tx: Transaction, incident_id: str) -> list[Contact]:
    """The questions of one incident."""
    return store.aftercare_of(tx, incident_id)


def answer_aftercare(tx: Transaction, incident: Incident, name: str, message: Message) -> bool:
    """An answer to a question that is due; false where there is none, or it has one."""
    for contact in store.aftercare_of(tx, incident.id):
        if contact.name == name and contact.answered_at is None and contact.due_at <= tx.now:
            store.note_aftercare(tx, contact, answered_at=tx.now)
            write(tx, incident, message)
            return True
    return False


def due_aftercare(tx: Transaction) -> list[Contact]:
    """Questions to announce now."""
    return store.aftercare_due(tx, limit=_AT_ONCE)


def announce_aftercare(tx: Transaction, contact: Contact, incident: Incident | None) -> None:
    """Say that something waits in the mailbox; the question itself stands on its page."""
    store.note_aftercare(tx, contact, asked_at=tx.now)
    if incident is None:
        return
    asked = MessageReceived(
        subject=incident.id,
        municipality=incident.municipality,
        version=incident.version,
        mode=incident.mode,
        message=str(uuid4()),
        direction=domain.TO_REPORTER,
        at=tx.now,
    )
    tx.publish(asked)
    tidings.note(tx, incident.id, AFTERCARE)
