# SPDX-License-Identifier: EUPL-1.2
"""Use cases of accounts. Hashing is done before: nothing slow runs inside a transaction."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid4

from rueckhalt_shared.contracts.ids import person_id
from rueckhalt_shared.contracts.region import LENGTHS, InvalidRegionKey, RegionKey
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity import noting, roles
from rueckhalt_shared.identity.accounts import second_factor, store
from rueckhalt_shared.identity.accounts.domain import (
    LINK_MINUTES,
    Account,
    BadPerson,
    LinkEnded,
    NameTaken,
    NoSuchAccount,
    UnknownRole,
    digest,
    folded_code,
    login_name,
    new_token,
    shown_name,
)
from rueckhalt_shared.identity.noting import COMMAND
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import EVERYWHERE, PEOPLE

Held = Iterable[tuple[str, str]]


def add_account(
    tx: Transaction,
    name: str,
    *,
    display_name: str = "",
    held: Held = (),
    person: str | None = None,
    issuer: str | None = None,
    subject: str | None = None,
    by: str = COMMAND,
) -> Account:
    """A new account without any password; raises BadName, NameTaken, UnknownRole, BadPerson."""
    name, checked = login_name(name), _checked(held)
    if store.find(tx, name=name) is not None:
        raise NameTaken(name)
    account_id = str(uuid4())
    store.add(
        tx,
        id=account_id,
        name=name,
        display_name=shown_name(display_name) or name,
        person=_person(person, checked),
        issuer=issuer,
        subject=subject,
        created_at=tx.now,
    )
    store.set_roles(tx, account_id, checked)
    return _noted(tx, "account.added", find(tx, name), by=by)


def list_accounts(tx: Transaction) -> list[Account]:
    """All accounts by name."""
    return store.every(tx)


def is_anybody_there(tx: Transaction) -> bool:
    """Has this installation an account at all?"""
    return store.count(tx) > 0


def find(tx: Transaction, name: str) -> Account:
    """The account of that name; raises NoSuchAccount."""
    found = store.find(tx, name=login_name(name))
    if found is None:
        raise NoSuchAccount(name)
    return found


def senders_of(tx: Transaction, person: str) -> frozenset[str]:
    """How rows name the accounts of one person of the plan."""
    return frozenset(f"{PEOPLE}{e.id}" for e in store.every(tx) if e.person == person)


def display_of(tx: Transaction, person: str) -> str:
    """What a person of the plan is called; empty where no open account is theirs."""
    mine = (each for each in store.every(tx) if each.person == person and each.is_open)
    return next((each.display_name for each in mine), "")


def find_by_id(tx: Transaction, account_id: str) -> Account | None:
    """The account of that id."""
    return store.find(tx, id=account_id)


def find_foreign(tx: Transaction, issuer: str, subject: str) -> Account | None:
    """The account of somebody who signs in at a provider."""
    return store.find(tx, issuer=issuer, subject=subject)


def make_link(tx: Transaction, name: str, *, by: str = COMMAND) -> str:
    """A link with which its reader sets password and second factor, once, within ten minutes."""
    account = find(tx, name)
    if not account.is_open or account.issuer is not None:  # there the provider lets in
        raise NoSuchAccount(name)
    token = new_token()
    store.add_link(
        tx,
        token_hash=digest(token),
        account_id=account.id,
        totp_secret=second_factor.new_secret(),
        expires_at=tx.now + timedelta(minutes=LINK_MINUTES),
    )
    _noted(tx, "link.made", account, by=by)
    return token


def open_link(tx: Transaction, token: str) -> tuple[Account, str]:
    """The account a link is for, and the TOTP secret it offers; raises LinkEnded."""
    found = store.find_link(tx, digest(token), tx.now)
    account = store.find(tx, id=found[0]) if found else None
    if found is None or account is None or not account.is_open:
        raise LinkEnded
    return account, found[1]


def use_link(
    tx: Transaction, token: str, *, password_hash: str, step: int, codes: Iterable[str]
) -> Account:
    """Set password, second factor and recovery codes; every older sign-in ends."""
    account, secret = open_link(tx, token)
    if not store.use_link(tx, digest(token)):
        raise LinkEnded
    store.change(
        tx,
        account.id,
        password_hash=password_hash,
        password_changed_at=tx.now,
        totp_secret=secret,
        totp_step=step,
    )
    set_recovery_codes(tx, account.id, codes)
    sessions.end_all(tx, account.id)
    return _noted(tx, "link.used", account, by=account.id)


def set_recovery_codes(tx: Transaction, account_id: str, codes: Iterable[str]) -> None:
    """Store new recovery codes; the older ones end."""
    store.set_recovery_codes(tx, account_id, [digest(folded_code(code)) for code in codes])


def set_password(
    tx: Transaction, account_id: str, password_hash: str, *, known: str | None
) -> bool:
    """Exchange the password and end every sign-in; False when it was changed meanwhile."""
    found = store.secrets_by_id(tx, account_id)
    if found is None or not found.is_open or found.password_hash != known:
        return False
    store.change(tx, account_id, password_hash=password_hash, password_changed_at=tx.now)
    store.end_links(tx, account_id)
    sessions.end_all(tx, account_id)
    if (account := find_by_id(tx, account_id)) is not None:
        _noted(tx, "password.changed", account, by=account_id)
    return True


def use_code(tx: Transaction, account_id: str, code: str) -> bool:
    """Is it the code of the app, or a recovery code? Used up when it is."""
    found = store.secrets_by_id(tx, account_id)
    if found is None or not found.is_open or found.totp_secret is None:
        return False
    step = second_factor.matching_step(found.totp_secret, code, tx.now)
    if step is not None:
        return store.use_step(tx, account_id, step)
    return store.use_recovery_code(tx, account_id, digest(folded_code(code)))


def disable(tx: Transaction, name: str, *, by: str = COMMAND) -> Account:
    """Close an account: every sign-in and link of it ends in this transaction."""
    account = find(tx, name)
    if account.is_open:
        store.change(tx, account.id, disabled_at=tx.now)
    store.end_links(tx, account.id)
    sessions.end_all(tx, account.id)
    return _noted(tx, "account.closed", find(tx, name), by=by)


def set_person(tx: Transaction, name: str, person: str, *, by: str = COMMAND) -> Account:
    """Say which person of the plan this account is, empty: nobody; raises BadPerson.

    What is assigned to that person opens for the account, so its sign-ins end.
    """
    account = find(tx, name)
    store.change(tx, account.id, person=_person(person, account.roles))
    sessions.end_all(tx, account.id)
    return _noted(tx, "account.person_set", find(tx, name), by=by)


def enable(tx: Transaction, name: str, *, by: str = COMMAND) -> Account:
    """Open a closed account again; its password and second factor must be set anew."""
    account = find(tx, name)
    if not account.is_open:
        store.change(tx, account.id, disabled_at=None, password_hash=None, totp_secret=None)
        store.set_recovery_codes(tx, account.id, ())
    return _noted(tx, "account.opened", find(tx, name), by=by)


def set_roles(tx: Transaction, name: str, held: Held, *, by: str = COMMAND) -> Account:
    """These roles and no others; they count from the next request on."""
    account = find(tx, name)
    store.set_roles(tx, account.id, _checked(held))
    changed = find(tx, name)
    places = {place for _, place in (*account.roles, *changed.roles)}
    noting.note(tx, "roles.set", about=account.id, places=places, who=by)
    return changed


def signed_in(tx: Transaction, account: Account) -> Account:
    """Write down that somebody came in."""
    return _noted(tx, "session.begun", account, by=account.id)


def _noted(tx: Transaction, act: str, account: Account, *, by: str) -> Account:
    places = {place for _, place in account.roles}
    noting.note(tx, act, about=account.id, places=places, who=by)
    return account


def _checked(held: Held) -> list[tuple[str, str]]:
    return [_role(role, municipality) for role, municipality in held]


def _person(told: str | None, held: Held) -> str | None:
    """The id routing knows a person by, from the id itself or from their key in the plan."""
    if not told:
        return None
    try:
        return str(UUID(told))
    except ValueError:
        towns = {place for _, place in held if len(place) == LENGTHS[-1]}
    if len(towns) != 1:
        raise BadPerson(f"{told}: by key only where all roles are in one municipality")
    return person_id(towns.pop(), told)


def _role(role: str, municipality: str) -> tuple[str, str]:
    if role not in roles.ROLES:
        raise UnknownRole(f"{role}; known: {', '.join(roles.ROLES)}")
    try:
        place = EVERYWHERE if municipality == EVERYWHERE else RegionKey.parse(municipality).ars
    except InvalidRegionKey as error:
        raise UnknownRole(f"{role}@{municipality}: {error.reason}") from None
    if not roles.may_be_given(role, place):
        raise UnknownRole(f"{role} means nothing in {place}")
    return role, place
