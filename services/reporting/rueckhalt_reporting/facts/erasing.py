# SPDX-License-Identifier: EUPL-1.2
"""An incident is erased: its fact stays a count and loses everything that leads back to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update

from rueckhalt_reporting.facts import store
from rueckhalt_reporting.facts.domain import Fact
from rueckhalt_reporting.facts.store import facts
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.subscriptions import Foreign

NO_KEY = "erased-"
_ONCE = datetime(2000, 1, 1, tzinfo=UTC)  # no time of any incident: only the distance is kept


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents with a fact that still has its key."""
    keyed = select(facts.c.incident).where(facts.c.incident.not_like(f"{NO_KEY}%"))
    return set(tx.execute(keyed).scalars())


def drop_key(tx: Transaction, incident: str, municipality: str | None) -> None:
    """Give the fact a random key and no exact time; every figure stays. Raises Foreign."""
    fact = store.find_all(tx, [incident]).get(incident)
    if fact is None:
        return
    if municipality is not None and fact.municipality != municipality:
        raise Foreign("the incident is another municipality's")
    loose = without_times(fact)
    values = {
        "incident": f"{NO_KEY}{uuid4()}",
        "assigned_at": loose.assigned_at,
        "taken_over_at": loose.taken_over_at,
    }
    tx.execute(update(facts).where(facts.c.incident == incident).values(values))


def without_times(fact: Fact) -> Fact:
    """The fact with the same whole minutes between its two instants, which are no more."""
    minutes = fact.minutes_to_take_over
    taken = None if fact.taken_over_at is None else _ONCE + timedelta(minutes=minutes or 0)
    return replace(fact, assigned_at=fact.assigned_at and _ONCE, taken_over_at=taken)
