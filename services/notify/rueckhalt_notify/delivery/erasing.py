# SPDX-License-Identifier: EUPL-1.2
"""Notices are erased: every attempt to deliver them goes, and with it their links."""

from collections.abc import Sequence

from sqlalchemy import delete

from rueckhalt_notify.delivery.store import attempts
from rueckhalt_shared.database import Transaction


def erase(tx: Transaction, notice_ids: Sequence[str]) -> None:
    """Delete the attempts of these notices."""
    tx.execute(delete(attempts).where(attempts.c.notice_id.in_(list(notice_ids))))
