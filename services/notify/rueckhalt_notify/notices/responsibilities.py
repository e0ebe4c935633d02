# SPDX-License-Identifier: EUPL-1.2
"""What notify remembers of each responsibility: enough to never ask after somebody took over.

Facts of routing are applied by their version and never refused; events may come in any order.
"""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, String, Table, bindparam, insert, select, update

from rueckhalt_notify.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

responsibilities = Table(
    "responsibilities",
    metadata,
    Column("incident", String(64), primary_key=True),
    Column("assignment", String(64)),
    Column("version", Integer, nullable=False),  # of routing
    Column("state", String(12), nullable=False),  # open, taken_over or ended
    Column("person", String(36)),
    Column("closed_at", UtcDateTime),
)
_GET = select(responsibilities).where(
    responsibilities.c.incident.in_(bindparam("keys", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """How far one incident has come."""

    incident: str
    assignment: str | None = None
    version: int = 0
    state: str = "open"
    person: str | None = None
    closed_at: datetime | None = None

    def still_asks(self, version: int) -> bool:
        """May a question of that version still go out?"""
        if self.closed_at is not None:
            return False
        return self.state == "open" or version > self.version


def get(tx: Transaction, incident: str) -> Responsibility:
    """What is known; nothing known is an open one."""
    return of_incidents(tx, [incident])[incident]


def of_incidents(tx: Transaction, incidents: Collection[str]) -> dict[str, Responsibility]:
    """What is known of each of them."""
    rows = tx.execute(_GET, {"keys": list(incidents)}).mappings()
    known = {row["incident"]: Responsibility(**dict(row)) for row in rows}
    return {each: known.get(each) or Responsibility(incident=each) for each in incidents}


def apply(tx: Transaction, incident: str, *, version: int, **facts: Any) -> bool:
    """A fact of routing; false when a newer one was here first."""
    known = get(tx, incident)
    if version <= known.version:
        return False
    _put(tx, known, lambda old: replace(old, version=version, **facts))
    return True


def close(tx: Transaction, incident: str, at: datetime) -> None:
    """Intake has closed the incident."""
    known = get(tx, incident)
    if known.closed_at is None:
        _put(tx, known, lambda old: replace(old, closed_at=at))


def _put(
    tx: Transaction, known: Responsibility, change: Callable[[Responsibility], Responsibility]
) -> None:
    values = asdict(change(known))
    key = values.pop("incident")
    mine = update(responsibilities).where(responsibilities.c.incident == key)
    if tx.execute(mine.values(values)).rowcount == 0:
        tx.execute(insert(responsibilities), {"incident": key, **values})
