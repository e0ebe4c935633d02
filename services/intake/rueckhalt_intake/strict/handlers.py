# SPDX-License-Identifier: EUPL-1.2
"""Use cases of role keys. Each works inside one open transaction of the key store.

What costs time (Argon2) or opens anything lies before them, in `holding`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rueckhalt_intake.strict import store
from rueckhalt_intake.strict.domain import (
    RECOVERY,
    Copy,
    LastHolder,
    NoRoleKey,
    PersonalKey,
    RoleKey,
    RoleKeyExists,
)
from rueckhalt_intake.vault import handlers as vault
from rueckhalt_intake.vault.handlers import Rehung
from rueckhalt_shared.database import Transaction


class RenewedMeanwhile(Exception):
    """Somebody else has renewed the role key at the same time; please look and try again."""


@dataclass(frozen=True, kw_only=True)
class Ring:
    """The role keys of a municipality with all their copies."""

    current: RoleKey | None
    retired: tuple[RoleKey, ...] = ()
    copies: tuple[Copy, ...] = ()

    @property
    def holders(self) -> tuple[str, ...]:
        """The accounts that hold the current key."""
        key = self.current
        return tuple(
            c.holder for c in self.copies if key and c.role_key == key.id and c.holder != RECOVERY
        )

    @property
    def renewal_is_due(self) -> bool:
        """Has a holder left, or is a renewal unfinished?"""
        wanted = self.current is not None and self.current.renewal_wanted_at is not None
        return wanted or bool(self.retired)

    def copies_of(self, holder: str) -> dict[str, Copy]:
        """What somebody holds, by role key."""
        return {copy.role_key: copy for copy in self.copies if copy.holder == holder}


def ring(tx: Transaction, municipality: str) -> Ring:
    """Everything about the role key of a municipality."""
    keys = store.every(tx, municipality)
    return Ring(
        current=next((key for key in keys if key.retired_at is None), None),
        retired=tuple(key for key in keys if key.retired_at is not None),
        copies=tuple(copy for key in keys for copy in store.copies(tx, key.id)),
    )


def rings(tx: Transaction) -> dict[str, Ring]:
    """The same of every municipality that has one."""
    places = dict.fromkeys(key.municipality for key in store.every(tx))
    return {place: ring(tx, place) for place in places}


def keep_new_key(
    tx: Transaction, municipality: str, key_id: str, seal: Callable[[RoleKey], bytes]
) -> bool:
    """Keep a data key that hangs on the role key; false where there is none."""
    # Whoever waited for a renewal to end finds the new role key by looking once more.
    role = store.current(tx, municipality) or store.current(tx, municipality)
    if role is None:
        return False
    vault.keep_key(tx, key_id, hangs_on=role.id, wrapped=seal(role))
    return True


def cover(
    tx: Transaction, municipality: str, reseal: Callable[[vault.Hanging, RoleKey], Rehung]
) -> int:
    """Let keys that had to hang on the master key hang on the role key, some at a time."""
    role = store.current(tx, municipality)
    found = vault.exposed(tx, municipality, limit=100) if role else []
    if role is not None and found:
        vault.rehang(tx, [reseal(each, role) for each in found])
        vault.covered(tx, [each.id for each in found])
    return len(found)


def found_role_key(
    tx: Transaction, key: RoleKey, copies: Sequence[Copy], personal: PersonalKey | None
) -> None:
    """The first role key of a municipality; raises RoleKeyExists."""
    if store.current(tx, key.municipality) is not None:
        raise RoleKeyExists(key.municipality)
    if personal is not None:
        store.keep_personal(tx, personal)
    store.add_role_key(tx, key)
    for copy in copies:
        store.add_copy(tx, copy)


def give(tx: Transaction, copies: Collection[Copy]) -> None:
    """Somebody holds these role keys from now on; one that is gone meanwhile is left out."""
    for copy in copies:
        if store.lock(tx, copy.role_key) is not None:
            store.add_copy(tx, copy)


def give_by_paper(tx: Transaction, personal: PersonalKey, copies: Collection[Copy]) -> None:
    """The same by the recovery key; what hung on an older passphrase of theirs goes."""
    keep_personal(tx, personal)
    give(tx, copies)


def keep_personal(tx: Transaction, personal: PersonalKey) -> None:
    """A personal key with a passphrase chosen anew: nothing of before opens by it."""
    store.drop_all_copies(tx, personal.account)
    store.keep_personal(tx, personal)


def lock_anew(tx: Transaction, personal: PersonalKey) -> None:
    """The same personal key under another passphrase."""
    store.keep_personal(tx, personal)


def take_away(tx: Transaction, municipality: str, holder: str, *, leaves: bool) -> bool:
    """Somebody holds no role key there any more, and it must be renewed.

    Who `leaves` by themselves may not be the last one: raises LastHolder. False: they held none.
    """
    for key in store.every(tx, municipality):
        store.lock(tx, key.id)
    here = ring(tx, municipality)  # read after the locks: a renewal may just have ended
    if not here.copies_of(holder):
        return False
    if leaves and set(here.holders) <= {holder}:
        raise LastHolder
    held = here.copies_of(holder)
    store.drop_copies(tx, held, holder)
    for each in held:
        store.want_renewal(tx, each)
    return True


def renew(tx: Transaction, old: str, new: RoleKey, seal: Callable[[str, bytes], Copy]) -> None:
    """A new role key for those who hold the old one now; raises RenewedMeanwhile.

    `seal` makes a copy for a holder and their public key; so whoever was given the key, or was
    taken it away, a moment ago counts already.
    """
    before = store.lock(tx, old)
    if before is None or before.retired_at is not None:
        raise RenewedMeanwhile
    holders = [copy.holder for copy in store.copies(tx, old) if copy.holder != RECOVERY]
    known = store.personal_among(tx, holders)
    store.retire(tx, old)
    store.add_role_key(tx, new)
    for holder in holders:
        if holder in known:
            store.add_copy(tx, seal(holder, known[holder].public))
    store.add_copy(tx, seal(RECOVERY, before.recovery))


def finish_renewal(tx: Transaction, old: str) -> bool:
    """The retired role key goes when nothing hangs on it any more."""
    key = store.lock(tx, old)
    if key is None or key.retired_at is None or vault.hanging_on(tx, old, limit=1):
        return False
    store.drop_role_key(tx, old)
    return True


def required(tx: Transaction, municipality: str) -> Ring:
    """The role keys of a municipality that has one; raises NoRoleKey."""
    found = ring(tx, municipality)
    if found.current is None:
        raise NoRoleKey(municipality)
    return found


def personal_of(tx: Transaction, account: str) -> PersonalKey | None:
    """The personal key of somebody."""
    return store.personal(tx, account)


def with_personal(tx: Transaction, accounts: Collection[str]) -> set[str]:
    """Which of these have chosen a passphrase."""
    return set(store.personal_among(tx, accounts))


def copy_for(tx: Transaction, role_key: str, holder: str) -> Copy | None:
    """The copy of a role key that somebody holds."""
    return store.copy_of(tx, role_key, holder)
