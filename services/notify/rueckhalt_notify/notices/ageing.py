# SPDX-License-Identifier: EUPL-1.2
"""Notices and responsibilities in the order in which the deletion classes look at them."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from rueckhalt_notify.notices.domain import FINAL
from rueckhalt_notify.notices.responsibilities import responsibilities
from rueckhalt_notify.notices.store import notices
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing.retaining import Aged


def finished(tx: Transaction, until: datetime, after: str, limit: int) -> list[Aged]:
    """Notices, by id, that came to their final state then or earlier."""
    query = (
        select(notices.c.id, notices.c.subject, notices.c.finished_at)
        .where(
            notices.c.id > after,
            notices.c.state.in_(sorted(FINAL)),
            notices.c.finished_at <= until,
        )
        .order_by(notices.c.id)
        .limit(limit)
    )
    return [Aged(row.id, row.subject, row.finished_at) for row in tx.execute(query)]


def closed(tx: Transaction, until: datetime, after: str, limit: int) -> list[Aged]:
    """What is known of incidents that were closed then or earlier and have no notice any more."""
    known = responsibilities.c
    noticed = select(notices.c.id).where(notices.c.subject == known.incident)
    query = (
        select(known.incident, known.closed_at)
        .where(known.incident > after, known.closed_at <= until, ~noticed.exists())
        .order_by(known.incident)
        .limit(limit)
    )
    return [Aged(row.incident, row.incident, row.closed_at) for row in tx.execute(query)]


def incidents_of(tx: Transaction, notice_ids: Collection[str]) -> dict[str, str]:
    """The incident of each of these notices."""
    query = select(notices.c.id, notices.c.subject).where(notices.c.id.in_(sorted(notice_ids)))
    return {row.id: row.subject for row in tx.execute(query)}
