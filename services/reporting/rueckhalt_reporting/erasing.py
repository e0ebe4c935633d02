# SPDX-License-Identifier: EUPL-1.2
"""What reporting holds of an incident and how it lets go of it: the record key of its fact."""

from rueckhalt_reporting.facts import erasing as facts
from rueckhalt_reporting.subscriptions import subscriptions
from rueckhalt_reporting.tables import metadata
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import carrying_out
from rueckhalt_shared.erasing.carrying_out import Eraser
from rueckhalt_shared.erasing.holding import Holds


def erase_case(tx: Transaction, incident_id: str, municipality: str | None) -> None:
    """The fact loses its key; what was said about keeping the incident goes."""
    facts.drop_key(tx, incident_id, municipality)
    HOLDS.erase(tx, incident_id)


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents there is anything about."""
    return facts.held(tx) | HOLDS.known(tx)


HOLDS = Holds(metadata)
ERASER = Eraser(case=erase_case, held=held, tables=("facts", HOLDS.table.name))
carrying_out.listen(subscriptions, ERASER)
HOLDS.listen(subscriptions)
