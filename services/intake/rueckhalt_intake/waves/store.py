# SPDX-License-Identifier: EUPL-1.2
"""The reports that were set aside, and what was decided about them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    String,
    Table,
    delete,
    false,
    insert,
    or_,
    select,
    text,
    update,
)

from rueckhalt_intake.tables import metadata
from rueckhalt_intake.waves.domain import WAITING, SetAside
from rueckhalt_shared.database import Transaction, UtcDateTime

reports_set_aside = Table(
    "reports_set_aside",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False),
    Column("mode", String(5), nullable=False),
    Column("cause", String(10), nullable=False),
    Column("since_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),
    Column("decided_by", String(200)),
    Column("decided_at", UtcDateTime),
)
Index(
    "ix_reports_set_aside_waiting",
    reports_set_aside.c.since_at,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)
TABLES = (reports_set_aside.name,)


def add(tx: Transaction, reports: Sequence[SetAside]) -> None:
    """Keep what was set aside."""
    tx.execute(insert(reports_set_aside), [dict(vars(each)) for each in reports])


def waiting(
    tx: Transaction, municipalities: Sequence[str], mode: str, *, limit: int
) -> list[SetAside]:
    """What nobody has looked at yet, oldest first."""
    query = _within(municipalities, mode).where(reports_set_aside.c.state == WAITING)
    query = query.order_by(reports_set_aside.c.since_at, reports_set_aside.c.incident_id)
    return [SetAside(**row) for row in tx.execute(query.limit(limit)).mappings()]


def find(
    tx: Transaction, ids: Sequence[str], municipalities: Sequence[str], mode: str
) -> dict[str, SetAside]:
    """Those of these reports that are within reach."""
    query = _within(municipalities, mode).where(reports_set_aside.c.incident_id.in_(ids))
    return {row["incident_id"]: SetAside(**row) for row in tx.execute(query).mappings()}


def decide(tx: Transaction, incident_id: str, *, state: str, by: str) -> bool:
    """Write what somebody decided; false where it says so already."""
    changed = (
        update(reports_set_aside)
        .where(reports_set_aside.c.incident_id == incident_id, reports_set_aside.c.state != state)
        .values(state=state, decided_by=by, decided_at=tx.now)
    )
    return bool(tx.execute(changed).rowcount)


def remove(tx: Transaction, incident_id: str) -> None:
    """The incident is erased."""
    mine = reports_set_aside.c.incident_id == incident_id
    tx.execute(delete(reports_set_aside).where(mine))


def _within(municipalities: Sequence[str], mode: str) -> Any:
    query = select(reports_set_aside).where(reports_set_aside.c.mode == mode)
    if "*" in municipalities:
        return query
    own = [reports_set_aside.c.municipality.startswith(key) for key in municipalities]
    return query.where(or_(false(), *own))
