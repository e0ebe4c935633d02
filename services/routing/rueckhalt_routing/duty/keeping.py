# SPDX-License-Identifier: EUPL-1.2
"""The worker's round that lets employee data go in time."""

from rueckhalt_routing.duty import handlers
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


def forget_over(database: Database) -> bool:
    """Erase absences, changes and crises that were over 90 days ago."""
    if erased := database.run(handlers.forget_over):
        log.info("past absences and duties erased", count=erased)
    return False
