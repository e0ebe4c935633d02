# SPDX-License-Identifier: EUPL-1.2
"""The answers table: one per notice, which is what makes a link single-use."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, String, Table, insert, select

from rueckhalt_notify.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

answers = Table(
    "answers",
    metadata,
    Column("notice_id", ForeignKey("notices.id"), primary_key=True),
    Column("attempt", Integer, nullable=False),  # whose link was used
    Column("verb", String(12), nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person said."""

    notice_id: str
    attempt: int
    verb: str
    answered_at: datetime


def add(tx: Transaction, answer: Answer) -> None:
    """The one answer to a notice."""
    tx.execute(
        insert(answers),
        {
            "notice_id": answer.notice_id,
            "attempt": answer.attempt,
            "verb": answer.verb,
            "answered_at": answer.answered_at,
        },
    )


def get(tx: Transaction, notice_id: str) -> Answer | None:
    """The answer to a notice."""
    row = tx.execute(select(answers).where(answers.c.notice_id == notice_id)).mappings()
    found = row.one_or_none()
    return Answer(**dict(found)) if found else None
