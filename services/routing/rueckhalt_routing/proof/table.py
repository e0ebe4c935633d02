# SPDX-License-Identifier: EUPL-1.2
"""A decision table over finite domains: a rule is a box of value sets, kept as bitmasks.

Because every dimension is finite, a decision is a few ANDs of integers, and later the same masks
let completeness, overlaps and differences of plans be proved instead of tried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


class UnknownValue(Exception):
    """The dimension has no such value."""


@dataclass(frozen=True)
class Dimension:
    """One question about an incident and its possible answers; a value's position is its bit."""

    name: str
    values: tuple[str, ...]
    positions: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", {v: bit for bit, v in enumerate(self.values)})

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def full(self) -> int:
        """The mask that means "any"."""
        return (1 << len(self.values)) - 1

    def mask(self, values: Iterable[str]) -> int:
        """The set of values as bits; no value at all means "any"."""
        bits = 0
        for value in values:
            if value not in self.positions:
                raise UnknownValue(f"{self.name} has no value {value!r}")
            bits |= 1 << self.positions[value]
        return bits or self.full

    def named(self, mask: int) -> tuple[str, ...]:
        """The values of a mask, in the dimension's order."""
        return tuple(value for bit, value in enumerate(self.values) if mask >> bit & 1)


class Table:
    """Rules in the order in which they win; the first that matches a cell decides it."""

    __slots__ = ("_all", "_at", "rules")

    def __init__(self, sizes: Sequence[int], rules: Sequence[Sequence[int]]) -> None:
        self.rules = tuple(tuple(masks) for masks in rules)
        self._all = (1 << len(self.rules)) - 1
        self._at = tuple(
            tuple(self._having(dimension, value) for value in range(size))
            for dimension, size in enumerate(sizes)
        )

    def _having(self, dimension: int, value: int) -> int:
        """The bitset of the rules whose box contains this value of this dimension."""
        return sum(1 << i for i, masks in enumerate(self.rules) if masks[dimension] >> value & 1)

    def matching(self, cell: Sequence[int]) -> int:
        """The bitset of all rules that match the cell."""
        found = self._all
        for column, value in zip(self._at, cell, strict=True):
            found &= column[value]
        return found

    def decide(self, cell: Sequence[int]) -> int | None:
        """The index of the rule that wins the cell; none for a gap."""
        found = self.matching(cell)
        return (found & -found).bit_length() - 1 if found else None

    def touching(self, sets: Sequence[Sequence[int]]) -> int:
        """The bitset of the rules that match at least one cell of a product of value sets."""
        found = self._all
        for column, values in zip(self._at, sets, strict=True):
            any_of = 0
            for value in values:
                any_of |= column[value]
            found &= any_of
        return found


def indices(bitset: int) -> Iterable[int]:
    """The positions of the set bits, lowest first."""
    while bitset:
        low = bitset & -bitset
        yield low.bit_length() - 1
        bitset ^= low
