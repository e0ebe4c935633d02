# SPDX-License-Identifier: EUPL-1.2
"""Attempts to sign in, counted in the database: whoever guesses waits longer and longer.

A bucket is an account seen from one network, as a keyed hash whose key is renewed daily and then
thrown away; so strangers elsewhere cannot keep anybody out, and no address is stored. An attempt
counts before it is judged: ten at once are ten attempts. Only a complete sign-in clears the count.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from sqlalchemy import RowMapping, delete, insert, select, update

from rueckhalt_shared.database import Transaction
from rueckhalt_shared.identity.accounts.domain import delay
from rueckhalt_shared.identity.tables import bucket_keys, failures

_FORGOTTEN = timedelta(hours=1)


class PleaseWait(Exception):
    """Too many attempts; nothing was judged. `seconds` says when to come again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


def network_of(address: str | None) -> str:
    """The /24 or /48 of an address; what cannot be read shares one bucket."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        if mapped is None:
            return found.exploded[:14]
        found = mapped
    return str(found).rpartition(".")[0]


def begin(tx: Transaction, name: str, network: str) -> str:
    """Count one attempt; answers its bucket, raises PleaseWait when it comes too early."""
    bucket = _bucket(tx, name, network)
    row = _row(tx, bucket)
    if row is None:
        tx.execute(insert(failures).values(bucket=bucket, count=1, last_at=tx.now))
        return bucket
    count = 0 if row["last_at"] + _FORGOTTEN < tx.now else row["count"]
    left = row["last_at"] + delay(count) - tx.now
    if left > timedelta(0):
        raise PleaseWait(ceil(left.total_seconds()))
    changed = {"count": count + 1, "last_at": tx.now}
    same = (failures.c.bucket == bucket) & (failures.c.count == row["count"])
    if not tx.execute(update(failures).where(same).values(**changed)).rowcount:
        raise PleaseWait(1)  # another attempt of this bucket was faster
    return bucket


def counted(tx: Transaction, name: str, network: str) -> int:
    """How many attempts there were within the hour; this one is not counted."""
    row = _row(tx, _bucket(tx, name, network))
    return int(row["count"]) if row is not None and row["last_at"] + _FORGOTTEN >= tx.now else 0


def note(tx: Transaction, name: str, network: str) -> str:
    """Count one attempt that is held back elsewhere, if at all; answers its bucket."""
    bucket, before = _bucket(tx, name, network), counted(tx, name, network)
    changed = {"count": before + 1, "last_at": tx.now}
    if not tx.execute(
        update(failures).where(failures.c.bucket == bucket).values(**changed)
    ).rowcount:
        tx.execute(insert(failures).values(bucket=bucket, **changed))
    return bucket


def clear(tx: Transaction, bucket: str) -> None:
    """A complete sign-in: start from nothing again."""
    tx.execute(delete(failures).where(failures.c.bucket == bucket))


def _bucket(tx: Transaction, name: str, network: str) -> str:
    told = f"{name}|{network}".encode()
    return hmac.new(_key_of_today(tx), told, hashlib.sha256).hexdigest()


def _row(tx: Transaction, bucket: str) -> RowMapping | None:
    return tx.execute(select(failures).where(failures.c.bucket == bucket)).mappings().one_or_none()


def _key_of_today(tx: Transaction) -> bytes:
    """Today's key; with a new one everything counted under older ones goes."""
    today = tx.now.date().isoformat()
    found = tx.execute(select(bucket_keys.c.key).where(bucket_keys.c.day == today)).scalar()
    if found is None:
        found = secrets.token_hex(32)
        tx.execute(delete(bucket_keys).where(bucket_keys.c.day < today))
        tx.execute(delete(failures).where(failures.c.last_at < tx.now - _FORGOTTEN))
        tx.execute(insert(bucket_keys).values(day=today, key=found))
    return bytes.fromhex(found)
