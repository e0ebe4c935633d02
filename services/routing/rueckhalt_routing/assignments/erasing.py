# SPDX-License-Identifier: EUPL-1.2
"""An incident is erased: its assignment, every decision and every step taken go."""

from datetime import datetime

from sqlalchemy import delete, select, update

from rueckhalt_routing.assignments import handlers, store
from rueckhalt_routing.assignments.domain import CLOSED
from rueckhalt_routing.assignments.store import assignments, decisions, steps_taken
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.subscriptions import Foreign, NotYet

TABLES = ("assignments", "decisions", "steps_taken", "timers")


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents there is anything about."""
    known = select(assignments.c.incident_id).union(select(decisions.c.incident_id))
    return set(tx.execute(known).scalars())


def closed_before(tx: Transaction, moment: datetime, *, limit: int) -> list[str]:
    """The next incidents whose assignment was closed before that moment, oldest first."""
    query = select(assignments.c.incident_id).where(
        assignments.c.state == CLOSED, assignments.c.closed_at <= moment
    )
    return list(tx.execute(query.order_by(assignments.c.closed_at).limit(limit)).scalars())


def erase_case(tx: Transaction, incident_id: str, municipality: str | None) -> None:
    """Delete all rows of the incident, its timers included; raises Foreign."""
    known = store.find(tx, incident_id)
    if known is not None:
        if municipality is not None and known.municipality != municipality:
            raise Foreign("the assignment is another municipality's")
        handlers.locked(tx, known.id)
        timers.cancel(tx, known.id)
        tx.execute(delete(steps_taken).where(steps_taken.c.assignment_id == known.id))
        tx.execute(delete(assignments).where(assignments.c.id == known.id))
    tx.execute(delete(decisions).where(decisions.c.incident_id == incident_id))


def forget_source(tx: Transaction, incident_id: str, version: int) -> None:
    """Nothing says any more that the source was left out; who is accused still is.

    Waits (NotYet) for intake's correction of that version, which tells who is to be left out now.
    """
    known = store.find(tx, incident_id)
    if known is None:
        return
    if known.incident_version < version:
        raise NotYet("the correction without the source has not arrived yet")
    current = handlers.locked(tx, known.id)
    kept = dict(current.excluded)
    mine = select(decisions).where(decisions.c.incident_id == incident_id)
    for row in tx.execute(mine).mappings().all():
        case = dict(row["case"])
        case["excluded"] = [each for each in case["excluded"] if each in kept]
        excluded = {who: why for who, why in row["excluded"].items() if who in kept}
        values = {"case": case, "excluded": excluded}
        tx.execute(update(decisions).where(decisions.c.id == row["id"]).values(values))
