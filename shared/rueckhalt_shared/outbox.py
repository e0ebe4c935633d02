# SPDX-License-Identifier: EUPL-1.2
"""The outbox: events wait here, beside the rows they tell about, until the broker has them.

Rows are read by the flag "not yet published", never by `seq > last`: PostgreSQL hands out
sequence numbers before the commit, so a later number may become visible first.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Insert,
    Integer,
    String,
    Text,
    any_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Envelope, Event
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.plumbing import outbox, subject_versions

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database, Transaction

LARGEST = 64 * 1024
ERASED = ""  # the body of an archived event whose incident was erased: never sent again
_KEPT = timedelta(days=30)

_RAISE = (
    update(subject_versions)
    .where(subject_versions.c.subject == bindparam("key"))
    .values(version=subject_versions.c.version + bindparam("by"))
)
_RAISED = _RAISE.returning(subject_versions.c.version)
_VERSIONS = (
    select(subject_versions.c.subject, subject_versions.c.version)
    .where(subject_versions.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(subject_versions.c.subject)
    .with_for_update()
)
_MARK = '"version":1,'


def _keeping() -> Insert:
    """Raise the version of one subject and keep the row that carries it, in one statement.

    Two that begin a subject at once: the second breaks the key, and its use case runs again.
    (A parameter with the name of a column would become a value of that column.)
    """
    subject = bindparam("its_subject", type_=String)
    versions = subject_versions.c
    raised = (
        update(subject_versions)
        .where(versions.subject == subject)
        .values(version=versions.version + 1)
        .returning(versions.version)
        .cte("raised")
    )
    first = select(subject, literal_column("1", Integer)).where(~exists(select(raised.c.version)))
    begun = (
        insert(subject_versions)
        .inline()
        .from_select(("subject", "version"), first)
        .returning(versions.version)
        .cte("begun")
    )
    version = select(raised.c.version).union_all(select(begun.c.version)).subquery().c.version
    row = select(
        bindparam("its_id", type_=String),
        bindparam("its_type", type_=String),
        subject,
        version,
        bindparam("its_head", type_=Text) + cast(version, Text) + bindparam("its_tail", type_=Text),
        bindparam("its_created_at", type_=outbox.c.created_at.type),
    )
    names = ("id", "type", "subject", "version", "body", "created_at")
    return insert(outbox).inline().from_select(names, row)


_KEEP_NUMBERED = _keeping()
_WAITING = (
    select(outbox.c.seq, outbox.c.id, outbox.c.type, outbox.c.body, outbox.c.attempts)
    .where(
        outbox.c.published_at.is_(None),
        or_(outbox.c.next_attempt_at.is_(None), outbox.c.next_attempt_at <= bindparam("now")),
    )
    .order_by(outbox.c.seq)
    .limit(bindparam("limit"))
)
_STAMPED: dict[str, Any] = {"published_at": bindparam("at"), "cause": None}
_STAMP = (
    update(outbox).where(outbox.c.seq.in_(bindparam("seqs", expanding=True))).values(**_STAMPED)
)
# An array is one parameter, so the statement stays the same and PostgreSQL prepares it once.
_ANY = outbox.c.seq == any_(bindparam("seqs", type_=ARRAY(BigInteger)))
_STAMP_ANY = update(outbox).where(_ANY).values(**_STAMPED)


class TooLarge(Exception):
    """An event's body is over 64 KiB; the broker would refuse it for ever."""


@dataclass(frozen=True)
class Waiting:
    """A row that the broker does not have yet."""

    seq: int
    id: str
    type: str
    body: str
    attempts: int


def add(tx: "Transaction", event: Event) -> str:
    """Wrap the event and put it beside the business rows; answers its id.

    Called by `Transaction.publish` only. An event without a version gets the next one of its
    subject, before the commit.
    """
    event_id = uuid7()
    version = event.version or 1
    envelope = contracts.wrap(event, service=tx.service, id=event_id, time=tx.now, version=version)
    if event.version:
        _keep(tx, envelope)
    else:
        tx.collect(_number, envelope)
    return event_id


def _number(tx: "Transaction", envelopes: list[Envelope]) -> None:
    """Give each the next gapless version of its subject, in the order they were published."""
    if len(envelopes) == 1 and tx.may_add_later(_KEEP_NUMBERED):
        tx.add_later(_KEEP_NUMBERED, _halves(tx, envelopes[0]))
        return
    published = Counter(envelope.subject for envelope in envelopes)
    last = _raised(tx, published)
    for envelope in envelopes:
        published[envelope.subject] -= 1
        version = last[envelope.subject] - published[envelope.subject]
        _keep(tx, replace(envelope, version=version))


