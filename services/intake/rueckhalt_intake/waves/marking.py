# SPDX-License-Identifier: EUPL-1.2
"""The mark a report gets in the transaction that accepts it, and loses with its incident."""

from collections.abc import Sequence

from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.waves import store
from rueckhalt_intake.waves.domain import SetAside
from rueckhalt_shared.database import Transaction

TABLES = store.TABLES


def set_aside(tx: Transaction, reports: Sequence[tuple[Incident, str]]) -> None:
    """Mark incidents, each with the limit it is above. They are announced like any other."""
    if not reports:
        return
    marks = [
        SetAside(
            incident_id=incident.id,
            municipality=incident.municipality,
            mode=incident.mode,
            cause=cause,
            since_at=incident.registered_at,
        )
        for incident, cause in reports
    ]
    store.add(tx, marks)


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: its mark goes."""
    store.remove(tx, incident_id)
