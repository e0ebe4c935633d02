# SPDX-License-Identifier: EUPL-1.2
"""What people said about clocks, which reminders went out, and when to look again."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from rueckhalt_intake.deadlines.domain import Clock, Pause
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

deadline_clocks = Table(
    "deadline_clocks",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("entitled", String(40), primary_key=True),
    Column("offender", Integer, primary_key=True),
    Column("knows_deed_on", Date),
    Column("knows_offender_on", Date),
    Column("pause_since", Date),
    Column("pause_until", Date),
    Column("pause_reason", String(20)),
    Column("settled_on", Date),
    Column("changed_at", UtcDateTime, nullable=False),
)
deadline_reminders = Table(
    "deadline_reminders",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("entitled", String(40), primary_key=True),
    Column("offender", Integer, primary_key=True),
    Column("safe_until", Date, primary_key=True),
    Column("days", Integer, primary_key=True),
    Column("sent_at", UtcDateTime, nullable=False),
)
deadline_rounds = Table(
    "deadline_rounds",
    metadata,
    Column("incident_id", String(36), primary_key=True),
    Column("next_at", UtcDateTime, index=True),  # none: nothing can come any more
)
TABLES = (deadline_clocks.name, deadline_reminders.name, deadline_rounds.name)
_KEY = ("code", "entitled", "offender")


def clocks(tx: Transaction, incident_id: str) -> list[Clock]:
    """What was said about the clocks of an incident."""
    chosen = deadline_clocks.c.incident_id == incident_id
    query = select(deadline_clocks).where(chosen).order_by(*(deadline_clocks.c[n] for n in _KEY))
    return [_clock(row) for row in tx.execute(query).mappings()]


def put(tx: Transaction, incident_id: str, clock: Clock) -> None:
    """Keep what was said about a clock, in place of what was said before."""
    pause = clock.pause
    row: dict[str, Any] = {
        "knows_deed_on": clock.knows_deed_on,
        "knows_offender_on": clock.knows_offender_on,
        "pause_since": pause.since if pause else None,
        "pause_until": pause.until if pause else None,
        "pause_reason": pause.reason if pause else None,
        "settled_on": clock.settled_on,
        "changed_at": tx.now,
    }
    keyed = [deadline_clocks.c.incident_id == incident_id]
    keyed += [deadline_clocks.c[name] == getattr(clock, name) for name in _KEY]
    if tx.execute(select(deadline_clocks.c.code).where(*keyed)).first() is not None:
        tx.execute(update(deadline_clocks).where(*keyed).values(row))
        return
    row |= {"incident_id": incident_id, **{name: getattr(clock, name) for name in _KEY}}
    tx.execute(insert(deadline_clocks), row)


def sent(tx: Transaction, incident_id: str, clock: Clock, safe_until: date) -> set[int]:
    """Which reminders of a date went out."""
    sent_ = deadline_reminders.c
    keyed = [sent_.incident_id == incident_id, sent_.safe_until == safe_until]
    keyed += [sent_[name] == getattr(clock, name) for name in _KEY]
    return set(tx.execute(select(sent_.days).where(*keyed)).scalars())


def note_sent(
    tx: Transaction, incident_id: str, clock: Clock, safe_until: date, *, days: int
) -> None:
    """A reminder goes out with this transaction."""
    row = {name: getattr(clock, name) for name in _KEY}
    row |= {"incident_id": incident_id, "safe_until": safe_until, "days": days}
    tx.execute(insert(deadline_reminders), row | {"sent_at": tx.now})


def scheduled() -> Select[tuple[str]]:
    """The ids of all incidents that are looked at."""
    return select(deadline_rounds.c.incident_id)


def schedule(tx: Transaction, incident_ids: Collection[str]) -> None:
    """Look at these from now on."""
    if incident_ids:
        rows = [{"incident_id": each, "next_at": tx.now} for each in incident_ids]
        tx.execute(insert(deadline_rounds), rows)


def due(tx: Transaction, *, limit: int) -> list[str]:
    """The incidents to look at now."""
    query = select(deadline_rounds.c.incident_id).where(deadline_rounds.c.next_at <= tx.now)
    query = query.order_by(deadline_rounds.c.next_at, deadline_rounds.c.incident_id)
    return list(tx.execute(query.limit(limit)).scalars())


def look_again(tx: Transaction, incident_id: str, at: datetime | None) -> None:
    """When to look at an incident next; None: never."""
    keyed = update(deadline_rounds).where(deadline_rounds.c.incident_id == incident_id)
    tx.execute(keyed.values(next_at=at))


def remove(tx: Transaction, incident_id: str) -> None:
    """Drop everything about an incident's deadlines."""
    for table in (deadline_clocks, deadline_reminders, deadline_rounds):
        tx.execute(delete(table).where(table.c.incident_id == incident_id))


def _clock(row: RowMapping) -> Clock:
    since = row["pause_since"]
    pause = Pause(since=since, until=row["pause_until"], reason=row["pause_reason"])
    return Clock(
        code=row["code"],
        entitled=row["entitled"],
        offender=row["offender"],
        knows_deed_on=row["knows_deed_on"],
        knows_offender_on=row["knows_offender_on"],
        pause=pause if since is not None else None,
        settled_on=row["settled_on"],
    )
