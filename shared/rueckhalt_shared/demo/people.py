# SPDX-License-Identifier: EUPL-1.2
"""The people of Musterstadt who can sign in: one for each role, without a second factor.

One random password for all of them lies in the data folder's `installation.json` (0600), so the
same folder gives the same accounts again. Only the sample installation lets anybody in so easily.
"""

import secrets
from typing import Any

from rueckhalt_shared.contracts.ids import person_id
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.demo.sample import MUNICIPALITY
from rueckhalt_shared.identity.accounts import handlers, store
from rueckhalt_shared.identity.opening import IdentityDatabase
from rueckhalt_shared.identity.passwords import Passwords

KREIS, EVERYWHERE = MUNICIPALITY[:5], "*"
PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    ("meldung", "Mia Meldung", "reporter", MUNICIPALITY),
    ("zustaendig", "Anna Aydin", "responsible", MUNICIPALITY),
    ("plan", "David Dorn", "plan_owner", MUNICIPALITY),
    ("plan2", "Eva Engel", "plan_owner", MUNICIPALITY),  # publishing a plan takes two
    ("leitung", "Lea Leitung", "leadership", MUNICIPALITY),
    ("verwaltung", "Vera Verwaltung", "municipality_admin", MUNICIPALITY),
    ("datenschutz", "Dana Datenschutz", "data_protection_officer", MUNICIPALITY),
    ("personalrat", "Peter Personalrat", "staff_council", MUNICIPALITY),
    ("auswertung", "Anna Auswertung", "analyst", MUNICIPALITY),
    ("landkreis", "Lars Landkreis", "platform", KREIS),
    ("betrieb", "Bea Betrieb", "operator", EVERYWHERE),
)
# Who of them is somebody of the sample plan: what is assigned to that person opens for them.
PERSONS = {"zustaendig": "anna.aydin", "plan": "david.dorn", "plan2": "eva.engel"}


def prepare(database: IdentityDatabase, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the accounts that are missing; answers user, password and roles of all of them."""
    told = [{"user": user, "roles": [role]} for user, _, role, _ in PEOPLE]
    password = known[0]["password"] if known else secrets.token_urlsafe(12)
    complete: bool = database.read(_are_all_there)
    if known and complete:
        return known
    database.run(_make, Passwords().hash(password))
    return [{"user": each["user"], "password": password, "roles": each["roles"]} for each in told]


def _are_all_there(tx: Transaction) -> bool:
    known = {account.name: account.person for account in handlers.list_accounts(tx)}
    return all(known.get(user, "") == _person(user) for user, *_ in PEOPLE)


def _person(user: str) -> str | None:
    key = PERSONS.get(user)
    return person_id(MUNICIPALITY, key) if key is not None else None


def _make(tx: Transaction, password_hash: str) -> None:
    for user, shown, role, place in PEOPLE:
        known = store.secrets_of(tx, user)
        account_id = known.account_id if known is not None else None
        if account_id is None:
            made = handlers.add_account(tx, user, display_name=shown, held=[(role, place)])
            account_id = made.id
        known_as = {"person": _person(user), "display_name": shown}
        secret = {"password_hash": password_hash, "password_changed_at": tx.now}
        store.change(tx, account_id, **secret, **known_as)
