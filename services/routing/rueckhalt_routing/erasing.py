# SPDX-License-Identifier: EUPL-1.2
"""What routing holds of an incident and how it lets go of it: assignments, timers, calls."""

from rueckhalt_routing.assignments import erasing as assignments
from rueckhalt_routing.subscriptions import subscriptions
from rueckhalt_routing.webhook import handlers as webhook
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import carrying_out
from rueckhalt_shared.erasing.carrying_out import Eraser


def erase_case(tx: Transaction, incident_id: str, municipality: str | None) -> None:
    """Every row of the incident in every room."""
    assignments.erase_case(tx, incident_id, municipality)
    webhook.forget(tx, incident_id)


ERASER = Eraser(
    case=erase_case,
    source=assignments.forget_source,
    held=assignments.held,
    tables=(*assignments.TABLES, "webhook_calls"),
)
carrying_out.listen(subscriptions, ERASER)
