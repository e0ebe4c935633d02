# SPDX-License-Identifier: EUPL-1.2
"""Bus in: the head of a chain that somebody outside shall keep."""

from rueckhalt_notify.heads import handlers
from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_shared.contracts import AuditHeadStated
from rueckhalt_shared.database import Transaction


@subscriptions.on(AuditHeadStated, queue="notify.send-audit-heads")
def head_stated(tx: Transaction, event: AuditHeadStated) -> None:
    """Put it on the way."""
    handlers.take(tx, event)
