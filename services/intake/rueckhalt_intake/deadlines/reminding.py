# SPDX-License-Identifier: EUPL-1.2
"""Says in time that a deadline comes near: each word once, in the transaction that notes it.

A worker looks at each incident once a day. Killed anywhere it goes on: what was noted was said,
what was not said was not noted. After a standstill of weeks one word stands for those missed.
"""

from datetime import datetime, time, timedelta

from rueckhalt_intake.deadlines import domain, handlers, store
from rueckhalt_intake.deadlines.domain import Deadline
from rueckhalt_intake.incidents import ageing
from rueckhalt_intake.incidents import erasing as incidents
from rueckhalt_intake.incidents.domain import BERLIN, Incident, local_day
from rueckhalt_shared.contracts import DeadlineApproaching
from rueckhalt_shared.database import Database, Transaction

_AT_ONCE = 100
_MORNING = time(7, 0)  # nobody is told at night of what has weeks left
_WATCHED = timedelta(days=400)  # a late correction can bring a deadline back


def remind(database: Database) -> bool:
    """Look at what is due; true when more is due now."""
    more = database.run(schedule_new)
    due = database.read(store.due, limit=_AT_ONCE)
    for incident_id in due:
        database.run(remind_of, incident_id)
    return more or len(due) == _AT_ONCE


def schedule_new(tx: Transaction) -> bool:
    """Take up incidents nobody looks at yet; imported ones are history."""
    since = tx.now - _WATCHED
    new = ageing.open_ones_besides(tx, store.scheduled(), since=since, limit=_AT_ONCE)
    store.schedule(tx, new)
    return len(new) == _AT_ONCE


def remind_of(tx: Transaction, incident_id: str) -> None:
    """Publish what is due of one incident, and say when to look again."""
    incidents.lock(tx, incident_id)
    incident = incidents.whoever_asks(tx, incident_id)
    if incident is None or incident.closed_at is not None:
        store.look_again(tx, incident_id, None)
        return
    today = local_day(tx.now) or tx.now.date()
    for each in handlers.of_incident(tx, incident):
        sent = store.sent(tx, incident_id, each.clock, each.safe_until)
        days = domain.due_reminder(each, sent, today=today)
        if days is not None:
            store.note_sent(tx, incident_id, each.clock, each.safe_until, days=days)
            tx.publish(approaching(incident, each, days_left=each.days_left(today)))
    is_watched = tx.now - incident.registered_at < _WATCHED
    store.look_again(tx, incident_id, next_morning(tx.now) if is_watched else None)


def approaching(incident: Incident, deadline: Deadline, *, days_left: int) -> DeadlineApproaching:
    """What the others learn: codes and dates, and which roles to tell."""
    roles = dict.fromkeys(deadline.rule.recipients)
    if incident.responsibility is not None and incident.responsibility.role is not None:
        roles.setdefault(incident.responsibility.role)
    return DeadlineApproaching(
        subject=incident.id,
        municipality=incident.municipality,
        mode=incident.mode,
        deadline=deadline.code,
        entitled=deadline.entitled,
        safe_until=deadline.safe_until,
        legal_end=deadline.legal_end,
        days_left=max(days_left, 0),
        recipients=tuple(roles),
    )


def next_morning(now: datetime) -> datetime:
    """Seven o'clock in Germany, the next time."""
    here = now.astimezone(BERLIN)
    today = datetime.combine(here.date(), _MORNING, BERLIN)
    return today if here < today else today + timedelta(days=1)
