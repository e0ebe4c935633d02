# SPDX-License-Identifier: EUPL-1.2
"""The notices table, and the two-way road between its rows and Notice."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    bindparam,
    or_,
    select,
    text,
    update,
)

from rueckhalt_notify.notices.domain import Notice
from rueckhalt_notify.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

notices = Table(
    "notices",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("source_event", String(80), nullable=False),
    Column("subject", String(64), nullable=False, index=True),
    Column("municipality", String(12), nullable=False),
    Column("mode", String(8), nullable=False),
    Column("assignment", String(64)),
    Column("owner_kind", String(8), nullable=False),
    Column("owner_id", String(36), nullable=False),
    Column("part", String(8), nullable=False),
    Column("purpose", String(12), nullable=False),
    Column("step", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("urgency", String(8), nullable=False),
    Column("contact_id", ForeignKey("contacts.id"), nullable=True),
    Column("template", String(40), nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("language", String(8), nullable=False),
    Column("level", Integer, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("is_plain", Boolean, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("take_over_by_at", UtcDateTime),
    Column("deliver_by_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("resend_of", String(36)),
    Column("sender", String(120)),
    Column("lease_until_at", UtcDateTime),
)
_OPEN = text(
    "notices.state IN ('waiting', 'sending')"
)  # fixed text: an IN is spelled anew each time
_open = text("state IN ('waiting', 'sending')")
Index(
    "ix_notices_open",
    notices.c.lane,
    notices.c.due_at,
    sqlite_where=_open,
    postgresql_where=_open,
)

_c = notices.c
_FREE = or_(_c.lease_until_at.is_(None), _c.lease_until_at <= bindparam("now"))
_NAMES = tuple(column.name for column in notices.c)
_row = attrgetter(*_NAMES)  # `asdict` would copy each value

_KEYS = select(_c.key).where(_c.key.in_(bindparam("keys", expanding=True)))
_DUE = (
    select(notices)
    .where(_OPEN, _c.due_at <= bindparam("now"), _FREE)
    .order_by(_c.lane, _c.due_at)
    .limit(bindparam("limit"))
)
_CLAIM = (
    update(notices)
    .where(_c.id == bindparam("key_"), _c.attempts == bindparam("seen"), _OPEN, _FREE)
    .values(sender=bindparam("me"), lease_until_at=bindparam("until"))
    .returning(notices)
)
_START = (
    update(notices)
    .where(_c.id == bindparam("key_"), _c.attempts == bindparam("seen"), _OPEN, _FREE)
    .where(_c.revoked_at.is_(None))
    .values(
        state="sending",
        sender=bindparam("me"),
        attempts=bindparam("seen") + 1,
        lease_until_at=bindparam("until"),
        template_version=bindparam("version"),
    )
)
_MINE = update(notices).where(
    _c.id == bindparam("key_"),
    _c.sender == bindparam("me"),
    _c.attempts == bindparam("seen"),
    _OPEN,
)
_FINISH = _MINE.values(
    state=bindparam("to"), finished_at=bindparam("at"), sender=None, lease_until_at=None
)
_AGAIN = _MINE.values(
    state="waiting",
    due_at=bindparam("at"),
    failures=bindparam("failed"),
    doubtful=bindparam("doubt"),
    is_plain=bindparam("plain"),
    sender=None,
    lease_until_at=None,
)
_FOREIGN = (
    select(_c.id)
    .where(_c.subject == bindparam("key_"), _c.municipality != bindparam("own"))
    .limit(1)
)


def add(tx: Transaction, new: Sequence[Notice]) -> None:
    """New notices, in one statement."""
    if new:
        tx.add(notices, *map(_values, new))


def add_missing(tx: Transaction, wanted: Sequence[Notice]) -> list[Notice]:
    """Those of these notices that were not there; each is now, once."""
    by_key = {notice.key: notice for notice in reversed(wanted)}
    if by_key and not tx.hopeful:  # else a known one breaks the key, and all this runs again
        for key in known_keys(tx, by_key):
            del by_key[key]
    new = sorted(by_key.values(), key=lambda notice: notice.id)
    add(tx, new)
    return new


def known_keys(tx: Transaction, keys: Iterable[str]) -> set[str]:
    """Which of these notices exist."""
    return set(tx.execute(_KEYS, {"keys": list(keys)}).scalars())


def open_keys(tx: Transaction, keys: Iterable[str]) -> set[str]:
    """Which of these notices were sent or may still be."""
    statement = select(_c.key).where(
        _c.key.in_(list(keys)), _c.state.in_(("waiting", "sending", "sent"))
    )
    return set(tx.execute(statement).scalars())


def get(tx: Transaction, notice_id: str) -> Notice | None:
    """The notice of that id."""
    row = tx.execute(select(notices).where(_c.id == notice_id)).mappings().one_or_none()
    return _notice(row) if row else None


def due(tx: Transaction, *, limit: int) -> list[Notice]:
    """What should be sent now and is in nobody's hands, the urgent lane first."""
    rows = tx.execute(_DUE, {"now": tx.now, "limit": limit})
    return [_notice(row) for row in rows.mappings()]


