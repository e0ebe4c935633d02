# SPDX-License-Identifier: EUPL-1.2
"""The mailbox code: what an anonymous reporter keeps, and what leads to the mailbox from it."""

import hashlib
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
LENGTH = 26  # 130 bit
_GROUP = 4
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})


class NoMailboxCode(Exception):
    """This is not a mailbox code, whoever typed it."""


def new_code() -> str:
    """A fresh code, grouped by four so that it can be read out."""
    return grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def grouped(code: str) -> str:
    """The way a code is shown."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def folded(typed: str) -> str:
    """The code as meant: any case, any grouping, I and L as 1, O as 0; raises NoMailboxCode."""
    code = "".join(typed.upper().translate(_READ_AS).replace("-", " ").split())
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise NoMailboxCode("a mailbox code has 26 letters and digits")
    return code


def lookup_of(first_half: bytes) -> str:
    """The public handle of a mailbox; nothing leads back from it to the code."""
    return hashlib.sha256(first_half).hexdigest()
