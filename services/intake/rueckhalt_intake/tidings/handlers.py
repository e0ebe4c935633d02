# SPDX-License-Identifier: EUPL-1.2
"""Use cases: somebody wants tidings, or none any more; something is new; a word is handed over."""

from datetime import timedelta
from uuid import uuid4

from rueckhalt_intake.tidings import domain, store
from rueckhalt_intake.tidings.domain import Tiding, Wish
from rueckhalt_shared import states
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
TABLES = store.TABLES
_AT_ONCE = 20
_LATE = timedelta(hours=1)


def want(tx: Transaction, wish: Wish) -> None:
    """From now on, to this address."""
    store.set_wish(tx, wish)


def want_none(tx: Transaction, incident_id: str) -> None:
    """The address goes, and what was on its way with it."""
    store.remove(tx, incident_id)


def wish_of(tx: Transaction, incident_id: str) -> Wish | None:
    """What somebody has asked for."""
    return store.wish_of(tx, incident_id)


def note(tx: Transaction, incident_id: str, kind: str) -> None:
    """Something is new: a row first. One word at a time says it for all that is new."""
    if not domain.is_wanted(store.wish_of(tx, incident_id), kind):
        return
    if store.is_waiting(tx, incident_id):
        return
    word = Tiding(id=str(uuid4()), incident_id=incident_id, attempts=0, created_at=tx.now)
    store.add(tx, word)
    tx.wake("tidings")


def due(tx: Transaction) -> list[tuple[Tiding, Wish | None]]:
    """What is to be handed over now, each with its wish."""
    found = store.due(tx, limit=_AT_ONCE)
    return [(each, store.wish_of(tx, each.incident_id)) for each in found]


def begin(tx: Transaction, tiding: Tiding) -> bool:
    """Take it for one attempt."""
    return store.begin(tx, tiding, again_at=tx.now + tiding.pause)


def end(tx: Transaction, tiding: Tiding) -> None:
    """Notify has it, or it goes without."""
    store.end(tx, tiding.id)


def note_failure(tx: Transaction, tiding: Tiding) -> None:
    """It did not work: after a week nobody tries any more; what waits stays on the page."""
    if tx.now - tiding.created_at >= domain.GIVEN_UP_AFTER:
        log.warning("a word to whoever reported was given up", object=tiding.id)
        store.end(tx, tiding.id)


def watch(tx: Transaction) -> None:
    """Say aloud that words wait longer than an hour for notify."""
    since = store.oldest(tx)
    is_late = since is not None and tx.now - since > _LATE
    told = "words to whoever reported wait: does notify answer, and is the key right?"
    states.note_state(tx, "tidings", "overdue" if is_late else "up", told if is_late else None)


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident, or who reported it, is erased."""
    store.remove(tx, incident_id)
