# SPDX-License-Identifier: EUPL-1.2
"""Machine keys: who may send and read, for which municipalities, in which mode.

A key is `rk_<mode>_<id>_<secret>`; only SHA-256 of its 256-bit secret is stored. A sender (the
owner of keys) may have two live keys, so that one can be exchanged without a gap. The store is
the installation's, not one service's: an own SQLite file or an own PostgreSQL schema. A key that
demands signatures (`identity.signing`) opens nothing when it is only shown.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import select, update

from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.database import Transaction, Unavailable, utcnow
from rueckhalt_shared.identity import noting, signing
from rueckhalt_shared.identity.opening import IdentityDatabase
from rueckhalt_shared.identity.tables import keys
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
Mode = Literal["live", "test", "demo"]
TIDINGS = "tiding:send"  # intake's key for notify: a neutral mail to whoever reported
SCOPES = (
    "incident:create",
    "incident:read",
    "incident:import",
    "incident:erase",
    "incident:hold",
    "audit:read",
    "assignment:read",
    "assignment:take-over",
    "plan:write",
    "contact:write",
    "notice:read",
    "stats:internal",
    "stats:public",
    "event:publish",
    "metrics:read",
    TIDINGS,
)
EVERYWHERE = "*"
PEOPLE = "account:"  # how the senders that are people begin
_CACHED_SECONDS = 5.0
_CACHED_KEYS = 1000
_LIFETIME = timedelta(days=365)
_LIVE_PER_SENDER = 2
_LONGEST_SENDER = 80  # as the column has it
_LAST_USE = timedelta(hours=1)  # is noted that exact: using a key must not cost a commit


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


class ReservedSender(InvalidKey):
    """Names beginning with 'account:' are those of signed-in people."""


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
    account: str | None = None
    """The account of a signed-in person; None for a machine."""
    name: str = ""
    """Their name on the sign-in page."""
    person: str | None = None
    """The id routing knows them by, where the account says so."""
    held: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    """What a signed-in person may do, by municipality."""

    def reaches(self, ars: str) -> bool:
        """Is the municipality one of the key's, or below one of them?"""
        return any(m == EVERYWHERE or ars.startswith(m) for m in self.municipalities)

    def where(self, scope: str) -> tuple[str, ...]:
        """The municipalities in which a signed-in person may do this; none for a machine."""
        return tuple(sorted(place for place, scopes in self.held.items() if scope in scopes))

    def must_reach(self, ars: str) -> None:
        """Stop with 403 when the municipality is out of this key's reach."""
        if not self.reaches(ars):
            from rueckhalt_shared.problems import Problem  # noqa: PLC0415 - keys work without web

            told = "This key may not be used" if self.account is None else "You have no role"
            raise Problem(403, "Out of reach", f"{told} for {ars}.", kind="out-of-reach")


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
    last_used_at: datetime | None
    signed: bool
    """Does it demand signed requests?"""

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
        self._database = IdentityDatabase(identity_url, clock=clock)
        self._ticks = ticks
        self._cache: dict[bytes, tuple[float, Caller | None]] = {}

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
        signed: bool = False,
        by: str = noting.COMMAND,
    ) -> str:
        """Make a key and return it; nobody can ever read it again."""
        _check_sender(sender)
        self.prepare()
        if sender.startswith(PEOPLE):
            raise ReservedSender(sender)
        scopes = tuple(dict.fromkeys(scopes))
        if unknown := [scope for scope in scopes if scope not in SCOPES]:
            raise UnknownScope(f"{', '.join(unknown)}; known: {', '.join(SCOPES)}")
        values = {"sender": sender, "mode": mode, "scopes": list(scopes)}
        values["municipalities"] = list(dict.fromkeys(_region(each) for each in municipalities))
        if not values["municipalities"]:
            raise UnknownRegion("name at least one")
        return self._database.run(_add, values, lifetime, signed=signed, by=by)

    def rotate(
        self,
        key_id: str,
        *,
        overlap: timedelta = timedelta(days=30),
        by: str = noting.COMMAND,
    ) -> str:
        """Make the successor of a key; the old one ends after the overlap at the latest."""
        self.prepare()
        return self._database.run(_rotate, key_id, overlap, by=by)

    def revoke(self, key_id: str, *, by: str = noting.COMMAND) -> None:
        """End a key; every process knows within five seconds, this one at once."""
        self.prepare()
        self._database.run(_revoke, key_id, by=by)
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

    def verify(self, header: str, request: signing.SignedRequest) -> Caller | None:
        """Who has signed this request; None when the signature is not good, or was used before."""
        found = signing.parse(header)
        if found is None:
            return None
        self.prepare()
        known = self._database.read(_find, found.key_id)
        now = self._database.clock()
        key, secret = (known[0], known[2]) if known else (None, None)
        valid = signing.is_valid(secret or _hash(""), found, request, now=now)
        if key is None or secret is None or not valid or not key.is_live(now):
            return None
        if not self._database.run(signing.use_nonce, found):
            return None
        self._note_use(key)
        return _caller(key)

    @property
    def database(self) -> IdentityDatabase:
        """The identity store, which holds the accounts, too."""
        return self._database

    def prepare(self) -> None:
        """Create the store where it does not exist yet."""
        self._database.prepare()

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
        if key.mode != mode or key.signed or not key.is_live(self._database.clock()):
            return None
        self._note_use(key)
        return _caller(key)

    def _note_use(self, key: Key) -> None:
        """Write the last use down, once an hour; a store that is away stops no report."""
        last, now = key.last_used_at, self._database.clock()
        if last is not None and now < last + _LAST_USE:
            return
        try:
            self._database.run(_used, key.id)
        except Unavailable as error:
            log.warning("last use not noted", key_id=key.id, cause=str(error))


