# SPDX-License-Identifier: EUPL-1.2
"""Orders, receipts, holds, and the data keys that are still to be shredded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    PrimaryKeyConstraint,
    RowMapping,
    String,
    Table,
    delete,
    false,
    insert,
    or_,
    select,
    update,
)

from rueckhalt_intake.erasure.domain import Hold, NoSuchHold, NoSuchOrder, Order
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.database import Transaction, UtcDateTime

erasure_orders = Table(
    "erasure_orders",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("mark", String(64), nullable=False, index=True),
    Column("municipality", String(12), nullable=False),
    Column("mode", String(5), nullable=False),
    Column("scope", String(20), nullable=False),
    Column("reason", String(20), nullable=False),
    Column("ordered_by", String(80), nullable=False),
    Column("ordered_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("expected", JSON, nullable=False),
    Column("completed_at", UtcDateTime, index=True),
)
erasure_receipts = Table(
    "erasure_receipts",
    metadata,
    Column("order_id", String(36), nullable=False),
    Column("service", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("order_id", "service"),
)
key_shreddings = Table(
    "key_shreddings",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("order_id", String(36), nullable=False),
)
legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("incident_id", String(36), nullable=False, index=True),
    Column("municipality", String(12), nullable=False),
    Column("mode", String(5), nullable=False),
    Column("ground", String(20), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("set_by", String(80), nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("lifted_by", String(80)),
    Column("lifted_at", UtcDateTime),
    Column("lift_reason", String(200)),
)
TABLES = (
    "erasure_orders",
    "erasure_receipts",
    "erasure_requests",
    "key_shreddings",
    "legal_holds",
)


def add(tx: Transaction, order: Order) -> None:
    """Keep a new order."""
    row = {name: value for name, value in vars(order).items() if name != "receipts"}
    tx.execute(insert(erasure_orders), row | {"expected": list(order.expected)})


def get(tx: Transaction, order_id: str, municipalities: Sequence[str], mode: str) -> Order:
    """One order within reach; raises NoSuchOrder."""
    query = select(erasure_orders).where(
        erasure_orders.c.id == order_id, *_within(erasure_orders, municipalities, mode)
    )
    row = tx.execute(query).mappings().one_or_none()
    if row is None:
        raise NoSuchOrder(f"no order {order_id}")
    return _orders(tx, [row])[0]


def newest(
    tx: Transaction, municipalities: Sequence[str], mode: str | None, *, limit: int
) -> list[Order]:
    """The newest first; of every mode where none is named."""
    query = select(erasure_orders).where(*_within(erasure_orders, municipalities, mode))
    rows = tx.execute(query.order_by(erasure_orders.c.ordered_at.desc()).limit(limit)).mappings()
    return _orders(tx, rows.all())


def exists(tx: Transaction, mark: str, scope: str) -> bool:
    """Was there ever an order of this scope for the incident of that mark?"""
    mine = (erasure_orders.c.mark == mark, erasure_orders.c.scope == scope)
    return tx.execute(select(erasure_orders.c.id).where(*mine).limit(1)).first() is not None


def unfinished(tx: Transaction) -> list[Order]:
    """Orders that some service has not confirmed."""
    query = select(erasure_orders).where(erasure_orders.c.completed_at.is_(None))
    return _orders(tx, tx.execute(query.order_by(erasure_orders.c.ordered_at)).mappings().all())


def add_receipt(tx: Transaction, order_id: str, service: str, at: datetime) -> Order | None:
    """Keep a receipt once; answers the order with all its receipts, None for an unknown one."""
    query = select(erasure_orders).where(erasure_orders.c.id == order_id)
    row = tx.execute(query.with_for_update()).mappings().one_or_none()
    if row is None:
        return None
    order = _orders(tx, [row])[0]
    if service not in order.receipts:
        tx.execute(insert(erasure_receipts), {"order_id": order_id, "service": service, "at": at})
        order = _orders(tx, [row])[0]
    return order


def complete(tx: Transaction, order_id: str) -> None:
    """Every expected receipt is here."""
    tx.execute(
        update(erasure_orders)
        .where(erasure_orders.c.id == order_id, erasure_orders.c.completed_at.is_(None))
        .values(completed_at=tx.now)
    )


def shred_later(tx: Transaction, key_id: str, order_id: str) -> None:
    """The rows of this key go in this transaction; the key follows."""
    tx.execute(insert(key_shreddings), {"key_id": key_id, "order_id": order_id})


def to_shred(tx: Transaction) -> list[tuple[str, str]]:
    """Keys whose rows are gone, each with its order."""
    return [(row.key_id, row.order_id) for row in tx.execute(select(key_shreddings).limit(100))]


def shredded(tx: Transaction, key_id: str) -> None:
    """The key is gone, too."""
    tx.execute(delete(key_shreddings).where(key_shreddings.c.key_id == key_id))


def is_awaiting_key(tx: Transaction, order_id: str) -> bool:
    """Does a key of this order still exist?"""
    query = select(key_shreddings.c.key_id).where(key_shreddings.c.order_id == order_id)
    return tx.execute(query.limit(1)).first() is not None


def add_hold(tx: Transaction, hold: Hold) -> None:
    """Keep a new hold."""
    tx.execute(insert(legal_holds), vars(hold))


def holds_of(tx: Transaction, incident_id: str) -> list[Hold]:
    """Every hold of an incident, lifted ones included, oldest first."""
    query = select(legal_holds).where(legal_holds.c.incident_id == incident_id)
    rows = tx.execute(query.order_by(legal_holds.c.set_at, legal_holds.c.id)).mappings()
    return [Hold(**dict(row)) for row in rows]


def live_holds(
    tx: Transaction, municipalities: Sequence[str], mode: str, *, limit: int
) -> list[Hold]:
    """Holds that stand in the way now, newest first."""
    query = select(legal_holds).where(
        legal_holds.c.lifted_at.is_(None), *_within(legal_holds, municipalities, mode)
    )
    rows = tx.execute(query.order_by(legal_holds.c.set_at.desc()).limit(limit)).mappings()
    return [Hold(**dict(row)) for row in rows]


def get_hold(
    tx: Transaction, hold_id: str, municipalities: Sequence[str], mode: str | None
) -> Hold:
    """One hold within reach, locked; raises NoSuchHold."""
    query = select(legal_holds).where(
        legal_holds.c.id == hold_id, *_within(legal_holds, municipalities, mode)
    )
    row = tx.execute(query.with_for_update()).mappings().one_or_none()
    if row is None:
        raise NoSuchHold(f"no hold {hold_id}")
    return Hold(**dict(row))


def lift(tx: Transaction, hold: Hold) -> None:
    """Write who lifted it, when and why."""
    lifted = {name: getattr(hold, name) for name in ("lifted_by", "lifted_at", "lift_reason")}
    tx.execute(update(legal_holds).where(legal_holds.c.id == hold.id).values(lifted))


def drop_holds(tx: Transaction, incident_id: str) -> None:
    """The incident goes, and with it what was said about keeping it."""
    tx.execute(delete(legal_holds).where(legal_holds.c.incident_id == incident_id))


def _within(table: Table, municipalities: Sequence[str], mode: str | None) -> list[Any]:
    conditions: list[Any] = [] if mode is None else [table.c.mode == mode]
    if "*" not in municipalities:
        own = [table.c.municipality.startswith(key) for key in municipalities]
        conditions.append(or_(false(), *own))
    return conditions


def _orders(tx: Transaction, rows: Sequence[RowMapping]) -> list[Order]:
    ids = [row["id"] for row in rows]
    found: dict[str, dict[str, datetime]] = {each: {} for each in ids}
    query = select(erasure_receipts).where(erasure_receipts.c.order_id.in_(ids))
    for receipt in tx.execute(query.order_by(erasure_receipts.c.service)):
        found[receipt.order_id][receipt.service] = receipt.at
    orders = []
    for row in rows:
        values = {name: value for name, value in row.items() if name != "completed_at"}
        values |= {"expected": tuple(row["expected"]), "receipts": found[row["id"]]}
        orders.append(Order(**values))
    return orders
