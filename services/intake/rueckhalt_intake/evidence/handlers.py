# SPDX-License-Identifier: EUPL-1.2
"""Use cases: keep a file, look at it, take it along, note what the scanner says. All on record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from rueckhalt_intake.erasure import asking
from rueckhalt_intake.erasure.requests import Request
from rueckhalt_intake.evidence import domain, store
from rueckhalt_intake.evidence.domain import Attachment, NoSuchAttachment, TooMany, Touch
from rueckhalt_intake.evidence.sealing import SealingFile
from rueckhalt_intake.incidents import erasing as incidents
from rueckhalt_intake.incidents.domain import Incident, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_shared import states
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
_HOUR = timedelta(hours=1)
_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A file that has come in: sealed in a temporary file, its row made ready."""

    attachment: Attachment
    sealed: SealingFile


def receive(
    tx: Transaction, incident: Incident, arrived: Sequence[Arrived], *, who: str
) -> list[Attachment]:
    """Keep files with the incident; raises TooMany, NoSuchIncident. All of them or none."""
    incidents.lock(tx, incident.id)
    if incidents.whoever_asks(tx, incident.id) is None:
        raise NoSuchIncident(f"no incident {incident.id}")
    total, lately = store.counted(tx, incident.id, since=tx.now - _HOUR)
    fresh = len(arrived)
    if lately + fresh > domain.MOST_AN_HOUR or total + fresh > domain.MOST_OF_AN_INCIDENT:
        raise TooMany
    for each in arrived:
        store.add(tx, each.attachment, each.sealed.pieces())
        _touch(tx, each.attachment, who, domain.RECEIVED)
        if who != domain.REPORTER:
            _record(tx, incident, "evidence.added", who, number=each.attachment.id)
    tx.wake("scanning")
    return [each.attachment for each in arrived]


def adopt(
    tx: Transaction,
    incident: Incident,
    files: Sequence[tuple[Attachment, Iterator[bytes]]],
    *,
    came: Touch,
    who: str,
) -> None:
    """Files that were sealed for this incident before it was one; `came` says how and when.

    No limit is asked: whoever made it a report has seen how many there are.
    """
    for attachment, pieces in files:
        store.add(tx, attachment, pieces)
        store.touch(tx, replace(came, attachment_id=attachment.id))
        _touch(tx, attachment, who, domain.ADMITTED)
        _record(tx, incident, "evidence.added", who, number=attachment.id)
    tx.wake("scanning")


def list_of(tx: Transaction, incident_id: str) -> list[Attachment]:
    """The files of an incident, names still sealed."""
    return store.of_incident(tx, incident_id)


def custody_of(tx: Transaction, incident_id: str) -> list[Touch]:
    """Who has had to do with the files of an incident."""
    return store.touches(tx, incident_id)


def counted(tx: Transaction, incident_id: str, reach: Reach) -> tuple[Incident, list[Attachment]]:
    """An incident within reach and its files, shut."""
    incident = incidents.find(tx, incident_id, reach)
    return incident, store.of_incident(tx, incident.id)


def open_list(
    tx: Transaction, incident_id: str, reach: Reach, *, who: str
) -> tuple[Incident, list[Attachment], list[Touch]]:
    """The same to be opened: that somebody reads names and checksums is recorded first."""
    incident = incidents.find_to_open(tx, incident_id, reach)
    _record(tx, incident, "evidence.opened", who)
    return incident, store.of_incident(tx, incident.id), store.touches(tx, incident.id)


def look_at(
    tx: Transaction,
    key: tuple[str, str],
    reach: Reach,
    *,
    who: str,
    act: str,
) -> tuple[Incident, Attachment]:
    """One file (incident, file) for a view or a download; who does it is recorded first.

    Raises NoSuchIncident, NoSuchAttachment, NotShown.
    """
    incident = incidents.find_to_open(tx, key[0], reach)
    found = one(tx, incident.id, key[1])
    domain.refuse_unseen(found, act)
    _touch(tx, found, who, act)
    told = "evidence.downloaded" if act == domain.DOWNLOADED else "evidence.viewed"
    _record(tx, incident, told, who, number=found.id)
    return incident, found


def take_own(tx: Transaction, incident: Incident, attachment_id: str) -> Attachment:
    """One's own file, as it came; raises NoSuchAttachment, NotShown."""
    found = one(tx, incident.id, attachment_id)
    if found.source != domain.REPORTER:
        raise NoSuchAttachment
    domain.refuse_unseen(found, domain.DOWNLOADED)
    _touch(tx, found, domain.REPORTER, domain.DOWNLOADED)
    return found


def one(tx: Transaction, incident_id: str, attachment_id: str) -> Attachment:
    """A file of this incident; raises NoSuchAttachment."""
    found = store.find(tx, attachment_id)
    if found is None or found.incident_id != incident_id:
        raise NoSuchAttachment(f"no file {attachment_id}")
    return found


def ask_erasure(
    tx: Transaction,
    key: tuple[str, str],
    reach: Reach,
    *,
    who: str,
    reason: str,
) -> None:
    """Ask that one file (incident, file) goes; raises OnHold. Somebody else decides."""
    incident = incidents.find_to_open(tx, key[0], reach)
    found = one(tx, incident.id, key[1])
    asking.ask_for_file(tx, incident, found.id, who, reason=reason)


def ask_own_erasure(tx: Transaction, incident: Incident, attachment_id: str) -> None:
    """The same by whoever brought it; raises OnHold, NoSuchAttachment."""
    found = one(tx, incident.id, attachment_id)
    if found.source != domain.REPORTER:
        raise NoSuchAttachment
    asking.ask_for_file(tx, incident, found.id, asking.REPORTER, reason="withdrawn")


def asked_of(tx: Transaction, incident_id: str) -> dict[str, Request]:
    """For which files somebody has asked that they go, and how that stands."""
    return asking.of_files(tx, incident_id)


def chunk(tx: Transaction, attachment_id: str, number: int) -> bytes | None:
    """One sealed piece of a file."""
    return store.chunk(tx, attachment_id, number)


def waiting(tx: Transaction) -> list[Attachment]:
    """Files for the scanner."""
    return store.waiting(tx, limit=_AT_ONCE)


def note_scanned(tx: Transaction, attachment: Attachment, state: str) -> None:
    """What the scanner said."""
    if store.note_state(tx, attachment.id, state):
        _touch(tx, attachment, domain.SCANNER, domain.SCANNED)
    if state == domain.INFECTED:
        log.warning("a file is infected", object=attachment.id)


def watch(tx: Transaction) -> None:
    """Say aloud that files have waited for the scanner longer than they may."""
    before = tx.now - domain.SCANNED_WITHIN
    late = [each for each in store.waiting(tx, limit=_AT_ONCE) if each.received_at < before]
    told = f"{len(late)} files wait for the virus scanner: is clamd running?"
    states.note_state(tx, "scanner", "overdue" if late else "up", told if late else None)


def _touch(tx: Transaction, attachment: Attachment, who: str, act: str) -> None:
    line = Touch(
        attachment_id=attachment.id, incident_id=attachment.incident_id, at=tx.now, who=who, act=act
    )
    store.touch(tx, line)


def _record(tx: Transaction, incident: Incident, act: str, who: str, *, number: str = "") -> None:
    done = Act(
        municipality=incident.municipality,
        who=who,
        act=act,
        fields="evidence",
        why="case_work",
        incident=incident.id,
        object=number or None,
    )
    record(tx, done)
