# SPDX-License-Identifier: EUPL-1.2
"""Machine keys: who may send and read, for which municipalities, in which mode.

A key is `rk_<mode>_<id>_<secret>`; only SHA-256 of its 256-bit secret is stored. A sender (the
owner of keys) may have two live keys, so that one can be exchanged without a gap. The store is
the installation's, not one service's: an own SQLite file or an own PostgreSQL schema.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import JSON, Column, MetaData, String, Table, select, text

from rueckhalt_shared.columns import UtcDateTime, naming_convention
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.database import Database, Transaction, utcnow

Mode = Literal["live", "test", "demo"]
SCHEMA = "rueckhalt_identity"
SCOPES = (
    "incident:create",
    "incident:read",
    "incident:import",
    "assignment:read",
    "assignment:take-over",
    "plan:write",
    "contact:write",
    "notice:read",
    "stats:internal",
    "stats:public",
    "event:publish",
    "metrics:read",
)
EVERYWHERE = "*"
_CACHED_SECONDS = 5.0
_CACHED_KEYS = 1000
_LIFETIME = timedelta(days=365)
_LIVE_PER_SENDER = 2
_LONGEST_SENDER = 80  # as the column has it

metadata = MetaData(naming_convention=naming_convention)
keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("secret_hash", String(64), nullable=False),
    Column("sender", String(80), nullable=False, index=True),
    Column("mode", String(4), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("municipalities", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)


class InvalidKey(Exception):
    """What was asked of the store cannot be done."""


class TooManyKeys(InvalidKey):
    """This sender has two live keys already: revoke one first."""


class UnknownKey(InvalidKey):
    """There is no key of that id."""


class UnknownScope(InvalidKey):
    """There is no scope of that name."""


class BadSender(InvalidKey):
    """A sender is a short name of 1 to 80 characters that can be shown everywhere."""


class UnknownRegion(InvalidKey):
    """A key is bound to regional keys (ARS), or to '*' for the whole installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is asking, and what they may do."""

    sender: str
    key_id: str
    mode: Mode
    scopes: frozenset[str]
    municipalities: tuple[str, ...]

    def reaches(self, ars: str) -> bool:
        """Is the municipality one of the key's, or below one of them?"""
        return any(m == EVERYWHERE or ars.startswith(m) for m in self.municipalities)

    def must_reach(self, ars: str) -> None:
        """Stop with 403 when the municipality is out of this key's reach."""
        if not self.reaches(ars):
            from rueckhalt_shared.problems import Problem  # noqa: PLC0415 - keys work without web

            raise Problem(
                403, "Out of reach", f"This key may not be used for {ars}.", kind="out-of-reach"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as the store knows it: everything but its secret."""

    id: str
    sender: str
    mode: Mode
    scopes: tuple[str, ...]
    municipalities: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        """Does it open anything at that time?"""
        return self.revoked_at is None and now < self.expires_at


class KeyStore:
    """The keys of an installation. Answers are kept for at most five seconds."""

    def __init__(
        self,
        identity_url: str,
        *,
        clock: Callable[[], datetime] = utcnow,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = Database(identity_url, "identity", clock=clock)
        if self._database.dialect == "postgresql":
            self._database.use_schema(SCHEMA)
        self._ticks = ticks
        self._cache: dict[bytes, tuple[float, Caller | None]] = {}
        self._prepared = False
        self._lock = threading.Lock()

    @staticmethod
    @cache
    def of(identity_url: str) -> "KeyStore":
        """The store of this process for that address: services in one process share its cache."""
        return KeyStore(identity_url)

    def create(
        self,
        *,
        sender: str,
        scopes: Iterable[str],
        municipalities: Iterable[str],
        mode: Mode = "live",
        lifetime: timedelta = _LIFETIME,
    ) -> str:
        """Make a key and return it; nobody can ever read it again."""
        _check_sender(sender)
        self.prepare()
        scopes = tuple(dict.fromkeys(scopes))
        if unknown := [scope for scope in scopes if scope not in SCOPES]:
            raise UnknownScope(f"{', '.join(unknown)}; known: {', '.join(SCOPES)}")
        values = {"sender": sender, "mode": mode, "scopes": list(scopes)}
        values["municipalities"] = list(dict.fromkeys(_region(each) for each in municipalities))
        if not values["municipalities"]:
            raise UnknownRegion("name at least one")
        return self._database.run(_add, values, lifetime)

    def rotate(self, key_id: str, *, overlap: timedelta = timedelta(days=30)) -> str:
        """Make the successor of a key; the old one ends after the overlap at the latest."""
        self.prepare()
        return self._database.run(_rotate, key_id, overlap)

    def revoke(self, key_id: str) -> None:
        """End a key; every process knows within five seconds, this one at once."""
        self.prepare()
        self._database.run(_revoke, key_id)
        self._cache.clear()

    def list(self) -> list[Key]:
        """All keys, oldest first, without their secrets."""
        self.prepare()
        return self._database.read(_all)

    def authenticate(self, plain: str) -> Caller | None:
        """Who sends this key; None when it is unknown, expired or revoked."""
        digest = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest()
        known = self._cache.get(digest)
        if known is not None and known[0] > self._ticks():
            return known[1]
        caller = self._looked_up(plain)
        if len(self._cache) >= _CACHED_KEYS:
            self._cache.clear()
        self._cache[digest] = (self._ticks() + _CACHED_SECONDS, caller)
        return caller

    def prepare(self) -> None:
        """Create the store where it does not exist yet."""
        with self._lock:
            if not self._prepared:
                self._database.run(_create_tables)
                self._prepared = True

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self._database.dispose()

    def _looked_up(self, plain: str) -> Caller | None:
        prefix, mode, key_id, secret = ([*plain.split("_", 3), "", "", ""])[:4]
        if prefix != "rk" or not secret:
            return None
        self.prepare()
        found = self._database.read(_find, key_id)
        expected = found[1] if found else _hash("")
        matches = hmac.compare_digest(_hash(secret), expected)
        if found is None or not matches:
            return None
        key = found[0]
        if key.mode != mode or not key.is_live(self._database.clock()):
            return None
        return Caller(
            sender=key.sender,
            key_id=key.id,
            mode=key.mode,
            scopes=frozenset(key.scopes),
            municipalities=key.municipalities,
        )


def _check_sender(sender: str) -> None:
    """Raises BadSender; the reason never repeats a character that cannot be shown."""
    if not sender.strip():
        raise BadSender("the name is empty")
    if len(sender) > _LONGEST_SENDER:
        raise BadSender(f"the name has {len(sender)} characters, at most {_LONGEST_SENDER}")
    hidden = next((n for n, each in enumerate(sender, start=1) if not each.isprintable()), None)
    if hidden is not None:
        raise BadSender(f"character {hidden} of the name is a control or invisible character")


def _region(text: str) -> str:
    try:
        return EVERYWHERE if text == EVERYWHERE else RegionKey.parse(text).ars
    except InvalidRegionKey as error:
        raise UnknownRegion(f"{text}: {error.reason}") from None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _create_tables(tx: Transaction) -> None:
    if tx.dialect == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(7264736)"))  # two processes start at once
        tx.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    metadata.create_all(tx.connection)


def _add(tx: Transaction, values: dict[str, Any], lifetime: timedelta) -> str:
    live = [key for key in _all(tx) if key.sender == values["sender"] and key.is_live(tx.now)]
    if len(live) >= _LIVE_PER_SENDER:
        raise TooManyKeys(f"{values['sender']} has {', '.join(key.id for key in live)}")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {"id": key_id, "secret_hash": _hash(secret), "created_at": tx.now}
    tx.execute(keys.insert().values(**values, **row, expires_at=tx.now + lifetime))
    return f"rk_{values['mode']}_{key_id}_{secret}"


def _rotate(tx: Transaction, key_id: str, overlap: timedelta) -> str:
    old = _must_find(tx, key_id)
    values = {"sender": old.sender, "mode": old.mode}
    lists = {"scopes": list(old.scopes), "municipalities": list(old.municipalities)}
    fresh = _add(tx, values | lists, _LIFETIME)
    end = min(old.expires_at, tx.now + overlap)
    tx.execute(keys.update().where(keys.c.id == key_id).values(expires_at=end))
    return fresh


def _revoke(tx: Transaction, key_id: str) -> None:
    if _must_find(tx, key_id).revoked_at is None:
        tx.execute(keys.update().where(keys.c.id == key_id).values(revoked_at=tx.now))


def _must_find(tx: Transaction, key_id: str) -> Key:
    found = _find(tx, key_id)
    if found is None:
        raise UnknownKey(key_id)
    return found[0]


def _find(tx: Transaction, key_id: str) -> tuple[Key, str] | None:
    row = tx.execute(select(keys).where(keys.c.id == key_id)).mappings().one_or_none()
    return (_key(row), row["secret_hash"]) if row else None


def _all(tx: Transaction) -> list[Key]:
    rows = tx.execute(select(keys).order_by(keys.c.created_at, keys.c.id)).mappings()
    return [_key(row) for row in rows]


def _key(row: Any) -> Key:
    values = {name: row[name] for name in Key.__dataclass_fields__}
    lists = {name: tuple(row[name]) for name in ("scopes", "municipalities")}
    return Key(**(values | lists))
