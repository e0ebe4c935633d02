# SPDX-License-Identifier: EUPL-1.2
"""Keeps addresses sealed with current keys: what an older version left in clear, and rotations.

Both go on beside the running service, a few rows a transaction, and after a kill where they were.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from rueckhalt_notify.contacts import sealing
from rueckhalt_notify.notices import owners
from rueckhalt_notify.vault import rotating
from rueckhalt_notify.vault.sealing import Vault
from rueckhalt_shared import crash
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing.reclaiming import reclaim
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state, states

log = get_logger(__name__)
BATCH = 200
_STATE, _SEALING, _DONE = "sealing", "running", "up"


@dataclass(frozen=True)
class Rotated:
    """What came of a rotation."""

    addresses: int  # sealed anew by this run
    keys_left: int  # retired keys somebody has sealed with meanwhile: run it again
    masters_left: tuple[str, ...]  # former master keys that are still needed


def seal_clear(database: Database) -> bool:
    """The worker's round: seal what is in clear; true when there is more of it.

    When all is sealed the bytes that lay in clear are overwritten, in a later round if need be.
    """
    if not database.read(_is_due):
        return False
    sealed = database.run(_seal_some, retired=(), state=_SEALING)
    if sealed == BATCH:
        return True
    if reclaim(database, sealing.TABLES, rewrite=True):
        log.info("addresses sealed", count=sealed)
        database.run(note_state, _STATE, _DONE)
    return False


def rotate(database: Database, vault: Vault, *, tell: Callable[[int], None]) -> Rotated:
    """New keys for all municipalities, under a new master key where it is ours to make.

    `tell` hears after each transaction how many addresses it has sealed anew.
    """
    if not database.read(rotating.retired):
        if vault.source.is_own and database.read(rotating.standing):
            vault.source.renew()
        database.run(rotating.begin, vault.unlock().current.id)
    crash.at("keys.after_retired")
    master = vault.unlock().current.id
    retired = database.read(rotating.retired)
    total = 0
    while count := database.run(_seal_some, retired=retired):
        total += count
        tell(count)
        crash.at("keys.after_batch")
    left = sum(not _dropped(database, key_id) for key_id in retired)
    masters = tuple(database.run(rotating.drop_masters, but=master))
    crash.at("keys.before_forgotten")
    if not masters:
        vault.source.forget_former()
    return Rotated(total, left, masters)


def waiting(tx: Transaction) -> int:
    """How many addresses a rotation that begins or goes on now seals anew."""
    gone = set(rotating.retired(tx))
    counts = sealing.count_by_key(tx)
    return sum(count for key, count in counts.items() if not gone or key in gone or key is None)


def shown(tx: Transaction, master: str) -> dict[str, Any]:
    """What `keys status` tells; `master` is the master key in use."""
    counts = sealing.count_by_key(tx)
    keys = [
        {
            "municipality": key.municipality,
            "key": key.id,
            "master": key.master,
            "made_at": key.made_at,
            "state": "current" if key.is_current and key.master == master else "former",
            "addresses": counts.get(key.id, 0),
        }
        for key in rotating.standing(tx)
    ]
    return {"master": master, "keys": keys, "in_clear": counts.get(None, 0)}


def _is_due(tx: Transaction) -> bool:
    said = states(tx).get(_STATE)
    return sealing.in_clear(tx) or (said is not None and said.state == _SEALING)


def _seal_some(tx: Transaction, *, retired: Collection[str], state: str | None = None) -> int:
    changed = sealing.seal_some(tx, retired=retired, limit=BATCH)
    for old, new in changed:
        if old != new:
            owners.rename(tx, old, new)
    if state is not None:
        note_state(tx, _STATE, state)
    return len(changed)


def _dropped(database: Database, key_id: str) -> bool:
    try:
        database.run(rotating.drop, key_id)
    except IntegrityError:
        return False
    return True
