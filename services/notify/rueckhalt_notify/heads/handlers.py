# SPDX-License-Identifier: EUPL-1.2
"""Use cases: a head is put on its way, taken for an attempt, and out of the house."""

from datetime import datetime, timedelta

from rueckhalt_notify.heads import store
from rueckhalt_notify.heads.store import AuditLetter
from rueckhalt_shared.audit import stating
from rueckhalt_shared.contracts import AuditHeadPosted, AuditHeadStated
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.contracts.instants import read_instant
from rueckhalt_shared.database import Transaction

_KEPT = timedelta(days=90)
_PAUSES = (1, 5, 15, 60)  # minutes after each attempt; the last one for good


def take(tx: Transaction, event: AuditHeadStated) -> None:
    """Keep the signed document, to be mailed."""
    letter = AuditLetter(
        id=uuid7(),
        municipality=event.municipality,
        document=stating.document_of(event),
        attempts=0,
        created_at=tx.now,
    )
    store.add(tx, letter)
    store.forget(tx, before=tx.now - _KEPT)
    tx.wake("audit-letters")


def due(tx: Transaction, *, limit: int) -> list[AuditLetter]:
    """What is to be sent now."""
    return store.due(tx, limit=limit)


def begin(tx: Transaction, letter: AuditLetter) -> bool:
    """Take it; whoever does not answer in time gets it taken away again."""
    minutes = _PAUSES[min(letter.attempts, len(_PAUSES) - 1)]
    return store.begin(tx, letter, again_at=tx.now + timedelta(minutes=minutes))


def end(tx: Transaction, letter: AuditLetter) -> None:
    """A mail server has it: say so, once."""
    if not store.end(tx, letter.id):
        return
    (head,) = letter.document["heads"]
    name, chain = letter.document["service"], stating.chain_of(head["municipality"])
    tx.publish(
        AuditHeadPosted(
            subject=f"audit.{name}.{chain}",
            municipality=letter.municipality,
            store=name,
            chain=chain,
            stated_at=read_instant(letter.document["at"]),
            rows=head["n"],
            head=head["hash"],
        )
    )


def waiting_since(tx: Transaction) -> datetime | None:
    """When the oldest head that nobody has got was stated."""
    return store.waiting_since(tx)
