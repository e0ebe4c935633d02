# SPDX-License-Identifier: EUPL-1.2
"""What an erasure takes away of the deadlines: everything."""

from rueckhalt_intake.deadlines import store
from rueckhalt_shared.database import Transaction

TABLES = store.TABLES


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: nobody is reminded of it."""
    store.remove(tx, incident_id)
