# SPDX-License-Identifier: EUPL-1.2
"""The steps of a rotation that concern keys only; what hangs on them is sealed anew between two."""

from rueckhalt_notify.vault import store
from rueckhalt_notify.vault.domain import Standing
from rueckhalt_shared.database import Transaction


def standing(tx: Transaction) -> list[Standing]:
    """Every key there is."""
    return store.standing(tx)


def retired(tx: Transaction) -> list[str]:
    """The keys that are to go."""
    return [key.id for key in store.standing(tx) if not key.is_current]


def begin(tx: Transaction, master: str) -> int:
    """All keys are to go; new ones are wrapped by this master key. Answers how many."""
    store.add_master(tx, master)
    return store.retire(tx, tx.now)


def drop(tx: Transaction, key_id: str) -> None:
    """A key on which nothing hangs; raises IntegrityError where something does."""
    store.drop(tx, key_id)


def drop_masters(tx: Transaction, *, but: str) -> list[str]:
    """Former master keys on which nothing hangs; answers those that are still needed."""
    return store.drop_masters(tx, but=but)
