# SPDX-License-Identifier: EUPL-1.2
"""Use cases of arrivals: they come in once, wait, are read on record, become a report or go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rueckhalt_intake.evidence import handlers as evidence
from rueckhalt_intake.evidence.domain import RECEIVED, Attachment, Touch
from rueckhalt_intake.evidence.handlers import Arrived
from rueckhalt_intake.inbound import store
from rueckhalt_intake.inbound.domain import (
    DISMISSED,
    DISMISSED_KEPT,
    LOOKED_AT_WITHIN,
    MOST_WAITING,
    REPORTED,
    WAITING,
    Arrival,
    NoSuchArrival,
)
from rueckhalt_intake.incidents import handlers as incidents
from rueckhalt_intake.incidents.handlers import Registration
from rueckhalt_intake.mailbox import handlers as mailbox
from rueckhalt_intake.units import Units
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_intake.waves.handlers import Looker
from rueckhalt_shared import states
from rueckhalt_shared.audit import recording
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

_AT_ONCE = 100
_STATE = "arrivals"


@dataclass(frozen=True, kw_only=True)
class Accepting:
    """A report made ready from an arrival, with what goes beside it."""

    registration: Registration
    consents: Sequence[str] = ()
    wants_aftercare: bool = False


def propose(tx: Transaction, arrival: Arrival, files: Sequence[Arrived]) -> str:
    """It waits for a person from now on; answers its id, or the id it had when it came before."""
    known = store.marked(tx, arrival.mark)
    if known is not None:
        return known
    store.add(tx, arrival)
    for number, each in enumerate(files):
        store.add_file(tx, number, each.attachment, each.sealed.pieces())
    return arrival.id


def came_before(tx: Transaction, mark: str) -> str | None:
    """The id of the same mail or entry, where it came already."""
    return store.marked(tx, mark)


def list_those(tx: Transaction, looker: Looker, *, state: str, limit: int) -> list[Arrival]:
    """What waits, or was dismissed, within reach; oldest first and shut."""
    return store.listed(tx, looker.municipalities, looker.mode, state=state, limit=limit)


def count_waiting(tx: Transaction, looker: Looker) -> int:
    """How many wait within reach."""
    return store.counted(tx, looker.municipalities, looker.mode)


def find(
    tx: Transaction, arrival_id: str, looker: Looker, *, state: str = WAITING, locked: bool = False
) -> tuple[Arrival, list[Attachment]]:
    """One within reach and its files, shut; raises NoSuchArrival where it is in another state."""
    found = store.find(tx, arrival_id, locked=locked)
    if found is None or found.state != state or found.mode != looker.mode:
        raise NoSuchArrival(f"no arrival {arrival_id}")
    if not any(found.municipality.startswith(place) for place in looker.municipalities):
        raise NoSuchArrival(f"no arrival {arrival_id}")
    return found, store.files_of(tx, found.id)


def open_one(tx: Transaction, arrival_id: str, looker: Looker) -> tuple[Arrival, list[Attachment]]:
    """The same to be read: that somebody reads it is recorded first."""
    arrival, files = find(tx, arrival_id, looker)
    _record(tx, arrival, looker, "arrival.opened", fields="narrative identity")
    return arrival, files


def dismiss(tx: Transaction, arrival_id: str, looker: Looker, *, reason: str) -> None:
    """It is no incident; it stays for thirty days, in which anybody here may bring it back."""
    arrival, _ = find(tx, arrival_id, looker, locked=True)
    _decide(tx, arrival, looker, state=DISMISSED, reason=reason)
    _record(tx, arrival, looker, "arrival.dismissed")


def bring_back(tx: Transaction, arrival_id: str, looker: Looker) -> None:
    """It waits again."""
    arrival, _ = find(tx, arrival_id, looker, state=DISMISSED, locked=True)
    store.decide(tx, arrival.id, state=WAITING, reason=None, decided_by=None, decided_at=None)
    _record(tx, arrival, looker, "arrival.brought_back")


def report(
    tx: Transaction,
    arrival_id: str,
    looker: Looker,
    accepting: Accepting,
    *,
    vault: Vault,
    units: Units,
) -> list[Attachment]:
    """Accept it as an incident like any other, with its files; raises NoSuchArrival.

    Pressed twice it is one report: the second one finds nothing that waits.
    """
    arrival, files = find(tx, arrival_id, looker, locked=True)
    incident = accepting.registration.incident
    incidents.report_incident(tx, accepting.registration, vault=vault, units=units)
    mailbox.agree(tx, incident.id, accepting.consents)
    if accepting.wants_aftercare:
        mailbox.plan_aftercare(tx, incident)
    came = Touch(
        attachment_id="",
        incident_id=incident.id,
        at=arrival.received_at,
        who=arrival.origin,
        act=RECEIVED,
    )
    pieces = [(file, store.pieces(tx, file)) for file in files]
    evidence.adopt(tx, incident, pieces, came=came, who=looker.who)
    store.remove_files(tx, arrival.id)
    _decide(tx, arrival, looker, state=REPORTED, content=None, files=0)
    _record(tx, arrival, looker, "arrival.reported")
    return files


def over(tx: Transaction) -> list[tuple[Arrival, list[str]]]:
    """What was dismissed long enough ago, each with all its keys."""
    due = store.dismissed(tx, before=tx.now - DISMISSED_KEPT, limit=_AT_ONCE)
    return [(each, [each.key_id, *(f.key_id for f in store.files_of(tx, each.id))]) for each in due]


def drop(tx: Transaction, arrival: Arrival) -> None:
    """It is gone; whoever calls has shredded its keys."""
    store.remove(tx, arrival.id)
    recording.unlink(tx, arrival.id)


def is_full(tx: Transaction) -> bool:
    """Does so much wait that mails had better stay where they lie?"""
    return store.late(tx, before=tx.now) >= MOST_WAITING


def watch(tx: Transaction) -> None:
    """Say aloud that something has waited for a person longer than it may."""
    late = store.late(tx, before=tx.now - LOOKED_AT_WITHIN)
    told = f"{late} arrivals wait for a person for more than a day: page /inbound"
    states.note_state(tx, _STATE, "overdue" if late else "up", told if late else None)


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys belong to an arrival."""
    return store.key_ids(tx, among)


def _decide(tx: Transaction, arrival: Arrival, looker: Looker, **values: object) -> None:
    store.decide(tx, arrival.id, decided_by=looker.who[:80], decided_at=tx.now, **values)


def _record(
    tx: Transaction, arrival: Arrival, looker: Looker, act: str, *, fields: str = "case"
) -> None:
    done = Act(
        municipality=arrival.municipality,
        who=looker.who,
        act=act,
        fields=fields,
        why="case_work",
        incident=arrival.id,  # which it becomes, or its key goes with it
    )
    record(tx, done)
