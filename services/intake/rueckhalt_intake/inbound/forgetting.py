# SPDX-License-Identifier: EUPL-1.2
"""What is left of the arrival an incident came from, for whoever erases the incident."""

from rueckhalt_intake.inbound import store
from rueckhalt_shared.database import Transaction

TABLES = store.TABLES


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident or its source is erased: that and when it came in by mail goes, too."""
    store.remove(tx, incident_id)
