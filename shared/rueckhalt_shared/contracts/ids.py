# SPDX-License-Identifier: EUPL-1.2
"""Identifiers: time-ordered ones for what happens, computed ones for persons and partners."""

import os
import threading
import time
import uuid

_PEOPLE = uuid.UUID("6a8f1d5e-4c0b-5f6e-9d58-3b1c7f0a2e94")  # fixed for good: ids are built on it

_lock = threading.Lock()
_last = 0


def uuid7() -> str:
    """A UUIDv7 (RFC 9562): sorted by time and strictly rising within this process."""
    global _last  # noqa: PLW0603 – the one counter of this process
    with _lock:
        _last = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        instant, counter = _last >> 12, _last & 0xFFF
    tail = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    number = instant << 80 | 0x7 << 76 | counter << 64 | 0x2 << 62 | tail
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def person_id(municipality: str, key: str) -> str:
    """The id of a person; the same in every service that reads the same key from a file."""
    return str(uuid.uuid5(_PEOPLE, f"person:{municipality}:{key}"))


def partner_id(municipality: str, key: str) -> str:
    """The id of a partner organisation; the same in every service."""
    return str(uuid.uuid5(_PEOPLE, f"partner:{municipality}:{key}"))
