# SPDX-License-Identifier: EUPL-1.2
"""The attempts table: every try is a row, with codes only, and the hash of the link it carried."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    bindparam,
    select,
    update,
)

from rueckhalt_notify.delivery.domain import Attempt
from rueckhalt_notify.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

attempts = Table(
    "attempts",
    metadata,
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("contact_id", String(36)),
    Column("provider", String(20), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", String(16)),  # none: under way, or in doubt
    Column("reason", String(60)),
    Column("doubtful", Boolean, nullable=False),
    Column("token_hash", String(64), unique=True),
)
_c = attempts.c
_FINISH = (
    update(attempts)
    .where(_c.notice_id == bindparam("key"), _c.n == bindparam("number"))
    .values(finished_at=bindparam("at"), outcome=bindparam("what"), reason=bindparam("why"))
)


def add(tx: Transaction, values: dict[str, Any]) -> None:
    """A try begins."""
    tx.add(attempts, values)


def finish(tx: Transaction, notice_id: str, n: int, *, outcome: str, reason: str) -> None:
    """A try has ended."""
    tx.change(
        _FINISH,
        {"key": notice_id, "number": n, "at": tx.now, "what": outcome, "why": reason[:60]},
    )


def of_notice(tx: Transaction, notice_id: str) -> list[Attempt]:
    """All tries of a notice, in order."""
    rows = tx.execute(select(attempts).where(_c.notice_id == notice_id).order_by(_c.n))
    return [Attempt(**dict(row)) for row in rows.mappings()]


def with_token(tx: Transaction, token_hash: str) -> Attempt | None:
    """The try whose mail carried this link."""
    row = tx.execute(select(attempts).where(_c.token_hash == token_hash)).mappings().one_or_none()
    return Attempt(**dict(row)) if row else None
