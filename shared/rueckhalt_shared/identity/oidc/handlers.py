# SPDX-License-Identifier: EUPL-1.2
"""Begin and end a sign-in at the provider: a state that counts once, an account that follows it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity import roles
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.accounts.domain import Account, UnknownRole, digest
from rueckhalt_shared.identity.oidc.domain import Identity, TokenRefused
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.identity.tables import oidc_states

_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What goes along to the provider, and what only we know of it."""

    state: str
    nonce: str
    verifier: str
    next: str


def begin(tx: Transaction, *, next: str) -> Leaving:
    """Remember that somebody leaves for the provider."""
    left = Leaving(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        next=next,
    )
    tx.execute(delete(oidc_states).where(oidc_states.c.expires_at < tx.now))
    tx.execute(
        insert(oidc_states).values(
            state_hash=digest(left.state),
            nonce=left.nonce,
            verifier=left.verifier,
            next=left.next,
            expires_at=tx.now + _LIFETIME,
        )
    )
    return left


def come_back(tx: Transaction, state: str) -> Leaving:
    """Take the state, once; raises TokenRefused when it is unknown, old or used."""
    mine = oidc_states.c.state_hash == digest(state)
    row = tx.execute(select(oidc_states).where(mine)).mappings().one_or_none()
    taken = tx.execute(delete(oidc_states).where(mine)).rowcount
    if row is None or not taken or row["expires_at"] <= tx.now:
        raise TokenRefused("state")
    return Leaving(state=state, nonce=row["nonce"], verifier=row["verifier"], next=row["next"])


def sign_in(tx: Transaction, who: Identity, *, device: str) -> str:
    """The account of this person, with the roles the provider says now; answers a session."""
    held = [each for each in who.roles if roles.may_be_given(*each)]
    account = accounts.find_foreign(tx, who.issuer, who.subject)
    if account is None:
        account = _added(tx, who)
    if not account.is_open:
        raise TokenRefused("account closed")
    if set(account.roles) != set(held):
        account = _follow(tx, account, held)
    accounts.signed_in(tx, account)
    return sessions.begin_full(tx, account.id, device=device, fresh=who.is_fresh)


def _follow(tx: Transaction, account: Account, held: list[tuple[str, str]]) -> Account:
    try:
        return accounts.set_roles(tx, account.name, held, by=account.id)
    except UnknownRole as error:
        raise TokenRefused(f"roles: {error}") from None


def _added(tx: Transaction, who: Identity) -> Account:
    """Named by a hash: a provider's name never takes a local account over."""
    mark = hashlib.sha256(f"{who.issuer}|{who.subject}".encode()).hexdigest()[:16]
    return accounts.add_account(
        tx, f"oidc-{mark}", display_name=who.name, issuer=who.issuer, subject=who.subject
    )
