# SPDX-License-Identifier: EUPL-1.2
"""Use cases of whoever lets colleagues in: everything within the own municipalities only."""

from collections.abc import Collection, Iterable

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.accounts.domain import Account, NoSuchAccount, UnknownRole
from rueckhalt_shared.identity.administering.domain import (
    GuardedAccount,
    Held,
    OwnAccount,
    SharedAccount,
    after,
    is_guarded,
    is_visible,
    is_whole,
    may_be_offered,
)


def list_accounts(tx: Transaction, places: Collection[str]) -> list[Account]:
    """The accounts of these municipalities by name."""
    return [each for each in accounts.list_accounts(tx) if is_visible(each, places)]


def find(tx: Transaction, account_id: str, places: Collection[str]) -> Account:
    """One of them; raises NoSuchAccount, alike for foreign and unknown ones."""
    found = accounts.find_by_id(tx, account_id)
    if found is None or not is_visible(found, places):
        raise NoSuchAccount(account_id)
    return found


def add_account(
    tx: Transaction,
    name: str,
    *,
    display_name: str,
    held: Iterable[Held],
    by: str,
    places: Collection[str],
) -> tuple[Account, str]:
    """A new account and its first link; at least one role in these municipalities."""
    wanted = [(role, place) for role, place in held if place in places and may_be_offered(role)]
    if not wanted:
        raise UnknownRole
    account = accounts.add_account(tx, name, display_name=display_name, held=wanted, by=by)
    return account, accounts.make_link(tx, account.name, by=by)


def make_link(tx: Transaction, account_id: str, *, by: str, places: Collection[str]) -> str:
    """A first link: whoever lost password or phone starts anew with it."""
    account = _changeable(tx, account_id, by=by, places=places)
    return accounts.make_link(tx, account.name, by=by)


def disable(tx: Transaction, account_id: str, *, by: str, places: Collection[str]) -> None:
    """Close the account; every sign-in ends at once."""
    accounts.disable(tx, _changeable(tx, account_id, by=by, places=places).name, by=by)


def enable(tx: Transaction, account_id: str, *, by: str, places: Collection[str]) -> None:
    """Open it again; it needs a first link."""
    accounts.enable(tx, _changeable(tx, account_id, by=by, places=places).name, by=by)


def set_roles(
    tx: Transaction,
    account_id: str,
    wanted: Iterable[Held],
    *,
    by: str,
    places: Collection[str],
) -> Account:
    """These roles in these municipalities; at least one must be left somewhere."""
    account = find(tx, account_id, places)
    if account.id == by:
        raise OwnAccount
    held = after(account, wanted, places)
    if not held:
        raise UnknownRole
    return accounts.set_roles(tx, account.name, held, by=by)


def _changeable(tx: Transaction, account_id: str, *, by: str, places: Collection[str]) -> Account:
    account = find(tx, account_id, places)
    if account.id == by:
        raise OwnAccount
    if not is_whole(account, places):
        raise SharedAccount
    if is_guarded(account):
        raise GuardedAccount
    return account
