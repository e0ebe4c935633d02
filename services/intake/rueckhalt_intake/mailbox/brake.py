# SPDX-License-Identifier: EUPL-1.2
"""How often almost the same seven words were tried: who knows five must not try out the rest.

Seven words are 90 bit; nobody guesses them. Two missing ones are 26 bit, an unknown order is 12.
So what counts is not who tries but what: any five of the words, in any order. A counting sketch of
fixed size counts them under a key that dies with the process; it keeps neither words nor people.
"""

import secrets
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import combinations
from math import ceil

SHARED = 5  # words that make two codes almost the same
MOST = 10  # tries an hour
_HOUR = timedelta(hours=1)
_ROWS = 4
_CELLS = 1 << 18
_FULL = 255
Counts = list[bytearray]


class AlmostSame:
    """Counts of this hour and the one before it, in 2 MiB, however much is tried."""

    def __init__(self, *, cells: int = _CELLS) -> None:
        self._key = secrets.token_bytes(32)
        self._cells = cells
        self._lock = threading.Lock()
        self._now, self._before = self._empty(), self._empty()
        self._since = datetime.min.replace(tzinfo=UTC)

    def note(self, words: str, now: datetime) -> int:
        """Count one try; seconds to wait where there were too many before it, else 0."""
        with self._lock:
            self._turn(now)
            places = [list(self._places(each)) for each in _parts(words)]
            if any(self._count(each) >= MOST for each in places):
                return ceil((self._since + _HOUR - now).total_seconds())
            for each in places:
                self._add(each)
            return 0

    def forgive(self, words: str) -> None:
        """They were right: a person who comes in often does not hold themselves up."""
        with self._lock:
            for each in _parts(words):
                for row, cell in enumerate(self._places(each)):
                    for counts in (self._now, self._before):
                        if 0 < counts[row][cell] < _FULL:
                            counts[row][cell] -= 1
                            break

    def _turn(self, now: datetime) -> None:
        if now < self._since + _HOUR:
            return
        is_next = now < self._since + 2 * _HOUR
        self._before = self._now if is_next else self._empty()
        self._now, self._since = self._empty(), now

    def _count(self, places: list[int]) -> int:
        return min(
            self._now[row][cell] + self._before[row][cell] for row, cell in enumerate(places)
        )

    def _add(self, places: list[int]) -> None:
        for row, cell in enumerate(places):
            self._now[row][cell] = min(self._now[row][cell] + 1, _FULL)

    def _places(self, part: bytes) -> Iterator[int]:
        digest = blake2b(part, key=self._key, digest_size=8 * _ROWS).digest()
        for row in range(_ROWS):
            yield int.from_bytes(digest[8 * row : 8 * row + 8], "big") % self._cells

    def _empty(self) -> Counts:
        return [bytearray(self._cells) for _ in range(_ROWS)]


def _parts(words: str) -> Iterator[bytes]:
    """Every five of the words, whatever their order."""
    for each in combinations(sorted(words.split()), SHARED):
        yield " ".join(each).encode()
