# SPDX-License-Identifier: EUPL-1.2
"""The worker's round: whoever may not hold a role key any more loses it, and what had to lie under
the master key moves to the role key."""

from collections.abc import Callable
from typing import Any

from rueckhalt_intake.strict.holding import RoleKeys, drop_leavers
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.accounts.domain import Account
from rueckhalt_shared.keys import KeyStore

ROLE = "responsible"


def keep_role_keys(settings: Any, role_keys: RoleKeys) -> Callable[[Database], bool]:
    """The round; answers false, the next one comes in time."""

    def round_(_: Database) -> bool:
        rings = role_keys.rings()
        if rings:
            people = KeyStore.of(settings.identity_url).database.prepare()
            known = people.read(_accounts, {h for ring in rings.values() for h in ring.holders})
            drop_leavers(role_keys, lambda holder, place: is_entitled(known.get(holder), place))
        role_keys.cover()
        return False

    return round_


def is_entitled(account: Account | None, municipality: str) -> bool:
    """May this account hold the role key there?

    One nobody knows keeps its copy: it cannot sign in, and an identity store that was restored
    from a backup may only have forgotten it.
    """
    if account is None:
        return True
    return account.is_open and (ROLE, municipality) in account.roles


def _accounts(tx: Transaction, ids: set[str]) -> dict[str, Account]:
    found = ((each, accounts.find_by_id(tx, each)) for each in ids)
    return {each: account for each, account in found if account is not None}
