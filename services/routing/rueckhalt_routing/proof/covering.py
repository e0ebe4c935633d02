# SPDX-License-Identifier: EUPL-1.2
"""Which cells a list of rules covers, counted and cut into boxes instead of tried one by one (A1).

A rule is a mask per dimension; the bit i of a bitset stands for rule i, the lowest one wins.
Values of a dimension that the same rules contain are one atom; grouping atoms by what is still
active keeps the recursion small (Calvanese, Dumas et al., Information Systems 78, 2018, ask the
same questions of DMN tables by sweeping).
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeVar

Masks = tuple[int, ...]
K = TypeVar("K", bound=Hashable)
MOST_BOXES = 20_000


class TooTangled(Exception):
    """The plan falls into more boxes than a certificate may hold; names the widest dimension."""

    def __init__(self, boxes: int, dimension: int) -> None:
        self.boxes, self.dimension = boxes, dimension
        super().__init__(f"{boxes} boxes, at most {MOST_BOXES}")


@dataclass(frozen=True)
class Box:
    """A product of value sets, and the rule that wins all of its cells; none for a gap."""

    masks: Masks
    rule: int | None

    @property
    def volume(self) -> int:
        """How many cells it has."""
        return volume(self.masks)


def volume(masks: Iterable[int]) -> int:
    """The number of cells of a product of value sets."""
    return prod(mask.bit_count() for mask in masks)


def full_masks(sizes: Sequence[int]) -> Masks:
    """The whole universe as one product."""
    return tuple((1 << size) - 1 for size in sizes)


class Covering:
    """Rules in the order in which they win, ready to be asked about their cells."""

    def __init__(
        self, sizes: Sequence[int], rules: Sequence[Masks], order: Sequence[int] | None = None
    ) -> None:
        self.sizes, self.rules = tuple(sizes), tuple(rules)
        self.order = tuple(order if order is not None else range(len(sizes)))
        self.everything = (1 << len(self.rules)) - 1
        self._full = [full_masks(sizes)[d] for d in self.order]
        self._atoms = [
            _atoms(self.sizes[d], [masks[d] for masks in self.rules]) for d in self.order
        ]
        self._universal = universal_from(
            [tuple(masks[d] for d in self.order) for masks in self.rules], self._full
        )

    def uncovered(self, within: Masks | None = None, *, rules: int | None = None) -> int:
        """How many cells of a product (default: of all) no rule matches."""
        region = [within[d] for d in self.order] if within is not None else self._full
        tail = [1]
        for mask in reversed(region):
            tail.append(tail[-1] * mask.bit_count())
        tail.reverse()
        known: dict[tuple[int, int], int] = {}

        def count(place: int, active: int) -> int:
            if not active:
                return tail[place]
            if active & self._universal[place]:
                return 0
            key = (place, active)
            if key not in known:
                groups: dict[int, int] = {}
                for signature, mask in self._atoms[place]:
                    left = active & signature
                    groups[left] = groups.get(left, 0) + (mask & region[place]).bit_count()
                known[key] = sum(n * count(place + 1, left) for left, n in groups.items() if n)
            return known[key]

        return count(0, self.everything if rules is None else rules)

    def count_boxes(self) -> int:
        """How many boxes this order of dimensions makes."""
        known: dict[tuple[int, int], int] = {}

        def count(place: int, active: int) -> int:
            if self._is_settled(place, active):
                return 1
            key = (place, active)
            if key not in known:
                groups = {active & signature for signature, _ in self._atoms[place]}
                known[key] = sum(count(place + 1, left) for left in groups)
            return known[key]

        return count(0, self.everything)

    def boxes(self) -> Iterator[Box]:
        """The universe cut into boxes with one winner each, masks in the declared order.

        Boxes that agree in the dimensions before one (in `order`) are equal or disjoint in it.
        """
        return (
            Box(self._declared(masks), rule) for masks, rule in self._cut(0, self.everything, ())
        )

    def _is_settled(self, place: int, active: int) -> bool:
        return not active or bool(active & -active & self._universal[place])

    def _cut(self, place: int, active: int, before: Masks) -> Iterator[tuple[Masks, int | None]]:
        if self._is_settled(place, active):
            yield before + tuple(self._full[place:]), lowest(active)
            return
        groups: dict[int, int] = {}
        for signature, mask in self._atoms[place]:
            left = active & signature
            groups[left] = groups.get(left, 0) | mask
        for left, mask in groups.items():
            yield from self._cut(place + 1, left, (*before, mask))

    def _declared(self, masks: Masks) -> Masks:
        by_dimension = dict(zip(self.order, masks, strict=True))
        return tuple(by_dimension[d] for d in range(len(self.order)))


def universal_from(rules: Sequence[Masks], full: Sequence[int]) -> list[int]:
    """By dimension: the bitset of the rules that take any value from there on."""
    found = [(1 << len(rules)) - 1]
    for dimension in reversed(range(len(full))):
        whole = sum(1 << i for i, masks in enumerate(rules) if masks[dimension] == full[dimension])
        found.append(found[-1] & whole)
    return found[::-1]


def lowest(bitset: int) -> int | None:
    """The rule that wins: the lowest set bit."""
    return (bitset & -bitset).bit_length() - 1 if bitset else None


def _atoms(size: int, masks: Sequence[int]) -> list[tuple[int, int]]:
    """The values of a dimension, those that the same rules contain together."""
    found: dict[int, int] = {}
    for value in range(size):
        signature = sum(1 << i for i, mask in enumerate(masks) if mask >> value & 1)
        found[signature] = found.get(signature, 0) | 1 << value
    return list(found.items())


def fewest_boxes(sizes: Sequence[int], rules: Sequence[Masks]) -> Covering:
    """The covering in the order of dimensions that makes the fewest of three tries.

    Raises TooTangled when even that is more than a certificate may hold.
    """
    declared = range(len(sizes))
    atoms = [len(_atoms(sizes[d], [masks[d] for masks in rules])) for d in declared]
    full = full_masks(sizes)
    bound = [sum(masks[d] != full[d] for masks in rules) for d in declared]
    orders = [
        tuple(declared),
        tuple(sorted(declared, key=lambda d: atoms[d])),
        tuple(sorted(declared, key=lambda d: -bound[d])),
    ]
    tried = [Covering(sizes, rules, order) for order in dict.fromkeys(orders)]
    counts = [covering.count_boxes() for covering in tried]
    fewest = min(counts)
    if fewest > MOST_BOXES:
        raise TooTangled(fewest, max(declared, key=lambda d: atoms[d]))
    return tried[counts.index(fewest)]


def won(boxes: Iterable[Box], rules: int) -> tuple[int, ...]:
    """How many cells each rule wins; a rule that wins none is dead (A3)."""
    cells = [0] * rules
    for box in boxes:
        if box.rule is not None:
            cells[box.rule] += box.volume
    return tuple(cells)


def merged(products: Iterable[tuple[Masks, K]]) -> list[tuple[Masks, K]]:
    """The same cells in fewer products: two of one key that differ in one dimension are joined."""
    left = list(products)
    before = 0
    while len(left) != before:
        before = len(left)
        for dimension in range(len(left[0][0]) if left else 0):
            left = _merged_along(left, dimension)
    return left


def _merged_along(products: list[tuple[Masks, K]], dimension: int) -> list[tuple[Masks, K]]:
    found: dict[tuple[Masks, K], int] = {}
    for masks, key in products:
        rest = masks[:dimension] + masks[dimension + 1 :]
        found[rest, key] = found.get((rest, key), 0) | masks[dimension]
    return [
        ((*rest[:dimension], mask, *rest[dimension:]), key) for (rest, key), mask in found.items()
    ]
