# SPDX-License-Identifier: EUPL-1.2
"""The worker's round that forgets the calendars of people no plan names any more."""

from rueckhalt_routing.absence_feeds import handlers
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


def forget_former(database: Database) -> bool:
    """Drop calendars that were fetched in vain for 90 days: the plan names nobody for them."""
    if erased := database.run(handlers.forget_former):
        log.info("calendars of former people forgotten", count=erased)
    return False
