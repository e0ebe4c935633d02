# SPDX-License-Identifier: EUPL-1.2
"""Rows first, key second: the two lie in different stores, so a table says what is still to do."""

from rueckhalt_intake.erasure import handlers, store
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared import crash
from rueckhalt_shared.database import Database


class Shredding:
    """The loop that drops the keys of erased rows; killed anywhere, it goes on where it was."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def run(self, database: Database) -> bool:
        """Shred what is due; answers false, what could not go waits for the next round."""
        for key_id, order_id in database.read(store.to_shred):
            crash.at("erase.after_rows")
            gone = self._vault.shred(key_id)
            crash.at("erase.after_key")
            if gone:
                database.run(handlers.note_shredded, key_id, order_id)
        return False


def watch(database: Database) -> bool:
    """Once a minute: is a receipt missing?"""
    database.run(handlers.watch)
    return False
