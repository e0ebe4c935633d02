# SPDX-License-Identifier: EUPL-1.2
"""Leases: who does a thing now, for a limited time; a dead owner's lease runs out by itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, update

from rueckhalt_shared.plumbing import leases

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction


def take(
    tx: "Transaction",
    name: str,
    owner: str,
    *,
    seconds: float,
    is_gone: Callable[[str], bool] | None = None,
) -> bool:
    """Take or renew the lease; false while somebody else holds it.

    A lease that ends later than its own length from now is void: a clock that was set back
    cannot freeze the work. `is_gone` may know that its holder is dead (`owners.is_gone`); then
    the first one to ask has it, by compare-and-set.
    """
    until = tx.now + timedelta(seconds=seconds)
    result = tx.execute(
        update(leases)
        .where(
            leases.c.name == name,
            or_(
                leases.c.owner == owner,
                leases.c.until_at <= tx.now,
                leases.c.until_at > until,
            ),
        )
        .values(owner=owner, until_at=until)
    )
    if result.rowcount:
        return True
    query = select(leases.c.owner).where(leases.c.name == name)
    holder = tx.execute(query).scalar_one_or_none()
    if holder is None:
        tx.execute(insert(leases), {"name": name, "owner": owner, "until_at": until})
        return True
    if is_gone is None or not is_gone(holder):
        return False
    dead = update(leases).where(leases.c.name == name, leases.c.owner == holder)
    return tx.execute(dead.values(owner=owner, until_at=until)).rowcount == 1


def release(tx: "Transaction", name: str, owner: str) -> None:
    """Give the lease back, so that the next one need not wait."""
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))


def void_all(tx: "Transaction") -> None:
    """No process of this installation lives any more (`up` holds the folder's lock)."""
    tx.execute(delete(leases))
