# SPDX-License-Identifier: EUPL-1.2
"""Bus in: the receipts of the other services. The queue's name is spelled out: it is an API."""

from rueckhalt_intake.erasure import handlers
from rueckhalt_intake.subscriptions import subscriptions
from rueckhalt_shared.contracts import IncidentErased
from rueckhalt_shared.database import Transaction


@subscriptions.on(IncidentErased, queue="intake.count-receipts")
def incident_erased(tx: Transaction, event: IncidentErased) -> None:
    """A service has carried out an order."""
    handlers.note_receipt(tx, event.order, event.said_by, event.at)
