# SPDX-License-Identifier: EUPL-1.2
"""Whose responsibility changes between two plans (A6), as boxes of cells."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from rueckhalt_routing.proof.covering import (
    Masks,
    full_masks,
    lowest,
    merged,
    universal_from,
)


@dataclass(frozen=True)
class Side:
    """One of the two plans: its rules in the order in which they win, and what each one says."""

    rules: Sequence[Masks]
    outcomes: Sequence[Hashable]

    def outcome(self, rule: int | None) -> Hashable:
        """What the winner says; nothing in a gap."""
        return None if rule is None else self.outcomes[rule]


@dataclass(frozen=True)
class Change:
    """Cells that another rule decides now, with another outcome."""

    masks: Masks
    old: int | None
    new: int | None


class _Joint:
    """Both plans on the same cells: values that neither of them tells apart are one atom."""

    def __init__(self, sizes: Sequence[int], old: Side, new: Side) -> None:
        self.old, self.new, self.full = old, new, full_masks(sizes)
        self.atoms = [self._atoms(d, size) for d, size in enumerate(sizes)]
        self.universal = [universal_from(side.rules, self.full) for side in (old, new)]
        self.same: dict[tuple[int, int, int], bool] = {}

    def _atoms(self, dimension: int, size: int) -> list[tuple[int, int, int]]:
        found: dict[tuple[int, int], int] = {}
        for value in range(size):
            key = tuple(
                sum(1 << i for i, masks in enumerate(side.rules) if masks[dimension] >> value & 1)
                for side in (self.old, self.new)
            )
            found[key[0], key[1]] = found.get((key[0], key[1]), 0) | 1 << value
        return [(a, b, mask) for (a, b), mask in found.items()]

    def settled(self, side: int, dimension: int, active: int) -> bool:
        return not active or bool(active & -active & self.universal[side][dimension])

    def winners(self, old: int, new: int) -> tuple[int | None, int | None]:
        return lowest(old), lowest(new)

    def groups(self, dimension: int, old: int, new: int) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        for a, b, mask in self.atoms[dimension]:
            found[old & a, new & b] = found.get((old & a, new & b), 0) | mask
        return found

    def equal(self, dimension: int, old: int, new: int) -> bool:
        """Does nothing change below here?"""
        key = (dimension, old, new)
        if key not in self.same:
            if self.settled(0, dimension, old) and self.settled(1, dimension, new):
                first, second = self.winners(old, new)
                self.same[key] = self.old.outcome(first) == self.new.outcome(second)
            else:
                self.same[key] = all(
                    self.equal(dimension + 1, *left) for left in self.groups(dimension, old, new)
                )
        return self.same[key]

    def changes(self, dimension: int, old: int, new: int, before: Masks) -> Iterator[Change]:
        if self.equal(dimension, old, new):
            return
        if self.settled(0, dimension, old) and self.settled(1, dimension, new):
            yield Change(before + self.full[dimension:], *self.winners(old, new))
            return
        for left, mask in self.groups(dimension, old, new).items():
            yield from self.changes(dimension + 1, *left, (*before, mask))


def changes(sizes: Sequence[int], old: Side, new: Side) -> list[Change]:
    """The cells whose outcome differs, as boxes; those of one pair of rules merged."""
    everything = [(1 << len(side.rules)) - 1 for side in (old, new)]
    found = _Joint(sizes, old, new).changes(0, everything[0], everything[1], ())
    pairs = merged((change.masks, (change.old, change.new)) for change in found)
    return [Change(masks, *pair) for masks, pair in pairs]
