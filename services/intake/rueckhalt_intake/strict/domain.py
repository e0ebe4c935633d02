# SPDX-License-Identifier: EUPL-1.2
"""Which reports are strict, and the keys that open them: role keys and the keys of persons.

A role key belongs to the responsible persons of one municipality. Its private half lies nowhere in
clear: each holder has a copy that only their personal key opens, and that key opens only by their
passphrase. One more copy opens by a recovery key, which exists on paper alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

RECOVERY = "recovery"  # the holder of the copy that the paper opens
PERSON, UNIT = "person", "unit"  # who may be accused
PASSPHRASE_LEAST, PASSPHRASE_MOST = 16, 200
_DIFFERENT = 8  # letters


class NotAHolder(Exception):
    """This person has no copy of the role key."""


class NoRoleKey(Exception):
    """This municipality has no role key."""


class RoleKeyExists(Exception):
    """This municipality has a role key already."""


class NoPersonalKey(Exception):
    """This person has not chosen a passphrase yet."""


class WrongPassphrase(Exception):
    """The passphrase or recovery key does not open anything."""


class WeakPassphrase(Exception):
    """Carries the id of the message that says what to do better."""


class LastHolder(Exception):
    """Without this person nobody could open anything; hand the key on first."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What makes a report strict; each part that is set must fit, an empty one fits always."""

    accused: frozenset[str] = frozenset()
    accused_unit: frozenset[str] = frozenset()
    affected_groups: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    relation: frozenset[str] = frozenset()
    municipality: frozenset[str] = frozenset()

    def fits(self, told: "Told") -> bool:
        """Is this report meant?"""
        found = {
            "accused": told.accused,
            "accused_unit": {told.accused_unit},
            "affected_groups": set(told.affected_groups),
            "forms": set(told.forms),
            "relation": {told.relation},
            "municipality": {told.municipality},
        }
        wanted = {name: getattr(self, name) for name in found}
        return all(not part or not part.isdisjoint(found[name]) for name, part in wanted.items())


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a report says, as far as rules look at it."""

    municipality: str
    forms: Sequence[str]
    affected_groups: Sequence[str]
    relation: str
    accuses_persons: bool
    accused_unit: str | None

    @property
    def accused(self) -> set[str]:
        """Is a person accused, or a unit?"""
        both = {PERSON: self.accuses_persons, UNIT: self.accused_unit is not None}
        return {name for name, is_so in both.items() if is_so}


@dataclass(frozen=True, kw_only=True)
class RoleKey:
    """The public half of the key of a municipality's responsible persons."""

    id: str
    municipality: str
    public: bytes
    recovery: bytes  # the public half of the recovery key
    made_at: datetime
    retired_at: datetime | None = None  # a newer one seals; this one opens until all have moved
    renewal_wanted_at: datetime | None = None  # a holder has left


@dataclass(frozen=True, kw_only=True)
class Copy:
    """The private half of a role key, sealed to one holder."""

    role_key: str
    holder: str  # the id of an account, or RECOVERY
    sealed: bytes = field(repr=False)
    given_by: str
    given_at: datetime


@dataclass(frozen=True, kw_only=True)
class PersonalKey:
    """The key pair of one person; its private half opens by their passphrase alone."""

    account: str
    id: str
    public: bytes
    salt: bytes
    locked: bytes = field(repr=False)
    made_at: datetime


def is_strict(rules: Collection[Rule], told: Told) -> bool:
    """Does any rule fit?"""
    return any(rule.fits(told) for rule in rules)


def check_passphrase(passphrase: str, again: str) -> None:
    """Long enough that a stolen copy stays shut; raises WeakPassphrase."""
    if passphrase != again:
        raise WeakPassphrase("strict.weak.not_the_same")
    if len(passphrase) < PASSPHRASE_LEAST:
        raise WeakPassphrase("strict.weak.short")
    if len(passphrase) > PASSPHRASE_MOST:
        raise WeakPassphrase("strict.weak.long")
    if len(set(passphrase.casefold())) < _DIFFERENT:
        raise WeakPassphrase("strict.weak.simple")
