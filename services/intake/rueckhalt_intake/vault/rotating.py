# SPDX-License-Identifier: EUPL-1.2
"""Rotation of the master key: everything is wrapped anew while the service runs.

The first step says in the key store which master key wraps from now on; running processes see it
with their next keys. Then the data keys follow batch by batch, each in a transaction of its own.
What is left to do is what still hangs on another master key, so a killed rotation just goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rueckhalt_intake.vault import store
from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_intake.vault.master_key import MasterKey, create, files_beside, parsed, settle
from rueckhalt_intake.vault.master_keys import MasterKeys
from rueckhalt_intake.vault.sealing import Vault, reclaim_keys
from rueckhalt_intake.vault.store import Hanging, Rehung
from rueckhalt_shared import crash
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
BATCH = 200
_NEXT = "next"  # `intake-next.kek`: a rotation has begun with this key


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One master or role key and what hangs on it."""

    id: str
    kind: str  # master | role
    is_active: bool  # is this master key here? (Role keys are never.)
    wraps: bool  # does it wrap new keys?
    data_keys: int
    secrets: int


class StillNeeded(Exception):
    """Something hangs on this master key, or it is the one that wraps new keys."""


def standing(tx: Transaction, masters: MasterKeys) -> list[Standing]:
    """Every key on which something hangs, and every active master key."""
    counts, wraps = store.counts(tx), store.wrapping(tx)
    kept = [found.master for name in store.secrets(tx) if (found := store.secret(tx, name))]
    return [
        Standing(
            id=each,
            kind="role" if each.startswith(store.ROLE) else "master",
            is_active=each in masters.ids,
            wraps=each == wraps,
            data_keys=counts.get(each, 0),
            secrets=kept.count(each),
        )
        for each in sorted({*counts, *kept, *masters.ids})
    ]


def target(*, given: str, path: Path) -> MasterKey:
    """The master key to rotate to: the given one, or the folder's next one, made if need be.

    A rotation of the folder that was killed goes on with the key it had begun with.
    """
    if given:
        return parsed(given)
    draft = _next_to(path)
    if not draft.exists():
        create(draft)
        crash.at("keys.after_file")
    return parsed(draft.read_text(encoding="ascii"))


def rotate(vault: Vault, to: MasterKey) -> Iterator[int]:
    """Wrap everything by this master key; tells after each batch how many keys it has moved.

    A key that its own master key does not open is left where it is and logged.
    """
    vault.masters.find(to.id)  # this process knows its own new key, too
    vault.keys.run(_switch, vault.masters, to)
    crash.at("keys.after_switch")
    for master in sorted(vault.keys.read(store.masters) - {to.id}):
        last = ""
        while found := vault.keys.read(store.hanging_on, master, after=last, limit=BATCH):
            moved = [each for old in found if (each := _rewrapped(vault.masters, old, to))]
            vault.keys.run(store.rehang, moved)
            crash.at("keys.after_batch")
            last = found[-1].id
            yield len(moved)
    reclaim_keys(vault.keys)


def settle_folder(path: Path, to: MasterKey) -> None:
    """The rotation has come to its end: the new master key gets the name it keeps."""
    draft = _next_to(path)
    if draft.exists() and parsed(draft.read_text(encoding="ascii")).id == to.id:
        draft.rename(path.with_name(f"{path.stem}-{to.id}{path.suffix}"))
        settle(path.parent)


def drop(vault: Vault, path: Path, master: str) -> Path | None:
    """Remove the file of a master key on which nothing hangs; raises StillNeeded.

    Answers None when the data folder has no such file.
    """
    found = vault.keys.read(standing, vault.masters)
    if any(each.id == master and (each.wraps or each.data_keys or each.secrets) for each in found):
        raise StillNeeded(f"the master key {master} is still needed: rueckhalt-intake keys status")
    for file, key in files_beside(path):
        if key.id == master:
            file.unlink()
            settle(path.parent)
            return file
    return None


def _switch(tx: Transaction, masters: MasterKeys, to: MasterKey) -> None:
    for name in store.secrets(tx):
        kept = store.secret(tx, name)
        if kept is not None and kept.master != to.id:
            opened = masters.unwrap(kept.wrapped, name, master=kept.master)
            store.change_secret(tx, name, to.wrap(opened, name), master=to.id)


def _rewrapped(masters: MasterKeys, old: Hanging, to: MasterKey) -> Rehung | None:
    try:
        opened = masters.unwrap(old.wrapped, old.id, master=old.master)
    except Tampered:
        log.error("a wrapped key does not open, it stays as it is", object=old.id)
        return None
    return Rehung(old, to.id, to.wrap(opened, old.id))


def _next_to(path: Path) -> Path:
    return path.with_name(f"{path.stem}-{_NEXT}{path.suffix}")
