# SPDX-License-Identifier: EUPL-1.2
"""Notices are erased: what was answered to them goes."""

from collections.abc import Sequence

from sqlalchemy import delete

from rueckhalt_notify.answers.store import answers
from rueckhalt_shared.database import Transaction


def erase(tx: Transaction, notice_ids: Sequence[str]) -> None:
    """Delete the answers to these notices."""
    tx.execute(delete(answers).where(answers.c.notice_id.in_(list(notice_ids))))
