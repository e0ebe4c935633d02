# SPDX-License-Identifier: EUPL-1.2
"""Rows of accounts, their roles, links and recovery codes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.accounts.domain import Account, Secrets
from rueckhalt_shared.identity.tables import accounts, links, recovery_codes, roles

_SHOWN = ("id", "name", "display_name", "person", "created_at", "disabled_at", "issuer")


def add(tx: Transaction, **values: Any) -> None:
    """A new account."""
    tx.execute(insert(accounts).values(**values))


def change(tx: Transaction, account_id: str, **values: Any) -> None:
    """Change columns of one account."""
    tx.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def find(tx: Transaction, **wanted: Any) -> Account | None:
    """The account with these columns (`id=`, `name=`, or `issuer=` and `subject=`)."""
    query = select(accounts)
    for column, value in wanted.items():
        query = query.where(accounts.c[column] == value)
    row = tx.execute(query).mappings().one_or_none()
    return _account(row, _roles(tx, [row["id"]])) if row else None


def every(tx: Transaction) -> list[Account]:
    """All accounts by name."""
    rows = tx.execute(select(accounts).order_by(accounts.c.name)).mappings().all()
    held = _roles(tx, None)
    return [_account(row, held) for row in rows]


def count(tx: Transaction) -> int:
    """How many accounts there are."""
    return int(tx.execute(select(func.count()).select_from(accounts)).scalar_one())


def secrets_of(tx: Transaction, name: str) -> Secrets | None:
    """What proves that somebody is the holder of this account."""
    row = tx.execute(select(accounts).where(accounts.c.name == name)).mappings().one_or_none()
    return _secrets(row) if row else None


def secrets_by_id(tx: Transaction, account_id: str) -> Secrets | None:
    """The same for an account that is known already."""
    row = tx.execute(select(accounts).where(accounts.c.id == account_id)).mappings().one_or_none()
    return _secrets(row) if row else None


def use_step(tx: Transaction, account_id: str, step: int) -> bool:
    """Use up a 30-second window; False when it, or a newer one, was used already."""
    unused = accounts.c.totp_step.is_(None) | (accounts.c.totp_step < step)
    statement = update(accounts).where(accounts.c.id == account_id, unused)
    return tx.execute(statement.values(totp_step=step)).rowcount == 1


def set_roles(tx: Transaction, account_id: str, held: Iterable[tuple[str, str]]) -> None:
    """These roles and no others."""
    tx.execute(delete(roles).where(roles.c.account_id == account_id))
    for role, municipality in sorted(set(held)):
        row = {"account_id": account_id, "role": role, "municipality": municipality}
        tx.execute(insert(roles).values(**row))


def add_link(tx: Transaction, **values: Any) -> None:
    """A one-time link; an older one of the same account ends."""
    tx.execute(delete(links).where(links.c.account_id == values["account_id"]))
    tx.execute(insert(links).values(**values))


def find_link(tx: Transaction, token_hash: str, now: datetime) -> tuple[str, str] | None:
    """(account id, offered TOTP secret) of a link that is still good."""
    query = select(links).where(links.c.token_hash == token_hash, links.c.expires_at > now)
    row = tx.execute(query).mappings().one_or_none()
    return (row["account_id"], row["totp_secret"]) if row else None


def use_link(tx: Transaction, token_hash: str) -> bool:
    """Use it up; False when somebody was faster."""
    return tx.execute(delete(links).where(links.c.token_hash == token_hash)).rowcount == 1


def end_links(tx: Transaction, account_id: str) -> None:
    """No link of this account is good any more."""
    tx.execute(delete(links).where(links.c.account_id == account_id))


def set_recovery_codes(tx: Transaction, account_id: str, hashes: Iterable[str]) -> None:
    """These codes and no older ones."""
    tx.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account_id))
    for each in hashes:
        tx.execute(insert(recovery_codes).values(code_hash=each, account_id=account_id))


def use_recovery_code(tx: Transaction, account_id: str, code_hash: str) -> bool:
    """Use one up; False when there is none such."""
    mine = recovery_codes.c.account_id == account_id
    statement = delete(recovery_codes).where(mine, recovery_codes.c.code_hash == code_hash)
    return tx.execute(statement).rowcount == 1


def _roles(tx: Transaction, ids: list[str] | None) -> dict[str, list[tuple[str, str]]]:
    query = select(roles).order_by(roles.c.municipality, roles.c.role)
    if ids is not None:
        query = query.where(roles.c.account_id.in_(ids))
    found: dict[str, list[tuple[str, str]]] = {}
    for row in tx.execute(query).mappings():
        found.setdefault(row["account_id"], []).append((row["role"], row["municipality"]))
    return found


def _account(row: Any, held: dict[str, list[tuple[str, str]]]) -> Account:
    values = {name: row[name] for name in _SHOWN}
    return Account(
        **values,
        has_password=row["password_hash"] is not None,
        has_code=row["totp_secret"] is not None,
        roles=tuple(held.get(row["id"], ())),
    )


def _secrets(row: Any) -> Secrets:
    names = ("password_hash", "totp_secret", "totp_step")
    values = {name: row[name] for name in names}
    return Secrets(account_id=row["id"], is_open=row["disabled_at"] is None, **values)
