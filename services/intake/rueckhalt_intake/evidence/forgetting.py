# SPDX-License-Identifier: EUPL-1.2
"""What an erasure takes away of the evidence, and which keys follow it."""

from collections.abc import Collection

from rueckhalt_intake.evidence import store
from rueckhalt_intake.evidence.domain import REPORTER, NoSuchAttachment
from rueckhalt_shared.database import Transaction

TABLES = store.TABLES


def forget(tx: Transaction, incident_id: str) -> None:
    """The incident is erased: its files are gone."""
    store.remove(tx, incident_id)


def forget_source(tx: Transaction, incident_id: str) -> None:
    """Who reported is forgotten: files they brought tell it by their metadata, so they go."""
    store.remove_reporters(tx, incident_id)


def forget_one(tx: Transaction, incident_id: str, attachment_id: str) -> str:
    """One file is gone; answers the key to be shredded. Raises NoSuchAttachment."""
    found = store.find(tx, attachment_id)
    if found is None or found.incident_id != incident_id:
        raise NoSuchAttachment(f"no file {attachment_id}")
    store.remove_one(tx, attachment_id)
    return found.key_id


def keys_of(tx: Transaction, incident_id: str, *, of_source: bool = False) -> list[str]:
    """The keys to be shredded with it; ask before the rows go."""
    return store.keys_of(tx, incident_id, source=REPORTER if of_source else None)


def used_keys(tx: Transaction, keys: Collection[str]) -> set[str]:
    """Which of these keys seal a file."""
    return store.used_keys(tx, keys)
