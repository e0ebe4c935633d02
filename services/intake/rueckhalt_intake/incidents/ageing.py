# SPDX-License-Identifier: EUPL-1.2
"""Incidents by their age, without their sealed fields: for deletion classes and deadlines."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, true

from rueckhalt_intake.incidents import store
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.store import incidents
from rueckhalt_shared.database import Transaction

_SEALED = {"narrative", "particulars"}


def registered_before(
    tx: Transaction,
    cutoff: datetime,
    *,
    after: str,
    limit: int,
    places: Sequence[str] = ("*",),
) -> list[Incident]:
    """The next incidents by id that were reported before the cutoff in these places."""
    shown = [column for column in incidents.c if column.name not in _SEALED]
    query = select(*shown).where(incidents.c.registered_at <= cutoff, incidents.c.id > after)
    query = query.where(_in(places))
    rows = tx.execute(query.order_by(incidents.c.id).limit(limit)).mappings()
    return [store.from_row(row) for row in rows]


def open_since_before(tx: Transaction, cutoff: datetime, *, places: Sequence[str]) -> int:
    """How many incidents of these places were reported before the cutoff and are still open."""
    query = select(func.count()).select_from(incidents)
    query = query.where(incidents.c.registered_at <= cutoff, incidents.c.closed_at.is_(None))
    return int(tx.execute(query.where(_in(places))).scalar_one())


def open_ones_besides(
    tx: Transaction, listed: Select[tuple[str]], *, since: datetime, limit: int
) -> list[str]:
    """Ids of open incidents reported since then that a query of another room does not have."""
    query = select(incidents.c.id).where(
        incidents.c.registered_at >= since,
        incidents.c.closed_at.is_(None),
        incidents.c.imported.is_(False),
        incidents.c.id.not_in(listed),
    )
    return list(tx.execute(query.order_by(incidents.c.registered_at).limit(limit)).scalars())


def _in(places: Sequence[str]) -> ColumnElement[bool]:
    if "*" in places:
        return true()
    return or_(*(incidents.c.municipality.startswith(each) for each in places))
