# SPDX-License-Identifier: EUPL-1.2
"""An incident is erased: its notices and what is known of its responsibility go."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from rueckhalt_notify.notices import conflicts, store
from rueckhalt_notify.notices.responsibilities import responsibilities
from rueckhalt_notify.notices.store import notices
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.subscriptions import Foreign


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents there is anything about."""
    known = select(notices.c.subject).union(
        select(responsibilities.c.incident), select(conflicts.conflicts.c.incident)
    )
    return set(tx.execute(known).scalars())


def notices_of(tx: Transaction, incident: str, municipality: str | None) -> list[str]:
    """The ids of its notices, locked in one order; raises Foreign."""
    if municipality is not None and store.is_foreign(tx, incident, municipality):
        raise Foreign("the incident is another municipality's")
    mine = select(notices.c.id).where(notices.c.subject == incident).order_by(notices.c.id)
    locked: list[str] = []
    while True:  # who held a notice until now may have added another, for the next contact
        before, locked = locked, list(tx.execute(mine.with_for_update()).scalars())
        if locked == before:
            return locked


def erase(tx: Transaction, incident: str, notice_ids: Sequence[str]) -> None:
    """Delete the notices, whose attempts and answers are gone already."""
    drop(tx, notice_ids)
    drop_responsibilities(tx, [incident])


def drop(tx: Transaction, notice_ids: Sequence[str]) -> None:
    """Delete notices whose attempts and answers are gone already."""
    tx.execute(delete(notices).where(notices.c.id.in_(list(notice_ids))))


def drop_responsibilities(tx: Transaction, incidents: Sequence[str]) -> None:
    """Forget how far these incidents had come, and whom they accuse."""
    mine = responsibilities.c.incident.in_(list(incidents))
    tx.execute(delete(responsibilities).where(mine))
    conflicts.forget(tx, incidents)
