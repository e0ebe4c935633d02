# SPDX-License-Identifier: EUPL-1.2
"""A session with its account and the account's roles, in one question: each request asks it."""

from sqlalchemy import bindparam, select

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.accounts.domain import Account
from rueckhalt_shared.identity.sessions.domain import Session
from rueckhalt_shared.identity.tables import accounts, roles, sessions

_SESSION = tuple(Session.__dataclass_fields__)
_ACCOUNT = ("id", "name", "display_name", "person", "created_at", "disabled_at", "issuer")
_FOUND = (
    select(
        *(sessions.c[name].label(f"session_{name}") for name in _SESSION),
        *(accounts.c[name].label(f"account_{name}") for name in _ACCOUNT),
        accounts.c.password_hash.is_not(None).label("has_password"),
        accounts.c.totp_secret.is_not(None).label("has_code"),
        roles.c.role,
        roles.c.municipality,
    )
    .join(accounts, accounts.c.id == sessions.c.account_id)
    .outerjoin(roles, roles.c.account_id == accounts.c.id)
    .where(sessions.c.id_hash == bindparam("id_hash"))
    .order_by(roles.c.municipality, roles.c.role)
)


def session_with_account(tx: Transaction, id_hash: str) -> tuple[Session, Account] | None:
    """The session of that id with whose it is, live or not."""
    rows = tx.execute(_FOUND, {"id_hash": id_hash}).mappings().all()
    if not rows:
        return None
    first = rows[0]
    account = Account(
        **{name: first[f"account_{name}"] for name in _ACCOUNT},
        has_password=first["has_password"],
        has_code=first["has_code"],
        roles=tuple((row["role"], row["municipality"]) for row in rows if row["role"] is not None),
    )
    return Session(**{name: first[f"session_{name}"] for name in _SESSION}), account
