# SPDX-License-Identifier: EUPL-1.2
"""Use cases: a mail is asked for, taken for an attempt, out of the house or given up."""

from datetime import timedelta

from rueckhalt_notify.tidings import store
from rueckhalt_notify.tidings.store import Addressed, Tiding
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
KEPT = timedelta(days=14)  # longer than intake asks again for one of them
_GIVEN_UP_AFTER = timedelta(days=3)
_PAUSES = (1, 5, 15, 60)  # minutes after each attempt; the last one for good


class Erased(Exception):
    """The incident was erased: nobody is written to about it any more."""


def take(tx: Transaction, asked: Tiding, address: str) -> Tiding:
    """Keep it first, send it then; asked for again it is the same one. Raises Erased."""
    known = store.find(tx, asked.id)
    if known is not None:
        return known
    if tombstones.buried(tx, [asked.incident]):
        raise Erased("the incident was erased")
    store.add(tx, asked, address)
    store.forget(tx, before=tx.now - KEPT)
    tx.wake("tidings")
    return asked


def due(tx: Transaction, *, limit: int) -> list[Tiding]:
    """What is to be sent now."""
    return store.due(tx, limit=limit)


def begin(tx: Transaction, tiding: Tiding) -> Addressed | None:
    """Take it; whoever does not answer in time gets it taken away again."""
    minutes = _PAUSES[min(tiding.attempts, len(_PAUSES) - 1)]
    return store.begin(tx, tiding, again_at=tx.now + timedelta(minutes=minutes))


def end(tx: Transaction, tiding: Tiding) -> None:
    """A mail server has it."""
    store.end(tx, tiding.id, "sent")


def note_failure(tx: Transaction, tiding: Tiding, *, for_good: bool) -> None:
    """It did not go out; for good, or after three days, nobody tries it again."""
    if for_good or tx.now - tiding.created_at >= _GIVEN_UP_AFTER:
        log.warning("a mail to whoever reported was given up", object=tiding.id)
        store.end(tx, tiding.id, "failed")
