# SPDX-License-Identifier: EUPL-1.2
"""What somebody may do to an account of somebody else. Pure."""

from collections.abc import Collection, Iterable
from typing import Protocol

GIVEN_BY_COMMAND = (
    "operator",
    "platform",
    "leadership",
    "data_protection_officer",
    "staff_council",
)
"""Roles beyond one municipality, those who watch over its administration, and who decides about
erasures: whom they check must neither give them nor open their accounts. `rueckhalt account` does.
"""

Held = tuple[str, str]


class OwnAccount(Exception):
    """Nobody changes the own rights: a second person does."""


class SharedAccount(Exception):
    """The account belongs to other municipalities, too: the command line changes it."""


class GuardedAccount(Exception):
    """It holds a role no page gives: only the command line touches it."""


class _Account(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def roles(self) -> tuple[Held, ...]: ...


def is_visible(account: _Account, places: Collection[str]) -> bool:
    """Does the account hold a role in one of these municipalities?"""
    return any(place in places for _, place in account.roles)


def is_whole(account: _Account, places: Collection[str]) -> bool:
    """Does it hold roles in these municipalities only?"""
    return all(place in places for _, place in account.roles)


def is_guarded(account: _Account) -> bool:
    """Does it hold a role that no page gives?"""
    return any(role in GIVEN_BY_COMMAND for role, _ in account.roles)


def may_be_offered(role: str) -> bool:
    """May a page give this role?"""
    return role not in GIVEN_BY_COMMAND


def after(account: _Account, wanted: Iterable[Held], places: Collection[str]) -> list[Held]:
    """The roles afterwards: what lies elsewhere, or no page gives, stays as it is."""
    kept = [
        (role, place)
        for role, place in account.roles
        if place not in places or not may_be_offered(role)
    ]
    return kept + [(r, place) for r, place in wanted if place in places and may_be_offered(r)]
