# SPDX-License-Identifier: EUPL-1.2
"""The chain itself: each row's hash covers the row and the hash before it. Pure functions.

`hash(n) = SHA-256(JCS(row n) || hash(n - 1))`, JCS being the canonical JSON of RFC 8785; what
stands before row 1 is the hash of the municipality's name, so no chain passes for another's.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

_START = b"rueckhalt audit chain 1|"


@dataclass(frozen=True)
class Row:
    """A row as it is stored: `body` is canonical JSON, `hash` 64 hexadecimal digits."""

    municipality: str
    n: int
    body: str
    hash: str


@dataclass(frozen=True)
class Anchor:
    """The head of a chain as it was once: row number and hash, kept outside."""

    municipality: str
    n: int
    hash: str


@dataclass(frozen=True)
class Fault:
    """The first row that is not what was written."""

    municipality: str
    n: int
    told: str


def start_of(municipality: str) -> str:
    """What stands before the first row."""
    return hashlib.sha256(_START + municipality.encode()).hexdigest()


def canonical(document: Mapping[str, Any]) -> str:
    """RFC 8785: the one way to write this document down."""
    return rfc8785.dumps(dict(document)).decode()


def linked(body: str, previous: str) -> str:
    """The hash of a row behind another."""
    return hashlib.sha256(
        body.encode("utf-8", "surrogatepass") + bytes.fromhex(previous)
    ).hexdigest()


def verify(municipality: str, rows: Iterable[Row], anchors: Iterable[Anchor] = ()) -> Fault | None:
    """The first fault of a chain in the order of its numbers; None where it is whole.

    Anchors say how long the chain was at least, and what its hash was there: without one, rows
    cut off at the end leave no trace.
    """
    known: dict[int, set[str]] = {}
    for anchor in anchors:
        if anchor.municipality == municipality:
            known.setdefault(anchor.n, set()).add(anchor.hash)
    previous, n = start_of(municipality), 0
    for row in rows:
        n += 1
        told = _fault_of(row, municipality, n, previous)
        if told is None and any(each != row.hash for each in known.get(n, ())):
            told = "differs from the anchor kept outside"
        if told is not None:
            return Fault(municipality, n, told)
        previous = row.hash
    if any(number > n for number in known):
        return Fault(municipality, n + 1, f"missing: an anchor knows {max(known)} rows")
    return None


def _fault_of(row: Row, municipality: str, n: int, previous: str) -> str | None:
    if row.n != n:
        return f"missing: the next row is number {row.n}"
    if row.municipality != municipality:
        return "belongs to another chain"
    if (told := _unreadable(row.body, n, municipality)) is not None:
        return told
    if linked(row.body, previous) != row.hash:
        return "was changed, or the row before it was"
    return None


def _unreadable(body: str, n: int, municipality: str) -> str | None:
    try:
        document = json.loads(body)
        whole = canonical(document) == body
    except (ValueError, TypeError, AttributeError):
        return "cannot be read"
    if not whole:
        return "is not in canonical form"
    if (document.get("n"), document.get("municipality")) != (n, municipality):
        return "says another number or municipality than it has"
    return None
