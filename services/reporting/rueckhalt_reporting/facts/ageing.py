# SPDX-License-Identifier: EUPL-1.2
"""Old facts go; what they counted stays, in months that nobody counts afresh any more."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Column, String, Table, delete, insert, or_, select, true

from rueckhalt_reporting.facts.domain import BERLIN, month_of
from rueckhalt_reporting.facts.erasing import NO_KEY
from rueckhalt_reporting.facts.store import facts
from rueckhalt_reporting.tables import metadata
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing.retaining import Aged, moved

counted_months = Table("counted_months", metadata, Column("month", String(7), primary_key=True))
_ENDED = or_(
    facts.c.imported == true(),
    facts.c.closed_version >= 0,
    facts.c.incident.startswith(NO_KEY),
)


def ended(tx: Transaction, until: datetime, after: str, limit: int) -> list[Aged]:
    """Facts of closed or erased incidents, by incident, of months over then or earlier."""
    query = (
        select(facts.c.incident, facts.c.month)
        .where(facts.c.incident > after, facts.c.month < month_of(until), _ENDED)
        .order_by(facts.c.incident)
        .limit(limit)
    )
    return [Aged(row.incident, row.incident, _end_of(row.month)) for row in tx.execute(query)]


def drop(tx: Transaction, aged: Sequence[Aged]) -> None:
    """Delete the facts and remember their months; no figure changes."""
    ids = [each.id for each in aged]
    months = set(tx.execute(select(facts.c.month).where(facts.c.incident.in_(ids))).scalars())
    for month in sorted(months - frozen_among(tx, months)):
        tx.execute(insert(counted_months), {"month": month})
    tx.execute(delete(facts).where(facts.c.incident.in_(ids)))


def frozen_among(tx: Transaction, months: Collection[str]) -> set[str]:
    """Months some of whose facts are gone: their counts are all there is."""
    query = select(counted_months.c.month).where(counted_months.c.month.in_(sorted(months)))
    return set(tx.execute(query).scalars())


def _end_of(month: str) -> datetime:
    first = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=BERLIN)
    return moved(first, 1, "months")
