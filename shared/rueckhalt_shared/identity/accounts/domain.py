# SPDX-License-Identifier: EUPL-1.2
"""Accounts: names, password rules, growing delays, recovery codes. Pure."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

LINK_MINUTES = 10  # ASVS 6.5.5
PASSWORD_LEAST, PASSWORD_MOST = 12, 200
RECOVERY_CODES = 10
LONGEST_DELAY = 42  # seconds, as GlobaLeaks has it
_FREE_ATTEMPTS = 4  # a password, a code, and a slip at each
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,79}")
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # nothing that is mistaken for another letter
_COMMON = ("rueckhalt", "rückhalt", "passwort", "password", "12345", "qwert", "musterstadt")


class BadName(Exception):
    """A name of an account is a lower-case word: letters, digits, . _ @ + -"""


class NameTaken(Exception):
    """There is an account of that name."""


class NoSuchAccount(Exception):
    """There is no account of that name."""


class LinkEnded(Exception):
    """This link was used already or is too old."""


class UnknownRole(Exception):
    """There is no such role, or it means nothing in that place."""


class BadPerson(Exception):
    """A person is given by their id, or by their key in the plan of the one town of the roles."""


class WeakPassword(Exception):
    """Carries the id of the message that says what to do better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person's account, without any secret."""

    id: str
    name: str
    display_name: str
    person: str | None
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_code: bool
    """Does it have a second factor of ours?"""
    issuer: str | None
    roles: tuple[tuple[str, str], ...]
    """(role, municipality) pairs, sorted."""

    @property
    def is_open(self) -> bool:
        """May this account sign in?"""
        return self.disabled_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What proves who somebody is; never leaves the identity store's handlers."""

    account_id: str
    password_hash: str | None
    totp_secret: str | None
    totp_step: int | None
    is_open: bool


def login_name(typed: str) -> str:
    """What somebody typed, as accounts are named; raises BadName."""
    name = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not _NAME.fullmatch(name):
        raise BadName(repr(typed[:80]))
    return name


def shown_name(typed: str) -> str:
    """A name to show: one line, no control or direction characters, at most 120 long."""
    kept = (c if unicodedata.category(c)[0] not in "CZ" else " " for c in typed)
    return " ".join("".join(kept).split())[:120]


def check_password(password: str, name: str) -> None:
    """Long and not obvious is enough (NIST 800-63B, ASVS 6.2); raises WeakPassword."""
    folded = password.casefold()
    if len(password) < PASSWORD_LEAST:
        raise WeakPassword("weak.short")
    if len(password) > PASSWORD_MOST:
        raise WeakPassword("weak.long")
    if len(set(folded)) < 6 or (len(name) > 3 and name in folded):
        raise WeakPassword("weak.simple")
    rest = folded
    for word in _COMMON:
        rest = rest.replace(word, "")
    if len(rest) < 6:
        raise WeakPassword("weak.simple")


def delay(count: int) -> timedelta:
    """How long to wait after so many attempts in a row: nothing, then 1, 2, 4 … 42 seconds."""
    if count < _FREE_ATTEMPTS:
        return timedelta(0)
    return timedelta(seconds=min(LONGEST_DELAY, 2 ** min(count - _FREE_ATTEMPTS, 10)))


def new_token() -> str:
    """256 random bits for an address or a cookie."""
    return secrets.token_urlsafe(32)


def new_recovery_codes() -> list[str]:
    """Codes of 117 bits each, written down by hand: six groups of four letters.

    From 112 bits on a plain hash of a code may be stored (ASVS 6.5.2).
    """
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(6))
        for _ in range(RECOVERY_CODES)
    ]


def folded_code(typed: str) -> str:
    """A code as it was typed, without spaces and dashes."""
    return re.sub(r"[\s-]", "", typed).upper()[:40]


def digest(token: str) -> str:
    """What is stored of a random token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
