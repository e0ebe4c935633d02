# SPDX-License-Identifier: EUPL-1.2
"""What notify holds of an incident and how it lets go of it: notices, attempts, links, answers.

Mails to whoever reported go with the source already.
"""

from rueckhalt_notify.answers import erasing as answers
from rueckhalt_notify.delivery import erasing as delivery
from rueckhalt_notify.notices import erasing as notices
from rueckhalt_notify.subscriptions import subscriptions
from rueckhalt_notify.tables import metadata
from rueckhalt_notify.tidings import erasing as tidings
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing import carrying_out
from rueckhalt_shared.erasing.carrying_out import Eraser
from rueckhalt_shared.erasing.holding import Holds


def erase_case(tx: Transaction, incident_id: str, municipality: str | None) -> None:
    """Every row of the incident in every room, children first. A mail on its way ends unnoted."""
    notice_ids = notices.notices_of(tx, incident_id, municipality)
    answers.erase(tx, notice_ids)
    delivery.erase(tx, notice_ids)
    notices.erase(tx, incident_id, notice_ids)
    tidings.erase(tx, incident_id)
    HOLDS.erase(tx, incident_id)


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents there is anything about."""
    return notices.held(tx) | tidings.held(tx) | HOLDS.known(tx)


HOLDS = Holds(metadata)
ERASER = Eraser(
    case=erase_case,
    held=held,
    source=tidings.erase_source,
    tables=(
        *("notices", "attempts", "answers", "responsibilities", "conflicts"),
        *tidings.TABLES,
        HOLDS.table.name,
    ),
)
carrying_out.listen(subscriptions, ERASER)
HOLDS.listen(subscriptions)
