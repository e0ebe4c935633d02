# SPDX-License-Identifier: EUPL-1.2
"""How a service obeys an order to erase: rows, tombstone and receipt in one commit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from rueckhalt_shared.audit import recording
from rueckhalt_shared.contracts import IncidentErased, IncidentErasureOrdered
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.outbox import ERASED
from rueckhalt_shared.plumbing import erasure_leftovers, inbox, outbox, subject_versions
from rueckhalt_shared.subscriptions import Subscriptions

CASE, SOURCE, ATTACHMENT = "case", "source", "attachment"
SIGNAL = "erasures"


class UnknownScope(Exception):
    """An order of a scope this version does not know; nothing is erased, a person looks."""


@dataclass(frozen=True, kw_only=True)
class Eraser:
    """What one service holds of an incident, and how it lets go of it."""

    case: Callable[[Transaction, str, str | None], None]
    """Delete all rows of the incident; the third value is its municipality, None on a replay.

    Raises `Foreign` when the rows are another municipality's."""
    held: Callable[[Transaction], Iterable[str]]
    """The ids of all incidents there are rows of."""
    source: Callable[[Transaction, str, int], None] | None = None
    """Forget who reported, as of that version of the incident; None where nothing of it is kept."""
    tables: tuple[str, ...] = ()
    """Where rows are deleted: vacuumed afterwards on PostgreSQL."""


@dataclass(frozen=True)
class Leftover:
    """An erasure whose traces are still to be swept."""

    order_id: str
    incident: str
    scope: str


def listen(subscriptions: Subscriptions, eraser: Eraser) -> None:
    """Hear the orders."""
    queue = f"{subscriptions.service}.erase-incidents"

    @subscriptions.on(IncidentErasureOrdered, queue=queue)
    def incident_erasure_ordered(tx: Transaction, event: IncidentErasureOrdered) -> None:
        carry_out(tx, event, eraser)


def carry_out(tx: Transaction, event: IncidentErasureOrdered, eraser: Eraser) -> None:
    """Obey one order and say so; obeying it again says so again and changes nothing."""
    if event.scope == CASE:
        bury(tx, event.subject, eraser, municipality=event.municipality)
    elif event.scope == SOURCE:
        if eraser.source is not None:
            eraser.source(tx, event.subject, event.version)
    elif event.scope != ATTACHMENT:  # only intake keeps files, and has dropped it by then
        raise UnknownScope(event.scope)
    leave(tx, Leftover(event.order, event.subject, event.scope))
    tx.publish(
        IncidentErased(
            subject=event.subject,
            municipality=event.municipality,
            mode=event.mode,
            order=event.order,
            scope=event.scope,
            at=tx.now,
        )
    )


def bury(tx: Transaction, incident: str, eraser: Eraser, *, municipality: str | None) -> None:
    """Set the tombstone of a whole case and delete its rows."""
    tombstones.bury(tx, incident)
    eraser.case(tx, incident, municipality)
    finish_inbox(tx, incident)
    recording.unlink(tx, incident)


def leave(tx: Transaction, leftover: Leftover) -> None:
    """Remember, in the same commit, that traces are still to be swept."""
    known = select(erasure_leftovers.c.order_id).where(
        erasure_leftovers.c.order_id == leftover.order_id
    )
    if tx.execute(known).first() is None:
        tx.execute(insert(erasure_leftovers), vars(leftover) | {"left_at": tx.now})
    tx.wake(SIGNAL)


def leftovers(tx: Transaction) -> list[Leftover]:
    """What is still to be swept, oldest first."""
    rows = tx.execute(select(erasure_leftovers).order_by(erasure_leftovers.c.left_at).limit(100))
    return [Leftover(row.order_id, row.incident, row.scope) for row in rows]


def finish_inbox(tx: Transaction, incident: str) -> None:
    """Parked and quarantined events of the incident are done: their bodies go, they stay known.

    Not the order itself, which may be one of them just now and ends by itself.
    """
    tx.execute(
        update(inbox)
        .where(inbox.c.state != "done", inbox.c.type.not_in(tombstones.SPARED))
        .where(inbox.c.body.contains(incident, autoescape=True))
        .values(state="done", body=None, cause="erased", next_attempt_at=None)
    )


def empty_archive(tx: Transaction, leftover: Leftover) -> bool:
    """Blank what was published about the incident; false while something waits for the bus.

    The rows stay with id, type and time: the control totals between services still add up.
    """
    mine = outbox.c.subject == leftover.incident
    tx.execute(
        update(outbox)
        .where(mine, outbox.c.published_at.is_not(None))
        .values(body=ERASED, subject="", cause=None)
    )
    waiting = tx.execute(select(func.count()).select_from(outbox).where(mine)).scalar_one()
    if waiting:
        return False
    if leftover.scope == CASE:
        tx.execute(delete(subject_versions).where(subject_versions.c.subject == leftover.incident))
    return True


def forget(tx: Transaction, done: Iterable[Leftover]) -> None:
    """These are swept."""
    ids = [each.order_id for each in done]
    tx.execute(delete(erasure_leftovers).where(erasure_leftovers.c.order_id.in_(ids)))
