# SPDX-License-Identifier: EUPL-1.2
"""What a worker says about itself, as rows, because web processes never ask the broker."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from rueckhalt_shared.plumbing import worker_states

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction


@dataclass(frozen=True)
class WorkerState:
    """One thing a worker watches: `bus` is `up` or `down`, `sweeper` is `running` …"""

    name: str
    state: str
    cause: str | None
    at: datetime


def note_state(tx: "Transaction", name: str, state: str, cause: str | None = None) -> None:
    """Replace what was said about this thing."""
    values = {"state": state, "cause": cause and cause[:500], "at": tx.now}
    changed = tx.execute(update(worker_states).where(worker_states.c.name == name).values(**values))
    if not changed.rowcount:
        tx.execute(insert(worker_states), values | {"name": name})


def states(tx: "Transaction") -> dict[str, WorkerState]:
    """Everything the workers have said, by name."""
    rows = tx.execute(select(worker_states)).mappings()
    return {row["name"]: WorkerState(**row) for row in rows}
