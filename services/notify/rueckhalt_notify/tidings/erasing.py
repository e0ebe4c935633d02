# SPDX-License-Identifier: EUPL-1.2
"""The incident, or who reported it, is erased: mails to them go, sent or not."""

from rueckhalt_notify.tidings import store
from rueckhalt_shared.database import Transaction

TABLES = (store.tiding_mails.name,)


def erase(tx: Transaction, incident: str) -> None:
    """Drop them."""
    store.remove(tx, incident)


def erase_source(tx: Transaction, incident: str, version: int) -> None:
    """Who reported is forgotten, at whichever version: the same."""
    store.remove(tx, incident)


def held(tx: Transaction) -> set[str]:
    """The ids of all incidents there is a mail of."""
    return store.held(tx)
