# SPDX-License-Identifier: EUPL-1.2
"""Regional keys: the ARS (Amtlicher Regionalschlüssel) as a value, always a string.

2 digits are a Land, 3 a Regierungsbezirk, 5 a Kreis, 9 a Gemeindeverband, 12 a municipality.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

LENGTHS: tuple[int, ...] = (2, 3, 5, 9, 12)
_AGS_LENGTH = 8
_DIGITS = re.compile(r"[0-9]+")
_SPACES = re.compile(r"[ \u00a0\u202f\t]+")


class InvalidRegionKey(ValueError):
    """The text is no regional key this installation can work with."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, order=True, slots=True)
class RegionKey:
    """A place in the hierarchy of Länder, Kreise and municipalities."""

    ars: str

    def __post_init__(self) -> None:
        if not isinstance(self.ars, str):
            raise InvalidRegionKey("a regional key is text, never a number: 05 is not 5")
        if not _DIGITS.fullmatch(self.ars):
            raise InvalidRegionKey("a regional key has digits only (0-9)")
        if len(self.ars) not in LENGTHS:
            raise InvalidRegionKey("an ARS has 2, 3, 5, 9 or 12 digits")
        if not 1 <= int(self.ars[:2]) <= 16:
            raise InvalidRegionKey("a regional key begins with a Land from 01 to 16")

    @classmethod
    def parse(cls, text: str, *, known_ags: Mapping[str, str] | Iterable[str] = ()) -> "RegionKey":
        """Read what somebody typed: spaces are dropped, an AGS is looked up.

        `known_ags` maps an AGS to its ARS; given as bare ARS keys, their AGS is computed. An AGS
        that is not configured can't become an ARS by arithmetic: towns in an Amt or a
        Verbandsgemeinde have digits the AGS does not hold.
        """
        if not isinstance(text, str):
            raise InvalidRegionKey("a regional key is text, never a number: 05 is not 5")
        digits = _SPACES.sub("", text)
        if len(digits) == _AGS_LENGTH and _DIGITS.fullmatch(digits):
            return cls(_ars_of(digits, known_ags))
        return cls(digits)

    def __str__(self) -> str:
        return self.ars

    @property
    def land(self) -> str:
        """The first two digits."""
        return self.ars[:2]

    @property
    def is_municipality(self) -> bool:
        """Whether the key has all twelve digits."""
        return len(self.ars) == LENGTHS[-1]

    @property
    def ags(self) -> str | None:
        """The AGS of a municipality: the ARS without the Gemeindeverband."""
        return self.ars[:5] + self.ars[9:] if self.is_municipality else None

    @property
    def parent(self) -> "RegionKey | None":
        """The next larger region; None for a Land."""
        shorter = [length for length in LENGTHS if length < len(self.ars)]
        return RegionKey(self.ars[: shorter[-1]]) if shorter else None

    @property
    def parents(self) -> "tuple[RegionKey, ...]":
        """All larger regions, the nearest first."""
        return tuple(self._climb())

    def is_within(self, other: "RegionKey") -> bool:
        """Whether this region is the other one or lies in it."""
        return self.ars.startswith(other.ars)

    def _climb(self) -> "Iterator[RegionKey]":
        region = self.parent
        while region is not None:
            yield region
            region = region.parent


def _ars_of(ags: str, known_ags: Mapping[str, str] | Iterable[str]) -> str:
    known: dict[str, str]
    if isinstance(known_ags, Mapping):
        known = dict(known_ags)
    else:
        known = {ars[:5] + ars[9:]: ars for ars in known_ags if len(ars) == LENGTHS[-1]}
    if ags not in known:
        raise InvalidRegionKey(
            "this AGS (8 digits) is not configured here: send the ARS (12 digits)"
        )
    return known[ags]
