# SPDX-License-Identifier: EUPL-1.2
"""The contacts table, and the two-way road between its rows and Contact.

An address is sealed on its way in and opened on its way out; what lies in `address` is its keyed
hash, by which the database itself keeps one owner from having the same address twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from rueckhalt_notify.contacts.domain import Contact
from rueckhalt_notify.tables import metadata
from rueckhalt_notify.vault.domain import Place, Shut
from rueckhalt_notify.vault.sealing import Key, Vault
from rueckhalt_shared.database import Transaction, UtcDateTime
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
contacts = Table(
    "contacts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("municipality", String(12), nullable=False, index=True),
    Column("owner_kind", String(8), nullable=False),
    Column("owner_id", String(36), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("address", String(320), nullable=False),  # its mark; in clear until it is sealed
    Column("language", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    Column("max_level", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("soft_bounces", Integer, nullable=False),
    Column("verified_until_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary),
    Column("key_id", ForeignKey("municipality_keys.id")),
    UniqueConstraint("owner_id", "channel", "address"),
)
# Version 0.1 took the mark for an address. With this sign in front it could not write a letter to
# it, so it told the person's next contact instead of asking the mail server.
_MARK = "§"
_ALL = select(contacts)
_OF_OWNERS = _ALL.where(contacts.c.owner_id.in_(bindparam("owners", expanding=True)))
_OF_IDS = _ALL.where(contacts.c.id.in_(bindparam("ids", expanding=True)))
_CLEAR = contacts.c.sealed.is_(None)
_SOFT = (
    update(contacts)
    .where(contacts.c.id == bindparam("key"))
    .values(soft_bounces=bindparam("bounces"))
)


def add(tx: Transaction, contact: Contact) -> None:
    """A new contact."""
    key = Vault.of(tx).key_for(tx, contact.municipality)
    tx.execute(insert(contacts), asdict(contact) | _sealed(contact, key))


def get(tx: Transaction, contact_id: str) -> Contact | None:
    """The contact of that id."""
    return next(iter(with_ids(tx, [contact_id])), None)


def with_ids(tx: Transaction, ids: Iterable[str]) -> list[Contact]:
    """The contacts of these ids."""
    return _read(tx, tx.execute(_OF_IDS, {"ids": list(ids)}).mappings())


def of_owners(tx: Transaction, owners: Iterable[str]) -> list[Contact]:
    """All contacts of these persons and partners, usable or not."""
    return _read(tx, tx.execute(_OF_OWNERS, {"owners": list(owners)}).mappings())


def of_offices(tx: Transaction, municipality: str) -> list[Contact]:
    """The contacts of configured addresses."""
    mine = contacts.c.municipality == municipality, contacts.c.owner_kind == "office"
    return _read(tx, tx.execute(_ALL.where(*mine)).mappings())


def save(tx: Transaction, contact: Contact) -> None:
    """The contact as it is now; its address never changes."""
    values = asdict(contact)
    del values["address"]
    tx.execute(update(contacts).where(contacts.c.id == values.pop("id")).values(values))


def set_soft_bounces(tx: Transaction, contact_id: str, bounces: int) -> None:
    """How many soft bounces came without a success between."""
    tx.execute(_SOFT, {"key": contact_id, "bounces": bounces})


def page(
    tx: Transaction,
    *,
    within: Sequence[str],
    state: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Contact]:
    """A page in the order of ids; `within` lists beginnings of regional keys, "*" is all."""
    statement = _ALL.where(contacts.c.id > after)
    if "*" not in within:
        statement = statement.where(or_(*(contacts.c.municipality.startswith(m) for m in within)))
    if state is not None:
        statement = statement.where(contacts.c.state == state)
    return _read(tx, tx.execute(statement.order_by(contacts.c.id).limit(limit)).mappings())


def in_clear(tx: Transaction) -> bool:
    """Is there an address that was stored before addresses were sealed?"""
    return tx.execute(select(contacts.c.id).where(_CLEAR).limit(1)).first() is not None


def count_by_key(tx: Transaction) -> dict[str | None, int]:
    """How many addresses hang on each key; on none: in clear."""
    query = select(contacts.c.key_id, func.count().label("addresses")).group_by(contacts.c.key_id)
    return {row.key_id: row.addresses for row in tx.execute(query)}


def to_seal(tx: Transaction, *, keys: Iterable[str], limit: int) -> list[Contact]:
    """Contacts whose address is in clear or hangs on one of these keys, locked; raises Shut."""
    mine = or_(_CLEAR, contacts.c.key_id.in_(list(keys)))
    statement = _ALL.where(mine).order_by(contacts.c.id).limit(limit).with_for_update()
    vault = Vault.of(tx)
    return [_contact(tx, vault, row) for row in tx.execute(statement).mappings()]


def seal_again(tx: Transaction, contact: Contact) -> None:
    """Seal the address with the municipality's current key; the owner may be a new one."""
    key = Vault.of(tx).key_for(tx, contact.municipality)
    values = _sealed(contact, key) | {"owner_id": contact.owner_id}
    tx.execute(update(contacts).where(contacts.c.id == contact.id).values(values))


def _read(tx: Transaction, rows: Iterable[RowMapping]) -> list[Contact]:
    """One address that does not open must not keep all others from being used."""
    vault, found = Vault.of(tx), []
    for row in rows:
        try:
            found.append(_contact(tx, vault, row))
        except Shut:
            log.error("the address of a contact does not open", object=row["id"])
            found.append(Contact(**_plain(row) | {"address": "", "state": "suspended"}))
    return found


def _contact(tx: Transaction, vault: Vault, row: RowMapping) -> Contact:
    values = _plain(row)
    if row["sealed"] is not None:
        place = _place(row["municipality"], row["id"])
        values["address"] = vault.open(tx, row["sealed"], place)
    return Contact(**values)


def _plain(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("sealed", "key_id")}


def _sealed(contact: Contact, key: Key) -> dict[str, Any]:
    mark = key.mark_of("contact", contact.owner_id, contact.channel, contact.address)
    return {
        "address": f"{_MARK}{mark}",
        "sealed": key.seal(contact.address, _place(contact.municipality, contact.id)),
        "key_id": key.id,
    }


def _place(municipality: str, contact_id: str) -> Place:
    return Place(municipality, contact_id, "address")
