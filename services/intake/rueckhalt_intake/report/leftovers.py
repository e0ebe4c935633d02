# SPDX-License-Identifier: EUPL-1.2
"""What is left of the draft an incident came from, for whoever erases the incident."""

from rueckhalt_intake.report import store
from rueckhalt_shared.database import Transaction

TABLES = (store.drafts.name,)


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: its receipt goes. The draft's key opens nothing any more."""
    store.remove_of_incident(tx, incident_id)