def claim(tx: Transaction, notice: Notice, *, until: datetime) -> Notice | None:
    """Lease it without beginning; none when another sender was faster."""
    values = _fence(notice) | {"now": tx.now, "until": until}
    row = tx.execute(_CLAIM, values).mappings().one_or_none()
    return _notice(row) if row else None


def start(tx: Transaction, notice: Notice, *, until: datetime, version: int) -> bool:
    """`sending` in its sender's hands, if it is still free and wanted; false otherwise."""
    values = {"until": until, "version": version, "now": tx.now}
    return tx.change(_START, _fence(notice) | values)


def finish(tx: Transaction, notice: Notice, state: str) -> bool:
    """A final state; false when the lease was lost meanwhile."""
    return tx.change(_FINISH, _fence(notice) | {"to": state, "at": tx.now})


def set_back(  # what the next attempt needs to know
    tx: Transaction, notice: Notice, *, due_at: datetime, failures: int, doubtful: bool, plain: bool
) -> bool:
    """Wait for the next attempt; false when the lease was lost meanwhile."""
    values = {"at": due_at, "failed": failures, "doubt": doubtful, "plain": plain}
    return tx.change(_AGAIN, _fence(notice) | values)


def revoked_at(tx: Transaction, notice_id: str) -> datetime | None:
    """Since when nobody needs the notice any more; locked until the commit."""
    query = select(notices.c.revoked_at).where(notices.c.id == notice_id).with_for_update()
    moment: datetime | None = tx.execute(query).scalar_one_or_none()
    return moment


def senders(tx: Transaction) -> list[str]:
    """Everybody who holds a lease."""
    rows = tx.execute(select(_c.sender).where(_OPEN, _c.sender.is_not(None)).distinct())
    return [str(sender) for sender in rows.scalars()]


def void_leases(tx: Transaction, sender: str) -> None:
    """Of a sender that is known to have died."""
    tx.execute(update(notices).where(_OPEN, _c.sender == sender).values(lease_until_at=tx.now))


def overdue(tx: Transaction, *, limit: int) -> list[Notice]:
    """Open, in nobody's hands, and past the time for which trying made sense."""
    statement = select(notices).where(_OPEN, _c.deliver_by_at <= tx.now, _FREE).limit(limit)
    return [_notice(row) for row in tx.execute(statement, {"now": tx.now}).mappings()]


def fail_overdue(tx: Transaction, notice: Notice) -> bool:
    """Failed for want of time; false when somebody sends it just now."""
    statement = (
        update(notices)
        .where(_c.id == notice.id, _OPEN, _FREE, _c.attempts == notice.attempts)
        .values(state="failed", finished_at=tx.now, sender=None, lease_until_at=None)
    )
    return tx.execute(statement, {"now": tx.now}).rowcount == 1


def is_foreign(tx: Transaction, subject: str, municipality: str) -> bool:
    """Are there notices of this incident that belong to another municipality?"""
    return tx.execute(_FOREIGN, {"key_": subject, "own": municipality}).first() is not None


def change_owner(tx: Transaction, old: str, new: str) -> None:
    """An office has another id now."""
    mine = _c.owner_kind == "office", _c.owner_id == old
    tx.execute(update(notices).where(*mine).values(owner_id=new))


def revoke(tx: Transaction, *, subject: str, assignment: str | None = None) -> list[Notice]:
    """Nothing of this incident (or assignment) is asked any more; answers all notices of it.

    What waits is cancelled. What is being sent now ends by itself, and is not tried again.
    """
    mine = _c.subject == subject
    if assignment is not None:
        mine = mine & (_c.assignment == assignment)
    found = [_notice(row) for row in tx.execute(select(notices).where(mine)).mappings()]
    tx.execute(update(notices).where(mine, _c.revoked_at.is_(None)).values(revoked_at=tx.now))
    tx.execute(
        update(notices)
        .where(mine, _c.state == "waiting")
        .values(state="cancelled", finished_at=tx.now, sender=None, lease_until_at=None)
    )
    return found


def first(tx: Transaction, notice_id: str, *seen: Any) -> Notice | None:
    """The notice of that id under these conditions."""
    statement = select(notices).where(_c.id == notice_id, *seen)
    row = tx.execute(statement).mappings().one_or_none()
    return _notice(row) if row else None


def page(tx: Transaction, *seen: Any, limit: int, **equal: Any) -> list[Notice]:
    """The newest first; `before` is the id of the last one of the page before."""
    statement = select(notices).where(*seen).order_by(_c.id.desc()).limit(limit)
    before = equal.pop("before", None)
    if before:
        statement = statement.where(_c.id < before)
    for name, value in equal.items():
        if value is not None:
            statement = statement.where(_c[name] == value)
    return [_notice(row) for row in tx.execute(statement).mappings()]


def _fence(notice: Notice) -> dict[str, Any]:
    return {"key_": notice.id, "me": notice.sender, "seen": notice.attempts}


def _values(notice: Notice) -> dict[str, Any]:
    return dict(zip(_NAMES, _row(notice), strict=True))


def _notice(row: RowMapping) -> Notice:
    return Notice(**dict(row))