def _raised(tx: "Transaction", published: Counter[str]) -> dict[str, int]:
    """Raise the version of each subject by as many events as it has; answers the new ones."""
    # Sorted, so that two transactions never wait for each other.
    changes = sorted(published.items())
    known: dict[str, int] = {}
    if len(changes) == 1:
        subject, by = changes[0]
        version = tx.execute(_RAISED, {"key": subject, "by": by}).scalar_one_or_none()
        known = {} if version is None else {subject: version}
    else:
        rows = tx.execute(_VERSIONS, {"subjects": [subject for subject, _ in changes]})
        known = {row.subject: row.version + published[row.subject] for row in rows}
        if known:
            tx.execute(_RAISE, [{"key": s, "by": n} for s, n in changes if s in known])
    new = {subject: n for subject, n in published.items() if subject not in known}
    tx.add(subject_versions, *({"subject": s, "version": n} for s, n in sorted(new.items())))
    return known | new


def _halves(tx: "Transaction", envelope: Envelope) -> dict[str, Any]:
    """The row of an event whose version only the database knows: its body in two halves."""
    head, _, tail = _body(envelope).partition(_MARK)  # no id or type can hold a quote
    return {
        "its_id": envelope.id,
        "its_type": envelope.type,
        "its_subject": envelope.subject,
        "its_head": head + _MARK.removesuffix("1,"),
        "its_tail": "," + tail,
        "its_created_at": tx.now,
    }


def _body(envelope: Envelope) -> str:
    body = envelope.to_json()
    if len(body) > LARGEST:  # pure ASCII: characters are bytes
        raise TooLarge(f"{envelope.type}: {len(body)} bytes, at most {LARGEST}")
    return body


def _keep(tx: "Transaction", envelope: Envelope) -> None:
    row = {
        "id": envelope.id,
        "type": envelope.type,
        "subject": envelope.subject,
        "version": envelope.version,
        "body": _body(envelope),
        "created_at": tx.now,
    }
    tx.add(outbox, row)


def waiting(tx: "Transaction", *, limit: int) -> list[Waiting]:
    """The oldest rows that are due to be published."""
    rows = tx.execute(_WAITING, {"now": tx.now, "limit": limit})
    return [Waiting(row.seq, row.id, row.type, row.body, row.attempts) for row in rows]


def stamp(database: "Database", seqs: Sequence[int]) -> None:
    """The broker has confirmed these rows."""
    statement = _STAMP_ANY if database.dialect == "postgresql" else _STAMP
    database.run_one(statement, {"seqs": list(seqs), "at": database.clock()})


def set_back(tx: "Transaction", seqs: Sequence[int], *, cause: str, until: datetime) -> None:
    """These rows try again later; no other row waits for them."""
    tx.execute(
        update(outbox)
        .where(outbox.c.seq.in_(list(seqs)))
        .values(attempts=outbox.c.attempts + 1, next_attempt_at=until, cause=cause)
    )


def send_again(
    tx: "Transaction",
    *,
    event_ids: Sequence[str] = (),
    subject: str | None = None,
    types: Sequence[str] = (),
) -> int:
    """Publish archived rows again under the same ids; answers how many.

    By ids, or by subject (optionally only some types). Whoever has an event already drops it.
    """
    condition = (
        outbox.c.subject == subject if subject is not None else outbox.c.id.in_(list(event_ids))
    )
    statement = update(outbox).where(
        condition, outbox.c.published_at.is_not(None), outbox.c.body != ERASED
    )
    if types:
        statement = statement.where(outbox.c.type.in_(list(types)))
    result = tx.execute(statement.values(published_at=None, attempts=0, next_attempt_at=None))
    tx.wake("outbox")
    return result.rowcount


def send_window_again(tx: "Transaction", start: datetime, end: datetime) -> int:
    """Publish everything stated between two instants again (repair of a gap)."""
    result = tx.execute(
        update(outbox)
        .where(
            outbox.c.created_at >= start,
            outbox.c.created_at < end,
            outbox.c.published_at.is_not(None),
            outbox.c.body != ERASED,
        )
        .values(published_at=None, attempts=0, next_attempt_at=None)
    )
    tx.wake("outbox")
    return result.rowcount


def lag(tx: "Transaction") -> tuple[int, datetime | None]:
    """How many rows wait, and since when the oldest does."""
    query = select(func.count().label("count"), func.min(outbox.c.created_at).label("oldest"))
    row = tx.execute(query.where(outbox.c.published_at.is_(None))).one()
    return int(row._mapping["count"]), row._mapping["oldest"]


def forget_old(tx: "Transaction") -> int:
    """Published rows stay thirty days as the archive that repairs gaps."""
    return tx.execute(delete(outbox).where(outbox.c.published_at < tx.now - _KEPT)).rowcount
