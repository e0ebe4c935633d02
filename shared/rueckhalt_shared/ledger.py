# SPDX-License-Identifier: EUPL-1.2
"""Control totals between services: what was said must be what was heard.

Each producer states per closed five-minute window how many events of each type it wrote and the
hash of their ids; after a long stop the oldest windows share statements. Each consumer compares
that with its inbox; what differs at two checks is asked for again (`resend.requested`), comes
under the same ids, and the inbox drops what it knows.
"""

import hashlib
from collections.abc import Container, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from rueckhalt_shared import outbox as outbox_rows
from rueckhalt_shared.contracts import INSTALLATION, LedgerStated, ResendRequested, topology
from rueckhalt_shared.contracts.ledger import Statement
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.inbox import KEPT
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.plumbing import inbox, ledger_gaps, ledger_windows, outbox
from rueckhalt_shared.subscriptions import Subscriptions

log = get_logger(__name__)
WINDOW = timedelta(minutes=5)
GRACE = timedelta(seconds=60)  # longer than any transaction, so that a closed window is complete
_REPEATED = 12
_SINGLY = 300  # windows stated one by one after a long stop; the older ones share statements
_SPAN = timedelta(days=30)  # what one statement covers at most
_ASK_AGAIN = timedelta(minutes=10)
_OWN = frozenset({LedgerStated.type, ResendRequested.type})
_PREFIX = "de.rueckhalt."
DECLARED = "declared_queues"  # in the context: the queues of the services deployed here


def listen(subscriptions: Subscriptions) -> None:
    """Let a service compare what the others state and answer what they miss."""
    queue = f"{subscriptions.service}.keep-ledger"

    @subscriptions.on(LedgerStated, queue=queue)
    def ledger_stated(tx: Transaction, event: LedgerStated) -> None:
        compare(tx, event, _bound(subscriptions, tx.context.get(DECLARED)))

    @subscriptions.on(ResendRequested, queue=queue)
    def resend_requested(tx: Transaction, event: ResendRequested) -> None:
        resend(tx, event)


def fingerprint(ids: Iterable[str]) -> tuple[int, str]:
    """Count and SHA-256 of the sorted ids."""
    ordered = sorted(ids)
    return len(ordered), hashlib.sha256("\n".join(ordered).encode()).hexdigest()


