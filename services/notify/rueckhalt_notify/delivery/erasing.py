# SPDX-License-Identifier: EUPL-1.2
"""Notices are erased: every attempt to deliver them goes, and with it their links.

A link goes earlier: what is left of it is its hash, and nobody can use it any more.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update

from rueckhalt_notify.delivery.store import attempts
from rueckhalt_shared.database import Transaction


def erase(tx: Transaction, notice_ids: Sequence[str]) -> None:
    """Delete the attempts of these notices."""
    tx.execute(delete(attempts).where(attempts.c.notice_id.in_(list(notice_ids))))


def old_links(
    tx: Transaction, until: datetime, after: str, limit: int
) -> list[tuple[str, datetime]]:
    """Notices by id whose last mail with a link went out then or earlier, each with its time."""
    last = func.max(attempts.c.started_at)
    query = (
        select(attempts.c.notice_id, last.label("since"))
        .where(attempts.c.token_hash.is_not(None), attempts.c.notice_id > after)
        .group_by(attempts.c.notice_id)
        .having(last <= until)
        .order_by(attempts.c.notice_id)
        .limit(limit)
    )
    return [(row.notice_id, row.since) for row in tx.execute(query)]


def forget_links(tx: Transaction, notice_ids: Sequence[str]) -> None:
    """Drop what is left of the links in the mails of these notices."""
    mine = attempts.c.notice_id.in_(list(notice_ids))
    tx.execute(update(attempts).where(mine).values(token_hash=None))
