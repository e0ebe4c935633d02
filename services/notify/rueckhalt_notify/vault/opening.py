# SPDX-License-Identifier: EUPL-1.2
"""Puts the vault into the database's context, and opens it at the start of a process."""

from rueckhalt_notify.vault.master_key import Source
from rueckhalt_notify.vault.sealing import CONTEXT, Vault
from rueckhalt_shared.database import Database


def install(database: Database, source: Source) -> Vault:
    """The vault of this process; its keys are read when they are first needed, or by `unlock`."""
    vault = Vault(database, source)
    database.context[CONTEXT] = vault
    return vault


def vault_of(database: Database) -> Vault:
    """The vault that was installed."""
    vault: Vault = database.context[CONTEXT]
    return vault
