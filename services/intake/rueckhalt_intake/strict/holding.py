# SPDX-License-Identifier: EUPL-1.2
"""Making, handing on, renewing and using role keys: the slow and secret work between transactions.

Every method that opens something takes the passphrase of a person who is there. Nothing that was
opened is kept; it ends with the call.
"""

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rueckhalt_intake.mailbox.domain import NoMailboxCode, folded, new_code
from rueckhalt_intake.strict import boxes, handlers
from rueckhalt_intake.strict.boxes import Pair, Passphrases, key_id
from rueckhalt_intake.strict.domain import (
    RECOVERY,
    Copy,
    NoPersonalKey,
    NotAHolder,
    PersonalKey,
    RoleKey,
    WrongPassphrase,
)
from rueckhalt_intake.strict.handlers import Ring
from rueckhalt_intake.vault import handlers as vault_handlers
from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_intake.vault.handlers import Hanging, Rehung
from rueckhalt_intake.vault.pool import IncidentKey
from rueckhalt_intake.vault.sealing import KeyMissing, Vault
from rueckhalt_shared import crash
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
BATCH = 200
_PASSPHRASES = Passphrases()  # one for all apps of a process: together they stretch two at a time


class RoleKeys:
    """The role keys of all municipalities of one installation."""

    def __init__(self, vault: Vault, passphrases: Passphrases = _PASSPHRASES) -> None:
        self._vault = vault
        self._keys = vault.keys
        self._passphrases = passphrases

    # ------------------------------------------------------------------- without a person

    def new_key(self, municipality: str) -> IncidentKey:
        """A key for one strict report, sealed to the role key and safe in the key store.

        Where there is no role key the master key wraps it, and that is noted: nothing is refused.
        """
        name, secret = uuid4().hex, os.urandom(32)
        sealed = self._keys.run(
            handlers.keep_new_key, municipality, name, lambda role: _sealed(secret, name, role)
        )
        if sealed:
            return IncidentKey(name, AESGCM(secret), self._keys.clock())
        key = self._vault.new_key()
        self.expose(key.id, municipality)
        return key

    def expose(self, key: str, municipality: str) -> None:
        """This key should hang on the role key; `cover` sees to it as soon as there is one."""
        self._keys.run(vault_handlers.expose, key, municipality)
        log.warning("a strict report lies under the master key", municipality=municipality)

    def is_exposed(self, key: str) -> bool:
        """Is it one of these?"""
        return self._keys.read(vault_handlers.is_exposed, key)

    def cover(self) -> None:
        """Move to the role key what had to be wrapped by the master key."""
        for place in self.exposed():
            while self._keys.run(handlers.cover, place, self._resealed):
                continue

    def exposed(self) -> dict[str, int]:
        """How many reports lie under the master key for want of a role key, by municipality."""
        return self._keys.read(vault_handlers.exposed_by_municipality)

    def sealed_for(self, municipality: str, account: str, *, limit: int) -> list[str]:
        """Data keys that hang on role keys this person holds."""
        held = self.ring(municipality).copies_of(account)
        pages = (self._keys.read(vault_handlers.hanging_on, role, limit=limit) for role in held)
        return [key.id for page in pages for key in page]

    def ring(self, municipality: str) -> Ring:
        """What is known of a municipality's role key without opening anything."""
        return self._keys.read(handlers.ring, municipality)

    def rings(self) -> dict[str, Ring]:
        """The same of every municipality that has one."""
        return self._keys.read(handlers.rings)

    def is_prepared(self, account: str) -> bool:
        """Has this person chosen a passphrase?"""
        return bool(self.prepared_among([account]))

    def prepared_among(self, accounts: list[str]) -> set[str]:
        """Which of these persons have."""
        return self._keys.read(handlers.with_personal, accounts)

    def holds(self, account: str, key: str) -> bool:
        """Does this person hold the role key on which this data key hangs?

        A data key that could not be sealed to a role key counts as held by nobody.
        """
        hanging = self._keys.read(vault_handlers.find_key, key)
        if hanging is None:
            return False
        return self._keys.read(handlers.copy_for, hanging.master, account) is not None

    # -------------------------------------------------------------------- with a passphrase

    def prepare(self, account: str, passphrase: str) -> None:
        """Choose a passphrase; whoever holds a role key may hand it on from now on."""
        self._keys.run(handlers.keep_personal, self._new_personal(account, Pair.new(), passphrase))

    def make(self, municipality: str, account: str, passphrase: str) -> str:
        """Make the role key of a municipality; answers the recovery key, which is kept nowhere.

        Raises RoleKeyExists, WrongPassphrase.
        """
        fresh = None
        known = self._keys.read(handlers.personal_of, account)
        own = Pair.new() if known is None else self._unlocked(account, passphrase)
        if known is None:
            fresh = self._new_personal(account, own, passphrase)
        code, role = new_code(), Pair.new()
        paper = Pair.from_code(folded(code))
        made = self._role_key(role, municipality, paper.public)
        copies = [
            self._copy(role, made, account, public=own.public, by=account),
            self._copy(role, made, RECOVERY, public=paper.public, by=account),
        ]
        self._keys.run(handlers.found_role_key, made, copies, fresh)
        return code

    def hand_on(self, municipality: str, by: str, passphrase: str, *, to: str) -> None:
        """Give somebody a copy; raises NotAHolder, WrongPassphrase, NoPersonalKey."""
        recipient = self._keys.read(handlers.personal_of, to)
        if recipient is None:
            raise NoPersonalKey
        pairs = self._role_pairs(municipality, by, passphrase)
        copies = [
            self._copy(pair, role, to, public=recipient.public, by=by) for role, pair in pairs
        ]
        self._keys.run(handlers.give, copies)

    def recover(self, municipality: str, code: str, account: str, passphrase: str) -> None:
        """Get a copy by the recovery key, under a new passphrase; raises WrongPassphrase."""
        ring = self._keys.read(handlers.required, municipality)
        try:
            paper = Pair.from_code(folded(code))
            pairs = list(_opened(ring, RECOVERY, paper))
        except (NoMailboxCode, Tampered):
            raise WrongPassphrase from None
        own = Pair.new()
        copies = [self._copy(p, r, account, public=own.public, by=RECOVERY) for r, p in pairs]
        personal = self._new_personal(account, own, passphrase)
        self._keys.run(handlers.give_by_paper, personal, copies)

    def leave(self, municipality: str, account: str) -> bool:
        """Give up one's own copy; raises LastHolder. The others must renew the role key."""
        return self._keys.run(handlers.take_away, municipality, account, leaves=True)

    def end(self, municipality: str, account: str) -> bool:
        """Somebody may not hold the role key any more, whoever is left."""
        return self._keys.run(handlers.take_away, municipality, account, leaves=False)

    def remove(self, municipality: str, by: str, passphrase: str, *, holder: str) -> int:
        """Take somebody's copy and renew the role key; answers how many keys were sealed anew."""
        self._role_pairs(municipality, by, passphrase)
        self.end(municipality, holder)
        return sum(self.renew(municipality, by, passphrase))

    def renew(self, municipality: str, by: str, passphrase: str) -> Iterator[int]:
        """A new role key, and every data key sealed to it; tells after each batch how many.

        A renewal that was killed goes on: what still hangs on a retired role key is moved.
        Raises NotAHolder, WrongPassphrase, RenewedMeanwhile.
        """
        own = self._unlocked(by, passphrase)
        ring = self._keys.read(handlers.required, municipality)
        pairs = dict(_by_id(_opened(ring, by, own)))
        if ring.current is None or ring.current.id not in pairs:
            raise NotAHolder
        if ring.current.renewal_wanted_at is not None or not ring.retired:
            self._begin_renewal(ring.current, by)
            ring = self._keys.read(handlers.required, municipality)
        for old in ring.retired:
            if old.id in pairs and ring.current is not None:
                yield from self._move(old, pairs[old.id], ring.current)

    def change_passphrase(self, account: str, old: str, new: str) -> None:
        """Lock the same personal key by another passphrase; raises WrongPassphrase."""
        self._keys.run(
            handlers.lock_anew, self._new_personal(account, self._unlocked(account, old), new)
        )

    def open_key(self, key: str, account: str, passphrase: str) -> IncidentKey:
        """The key of one strict report; raises NotAHolder, WrongPassphrase, KeyMissing."""
        hanging = self._keys.read(vault_handlers.find_key, key)
        if hanging is None:
            raise KeyMissing(f"no key {key} in the key store")
        copy = self._keys.read(handlers.copy_for, hanging.master, account)
        if copy is None:
            raise NotAHolder
        own = self._unlocked(account, passphrase)
        role = _role_pair(copy, own)
        secret = boxes.opened(hanging.wrapped, by=role, recipient=hanging.master, name=key)
        return IncidentKey(key, AESGCM(secret), self._keys.clock())

    # ------------------------------------------------------------------------------ inside

    def _unlocked(self, account: str, passphrase: str) -> Pair:
        known = self._keys.read(handlers.personal_of, account)
        if known is None:
            raise NotAHolder
        return self._passphrases.unlock(known.locked, passphrase, salt=known.salt, name=account)

    def _role_pairs(
        self, municipality: str, account: str, passphrase: str
    ) -> list[tuple[RoleKey, Pair]]:
        ring = self._keys.read(handlers.required, municipality)
        if not ring.copies_of(account):
            raise NotAHolder
        return list(_opened(ring, account, self._unlocked(account, passphrase)))

    def _new_personal(self, account: str, own: Pair, passphrase: str) -> PersonalKey:
        salt, locked = self._passphrases.lock(own, passphrase, name=account)
        return PersonalKey(
            account=account,
            id=key_id(own.public, "p"),
            public=own.public,
            salt=salt,
            locked=locked,
            made_at=self._keys.clock(),
        )

    def _role_key(self, pair: Pair, municipality: str, recovery: bytes) -> RoleKey:
        return RoleKey(
            id=key_id(pair.public, "r"),
            municipality=municipality,
            public=pair.public,
            recovery=recovery,
            made_at=self._keys.clock(),
        )

    def _copy(self, pair: Pair, role: RoleKey, holder: str, *, public: bytes, by: str) -> Copy:
        recipient = key_id(public, "p")
        name = _copy_name(role.id, holder)
        return Copy(
            role_key=role.id,
            holder=holder,
            sealed=boxes.seal(pair.raw, to=public, recipient=recipient, name=name),
            given_by=by,
            given_at=self._keys.clock(),
        )

    def _begin_renewal(self, old: RoleKey, by: str) -> None:
        pair = Pair.new()
        new = self._role_key(pair, old.municipality, old.recovery)

        def seal(holder: str, public: bytes) -> Copy:
            return self._copy(pair, new, holder, public=public, by=by)

        self._keys.run(handlers.renew, old.id, new, seal)

    def _move(self, old: RoleKey, pair: Pair, new: RoleKey) -> Iterator[int]:
        last = ""
        while found := self._keys.read(vault_handlers.hanging_on, old.id, after=last, limit=BATCH):
            moved = [each for key in found if (each := _moved(key, pair, new)) is not None]
            self._keys.run(vault_handlers.rehang, moved)
            crash.at("keys.after_reseal")
            last = found[-1].id
            yield len(moved)
        self._keys.run(handlers.finish_renewal, old.id)

    def _resealed(self, key: Hanging, role: RoleKey) -> Rehung:
        """A key that hangs on the master key, sealed to the role key."""
        secret = self._vault.masters.unwrap(key.wrapped, key.id, master=key.master)
        return Rehung(key, role.id, _sealed(secret, key.id, role))