def _caller(key: Key) -> Caller:
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


def _used(tx: Transaction, key_id: str) -> None:
    tx.execute(update(keys).where(keys.c.id == key_id).values(last_used_at=tx.now))


def _add(
    tx: Transaction, values: dict[str, Any], lifetime: timedelta, *, signed: bool, by: str
) -> str:
    live = [key for key in _all(tx) if key.sender == values["sender"] and key.is_live(tx.now)]
    if len(live) >= _LIVE_PER_SENDER:
        raise TooManyKeys(f"{values['sender']} has {', '.join(key.id for key in live)}")
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = {"id": key_id, "secret_hash": _hash(secret), "created_at": tx.now}
    row["signing_key"] = signing.signing_key(secret) if signed else None
    tx.execute(keys.insert().values(**values, **row, expires_at=tx.now + lifetime))
    noting.note(tx, "key.made", about=key_id, places=values["municipalities"], who=by)
    return f"rk_{values['mode']}_{key_id}_{secret}"


def _rotate(tx: Transaction, key_id: str, overlap: timedelta, *, by: str) -> str:
    old = _must_find(tx, key_id)
    values = {"sender": old.sender, "mode": old.mode}
    lists = {"scopes": list(old.scopes), "municipalities": list(old.municipalities)}
    fresh = _add(tx, values | lists, _LIFETIME, signed=old.signed, by=by)
    end = min(old.expires_at, tx.now + overlap)
    tx.execute(keys.update().where(keys.c.id == key_id).values(expires_at=end))
    return fresh


def _revoke(tx: Transaction, key_id: str, *, by: str) -> None:
    key = _must_find(tx, key_id)
    if key.revoked_at is None:
        noting.note(tx, "key.revoked", about=key_id, places=key.municipalities, who=by)
        tx.execute(keys.update().where(keys.c.id == key_id).values(revoked_at=tx.now))


def _must_find(tx: Transaction, key_id: str) -> Key:
    found = _find(tx, key_id)
    if found is None:
        raise UnknownKey(key_id)
    return found[0]


def _find(tx: Transaction, key_id: str) -> tuple[Key, str, str | None] | None:
    row = tx.execute(select(keys).where(keys.c.id == key_id)).mappings().one_or_none()
    return (_key(row), row["secret_hash"], row["signing_key"]) if row else None


def _all(tx: Transaction) -> list[Key]:
    rows = tx.execute(select(keys).order_by(keys.c.created_at, keys.c.id)).mappings()
    return [_key(row) for row in rows]


def _key(row: Any) -> Key:
    values = {name: row[name] for name in Key.__dataclass_fields__ if name != "signed"}
    lists = {name: tuple(row[name]) for name in ("scopes", "municipalities")}
    return Key(**(values | lists), signed=row["signing_key"] is not None)
