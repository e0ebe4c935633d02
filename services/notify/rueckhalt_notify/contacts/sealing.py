# SPDX-License-Identifier: EUPL-1.2
"""Addresses that are not sealed with their municipality's current key get so, a few at a time."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from rueckhalt_notify.contacts import store
from rueckhalt_notify.contacts.domain import Contact
from rueckhalt_notify.vault.sealing import Vault
from rueckhalt_shared.database import Transaction

TABLES = ("contacts",)


def office_id(tx: Transaction, municipality: str, address: str) -> str:
    """The owner of a configured address: a keyed hash, for nobody could guess an address by it."""
    mark = Vault.of(tx).key_for(tx, municipality).mark_of("office", municipality, address)
    return str(UUID(hex=mark[:32]))


def seal_some(tx: Transaction, *, retired: Collection[str], limit: int) -> list[tuple[str, str]]:
    """Seal what is in clear or hangs on a retired key; answers (old, new) owner of each."""
    found = store.to_seal(tx, keys=retired, limit=limit)
    changed = [_with_owner(tx, contact) for contact in found]
    for contact in changed:
        store.seal_again(tx, contact)
    return [(old.owner_id, new.owner_id) for old, new in zip(found, changed, strict=True)]


def in_clear(tx: Transaction) -> bool:
    """Is any address still as an older version stored it?"""
    return store.in_clear(tx)


def count_by_key(tx: Transaction) -> dict[str | None, int]:
    """How many addresses hang on each key; on None: in clear."""
    return store.count_by_key(tx)


def _with_owner(tx: Transaction, contact: Contact) -> Contact:
    if contact.owner_kind != "office":
        return contact
    owner = office_id(tx, contact.municipality, contact.address)
    return replace(contact, owner_id=owner)
