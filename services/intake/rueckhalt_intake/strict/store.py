# SPDX-License-Identifier: EUPL-1.2
"""Role keys, the copies of their holders, and personal keys: tables of the key store."""

from collections.abc import Collection

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    text,
    update,
)

from rueckhalt_intake.strict.domain import Copy, PersonalKey, RoleKey
from rueckhalt_intake.vault.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

role_keys = Table(
    "role_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("public", LargeBinary, nullable=False),
    Column("recovery", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("retired_at", UtcDateTime),
    Column("renewal_wanted_at", UtcDateTime),
)
Index(
    "uq_role_keys_current",
    role_keys.c.municipality,
    unique=True,
    sqlite_where=text("retired_at IS NULL"),
    postgresql_where=text("retired_at IS NULL"),
)
role_key_copies = Table(
    "role_key_copies",
    metadata,
    Column("role_key", String(16), nullable=False),
    Column("holder", String(36), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("given_by", String(36), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("role_key", "holder"),
)
personal_keys = Table(
    "personal_keys",
    metadata,
    Column("account", String(36), primary_key=True),
    Column("id", String(16), nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("locked", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)


def add_role_key(tx: Transaction, key: RoleKey) -> None:
    """A new role key; an `IntegrityError` where the municipality has a current one."""
    tx.execute(insert(role_keys), vars(key))


def current(tx: Transaction, municipality: str) -> RoleKey | None:
    """The role key that seals now; it stays the current one until the commit."""
    mine = (role_keys.c.municipality == municipality, role_keys.c.retired_at.is_(None))
    row = tx.execute(select(role_keys).where(*mine).with_for_update(read=True)).one_or_none()
    return _role_key(row) if row else None


def role_key(tx: Transaction, key_id: str) -> RoleKey | None:
    """One role key, current or retired."""
    row = tx.execute(select(role_keys).where(role_keys.c.id == key_id)).one_or_none()
    return _role_key(row) if row else None


def every(tx: Transaction, municipality: str | None = None) -> list[RoleKey]:
    """All role keys, or those of a municipality, the oldest first."""
    query = select(role_keys).order_by(role_keys.c.made_at, role_keys.c.id)
    if municipality is not None:
        query = query.where(role_keys.c.municipality == municipality)
    return [_role_key(row) for row in tx.execute(query)]


def lock(tx: Transaction, key_id: str) -> RoleKey | None:
    """One role key; nobody seals to it, renews it or changes its holders until the commit."""
    query = select(role_keys).where(role_keys.c.id == key_id).with_for_update()
    row = tx.execute(query).one_or_none()
    return _role_key(row) if row else None


def retire(tx: Transaction, key_id: str) -> None:
    """It seals nothing new any more."""
    tx.execute(update(role_keys).where(role_keys.c.id == key_id).values(retired_at=tx.now))


def want_renewal(tx: Transaction, key_id: str) -> None:
    """A holder has left."""
    mine = (role_keys.c.id == key_id, role_keys.c.renewal_wanted_at.is_(None))
    tx.execute(update(role_keys).where(*mine).values(renewal_wanted_at=tx.now))


def drop_role_key(tx: Transaction, key_id: str) -> None:
    """Nothing is sealed to it any more: it goes with all its copies."""
    tx.execute(delete(role_key_copies).where(role_key_copies.c.role_key == key_id))
    tx.execute(delete(role_keys).where(role_keys.c.id == key_id))


def add_copy(tx: Transaction, copy: Copy) -> None:
    """Give a holder a copy, in place of an older one."""
    drop_copies(tx, [copy.role_key], copy.holder)
    tx.execute(insert(role_key_copies), vars(copy))


def copy_of(tx: Transaction, key_id: str, holder: str) -> Copy | None:
    """The copy of one holder."""
    mine = (role_key_copies.c.role_key == key_id, role_key_copies.c.holder == holder)
    row = tx.execute(select(role_key_copies).where(*mine)).one_or_none()
    return _copy(row) if row else None


def copies(tx: Transaction, key_id: str) -> list[Copy]:
    """All copies of a role key, by the time they were given."""
    query = select(role_key_copies).where(role_key_copies.c.role_key == key_id)
    rows = tx.execute(query.order_by(role_key_copies.c.given_at, role_key_copies.c.holder))
    return [_copy(row) for row in rows]


def drop_copies(tx: Transaction, keys: Collection[str], holder: str) -> int:
    """Take the copies of these role keys from a holder; how many there were."""
    mine = (role_key_copies.c.role_key.in_(list(keys)), role_key_copies.c.holder == holder)
    return tx.execute(delete(role_key_copies).where(*mine)).rowcount


def drop_all_copies(tx: Transaction, holder: str) -> None:
    """Their personal key is another one now: nothing of before opens by it."""
    tx.execute(delete(role_key_copies).where(role_key_copies.c.holder == holder))


def keep_personal(tx: Transaction, key: PersonalKey) -> None:
    """The personal key of somebody, in place of an older one."""
    tx.execute(delete(personal_keys).where(personal_keys.c.account == key.account))
    tx.execute(insert(personal_keys), vars(key))


def personal(tx: Transaction, account: str) -> PersonalKey | None:
    """The personal key of somebody."""
    query = select(personal_keys).where(personal_keys.c.account == account)
    row = tx.execute(query).one_or_none()
    return PersonalKey(**row._mapping) if row else None


def personal_among(tx: Transaction, accounts: Collection[str]) -> dict[str, PersonalKey]:
    """The personal keys of those who have one, by account."""
    query = select(personal_keys).where(personal_keys.c.account.in_(list(accounts)))
    return {row.account: PersonalKey(**row._mapping) for row in tx.execute(query)}


def _role_key(row: Row[tuple[object, ...]]) -> RoleKey:
    return RoleKey(**row._mapping)


def _copy(row: Row[tuple[object, ...]]) -> Copy:
    return Copy(**row._mapping)
