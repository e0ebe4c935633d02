# SPDX-License-Identifier: EUPL-1.2
"""The worker's round: dismissed arrivals go after their time, and what waits too long is said."""

from dataclasses import dataclass

from rueckhalt_intake.inbound import handlers
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


@dataclass(frozen=True)
class Sweeping:
    """Drops what is over, keys first: what lies in backups stays shut."""

    vault: Vault

    def run(self, database: Database) -> bool:
        """One round; false: the next one comes by itself."""
        due = database.read(handlers.over)
        for arrival, keys in due:
            for key in keys:
                self.vault.shred(key)
            database.run(handlers.drop, arrival)
        if due:
            log.info("dismissed arrivals dropped", count=len(due))
        database.run(handlers.watch)
        return False
