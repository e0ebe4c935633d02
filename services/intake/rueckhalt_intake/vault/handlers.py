# SPDX-License-Identifier: EUPL-1.2
"""What other rooms do with keys, inside one transaction of the key store."""

from collections.abc import Collection, Sequence

from rueckhalt_intake.vault import store
from rueckhalt_intake.vault.store import Hanging, Rehung
from rueckhalt_shared.database import Transaction

__all__ = ["Hanging", "Rehung"]


def keep_key(tx: Transaction, key_id: str, *, hangs_on: str, wrapped: bytes) -> None:
    """A new data key that hangs on a role key."""
    row = {"id": key_id, "master": hangs_on, "wrapped": wrapped, "made_at": tx.now}
    store.add(tx, [row])


def find_key(tx: Transaction, key_id: str) -> Hanging | None:
    """A wrapped data key and what it hangs on."""
    return store.find(tx, key_id)


def hanging_on(tx: Transaction, key_id: str, *, after: str = "", limit: int) -> list[Hanging]:
    """Data keys of one master or role key, by id."""
    return store.hanging_on(tx, key_id, after=after, limit=limit)


def rehang(tx: Transaction, moved: Sequence[Rehung]) -> None:
    """Write new wrappings; a key that was dropped or moved meanwhile is left alone."""
    store.rehang(tx, moved)


def expose(tx: Transaction, key_id: str, municipality: str) -> None:
    """This key should hang on a role key of the municipality and hangs on the master key."""
    store.expose(tx, key_id, municipality)


def is_exposed(tx: Transaction, key_id: str) -> bool:
    """Is it one of these?"""
    return store.is_exposed(tx, key_id)


def exposed(tx: Transaction, municipality: str, *, limit: int) -> list[Hanging]:
    """Such keys of one municipality, locked."""
    return store.exposed(tx, municipality, limit=limit)


def exposed_by_municipality(tx: Transaction) -> dict[str, int]:
    """How many such keys there are."""
    return store.count_exposed(tx)


def covered(tx: Transaction, keys: Collection[str]) -> None:
    """These hang on a role key now."""
    store.covered(tx, keys)