def number(instant: datetime, window: timedelta = WINDOW) -> int:
    """The window an instant lies in, counted from 1970."""
    return int(instant.timestamp() // window.total_seconds())


def state_closed_windows(tx: Transaction, *, window: timedelta = WINDOW) -> int:
    """State every window that has closed since the last statement; answers how many statements.

    Nothing is left out, however long the stop was, and it is all said in this round: the archive
    forgets, and what it has forgotten can't be stated any more.
    """
    newest = number(tx.now - GRACE, window) - 1
    first = _first_unstated(tx, newest, window)
    singly = newest - _SINGLY
    stated = 0
    while first <= newest:
        last = first if first >= singly else min(first + _SPAN // window, singly) - 1
        _state(tx, first, last, window)
        first = last + 1
        stated += 1
    return stated


def _first_unstated(tx: Transaction, newest: int, window: timedelta) -> int:
    """The one after the last statement; where there is none, the one of the first event."""
    last = tx.execute(select(func.max(ledger_windows.c.window))).scalar_one_or_none()
    if last is not None:
        return int(last) + 1
    oldest = tx.execute(select(func.min(outbox.c.created_at))).scalar_one_or_none()
    return newest if oldest is None else number(oldest, window)


def _state(tx: Transaction, first: int, last: int, window: timedelta) -> None:
    """One statement about the windows from the first to the last, under the last one's number."""
    start = datetime.fromtimestamp(first * window.total_seconds(), UTC)
    end = datetime.fromtimestamp((last + 1) * window.total_seconds(), UTC)
    by_type: dict[str, list[str]] = {}
    rows = tx.execute(
        select(outbox.c.type, outbox.c.id).where(
            outbox.c.created_at >= start, outbox.c.created_at < end
        )
    )
    for row in rows:
        if row.type not in _OWN:
            by_type.setdefault(row.type, []).append(row.id)
    counts = {type_: fingerprint(ids) for type_, ids in sorted(by_type.items())}
    earlier = tx.execute(
        select(ledger_windows).order_by(ledger_windows.c.window.desc()).limit(_REPEATED)
    ).mappings()
    previous = tuple(reversed([_statement(row) for row in earlier]))
    tx.execute(
        insert(ledger_windows),
        {"window": last, "from_at": start, "until_at": end, "counts": counts},
    )
    tx.publish(
        LedgerStated(
            subject=f"ledger-{tx.service}",
            municipality=INSTALLATION,
            window=last,
            from_at=start,
            until_at=end,
            counts=counts,
            previous=previous,
        )
    )


def _statement(row: Any) -> Statement:
    return Statement(
        window=row["window"],
        from_at=row["from_at"],
        until_at=row["until_at"],
        counts=row["counts"],
    )


def compare(tx: Transaction, event: LedgerStated, bound: dict[str, list[str]]) -> None:
    """Compare a producer's statements with this inbox; ask for what is missing twice.

    `bound` says which types each queue of this service hears, without its own ledger queue.
    """
    if event.from_at < tx.now - KEPT:
        return  # the inbox has begun to forget what was heard then
    producer = event.subject.removeprefix("ledger-")
    now = Statement(
        window=event.window, from_at=event.from_at, until_at=event.until_at, counts=event.counts
    )
    _check(tx, producer, now, bound)
    open_windows = {
        row.window
        for row in tx.execute(
            select(ledger_gaps.c.window).where(ledger_gaps.c.producer == producer)
        )
    }
    for earlier in event.previous:
        if earlier.window in open_windows:
            _check(tx, producer, earlier, bound)


def _check(
    tx: Transaction, producer: str, statement: Statement, bound: dict[str, list[str]]
) -> None:
    for queue, types in bound.items():
        for type_ in types:
            stated = tuple(statement.counts.get(type_, fingerprint(())))
            rows = tx.execute(
                select(inbox.c.event_id).where(
                    inbox.c.queue == queue,
                    inbox.c.type == type_,
                    inbox.c.source == producer,
                    inbox.c.event_at >= statement.from_at,
                    inbox.c.event_at < statement.until_at,
                )
            )
            key = {
                "producer": producer,
                "window": statement.window,
                "queue": queue,
                "type": type_,
            }
            if fingerprint(row.event_id for row in rows) == stated:
                tx.execute(delete(ledger_gaps).filter_by(**key))
            else:
                _note_gap(tx, key, {"stated": list(stated)})


def _note_gap(tx: Transaction, key: dict[str, Any], statement: dict[str, Any]) -> None:
    known = tx.execute(select(ledger_gaps).filter_by(**key)).mappings().one_or_none()
    if known is None:
        tx.execute(
            insert(ledger_gaps),
            key | {"statement": statement, "seen": 1, "first_seen_at": tx.now},
        )
        return
    asked = known["asked_at"]
    ask = asked is None or asked < tx.now - _ASK_AGAIN
    tx.execute(
        update(ledger_gaps)
        .filter_by(**key)
        .values(seen=known["seen"] + 1, asked_at=tx.now if ask else asked)
    )
    if ask:
        log.error("ledgers differ, asking again", **key)
        tx.publish(
            ResendRequested(
                subject=f"ledger-{key['producer']}",
                municipality=INSTALLATION,
                producer=key["producer"],
                window=key["window"],
                ids=(),
            )
        )


def resend(tx: Transaction, event: ResendRequested) -> int:
    """Publish again what somebody misses: a stated window, event ids, or subjects."""
    if event.producer != tx.service:
        return 0
    sent = 0
    if event.window is not None:
        row = (
            tx.execute(select(ledger_windows).where(ledger_windows.c.window == event.window))
            .mappings()
            .one_or_none()
        )
        if row is not None:
            sent += outbox_rows.send_window_again(tx, row["from_at"], row["until_at"])
    if event.ids:
        sent += outbox_rows.send_again(tx, event_ids=event.ids)
        for subject in event.ids:
            sent += outbox_rows.send_again(tx, subject=subject)
    return sent


def open_gaps(tx: Transaction) -> int:
    """How many differences were found at least twice and are still there."""
    query = select(func.count()).select_from(ledger_gaps).where(ledger_gaps.c.seen >= 2)
    return int(tx.execute(query).scalar_one())


def _bound(subscriptions: Subscriptions, declared: Container[str] | None) -> dict[str, list[str]]:
    """Which types reach which queue; a queue that nobody declared misses nothing."""
    own = f"{subscriptions.service}.keep-ledger"
    bound: dict[str, list[str]] = {}
    for queue, type_ in sorted(subscriptions.pairs()):
        if queue == own or (declared is not None and queue not in declared):
            continue
        if type_.removeprefix(_PREFIX) in topology.QUEUES[queue]:
            bound.setdefault(queue, []).append(type_)
    return bound