def drop_leavers(role_keys: RoleKeys, may_hold: Callable[[str, str], bool]) -> None:
    """Take their copies from all who may not hold the role key of a municipality any more.

    `may_hold(account, municipality)`. Who is left must renew the role key.
    """
    for place, ring in role_keys.rings().items():
        for holder in ring.holders:
            if not may_hold(holder, place):
                role_keys.end(place, holder)
                log.warning("a holder of the role key has left, renew it", municipality=place)


def _opened(ring: Ring, holder: str, own: Pair) -> Iterator[tuple[RoleKey, Pair]]:
    held = ring.copies_of(holder)
    for role in (ring.current, *ring.retired):
        if role is not None and role.id in held:
            yield role, _role_pair(held[role.id], own)


def _by_id(pairs: Iterator[tuple[RoleKey, Pair]]) -> Iterator[tuple[str, Pair]]:
    return ((role.id, pair) for role, pair in pairs)


def _role_pair(copy: Copy, own: Pair) -> Pair:
    name = _copy_name(copy.role_key, copy.holder)
    recipient = key_id(own.public, "p")
    return Pair.from_bytes(boxes.opened(copy.sealed, by=own, recipient=recipient, name=name))


def _copy_name(role_key: str, holder: str) -> str:
    return f"{role_key}|{holder}"


def _sealed(secret: bytes, name: str, role: RoleKey) -> bytes:
    return boxes.seal(secret, to=role.public, recipient=role.id, name=name)


def _moved(key: Hanging, pair: Pair, new: RoleKey) -> Rehung | None:
    try:
        secret = boxes.opened(key.wrapped, by=pair, recipient=key.master, name=key.id)
    except Tampered:
        log.error("a sealed key does not open, it stays as it is", object=key.id)
        return None
    return Rehung(key, new.id, _sealed(secret, key.id, new))
