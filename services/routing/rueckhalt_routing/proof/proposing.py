# SPDX-License-Identifier: EUPL-1.2
"""What would close a gap (A5): a rule made wider, or a rule of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rueckhalt_routing.proof.covering import Covering, Masks, volume
from rueckhalt_routing.proof.table import indices


@dataclass(frozen=True)
class Proposal:
    """Take these values into this dimension of this rule; no rule means: a new one for the box."""

    masks: Masks
    rule: int | None = None
    dimension: int | None = None


def widest_gap(covering: Covering, masks: Masks) -> Masks:
    """A gap box grown, value by value, until nothing more fits into the gap."""
    found = masks
    for dimension, size in enumerate(covering.sizes):
        for value in range(size):
            if found[dimension] >> value & 1:
                continue
            slice_ = _replaced(found, dimension, 1 << value)
            if covering.uncovered(slice_) == volume(slice_):
                found = _replaced(found, dimension, found[dimension] | 1 << value)
    return found


def widest_gaps(covering: Covering, most: int = 20) -> list[Masks]:
    """Maximal gap boxes that together hold every gap, the largest first; at most so many."""
    found: list[Masks] = []
    for box in covering.boxes():
        if box.rule is None and not any(_contains(gap, box.masks) for gap in found):
            found.append(widest_gap(covering, box.masks))
            if len(found) == most:
                break
    return sorted(found, key=lambda gap: (-volume(gap), gap))


def proposals(
    covering: Covering, gap: Masks, earlier: Sequence[int] | None = None
) -> Iterator[Proposal]:
    """Rules that would hold the gap after one change and would take no cell from another rule.

    `earlier` says of each rule which rules (as a bitset) it may overlap because they win first;
    where it is left out, all that stand before it.
    """
    for rule, masks in enumerate(covering.rules):
        short = [d for d, mask in enumerate(gap) if mask & ~masks[d]]
        if len(short) != 1:
            continue
        added = gap[short[0]] & ~masks[short[0]]
        grown = _replaced(masks, short[0], added)
        before = earlier[rule] if earlier is not None else (1 << rule) - 1
        if covering.uncovered(grown) == covering.uncovered(grown, rules=before):
            yield Proposal(_replaced(masks, short[0], masks[short[0]] | added), rule, short[0])
    yield Proposal(gap)


def example(masks: Masks) -> tuple[int, ...]:
    """One cell of a box: the first value of each dimension."""
    return tuple(next(iter(indices(mask))) for mask in masks)


def _replaced(masks: Masks, dimension: int, mask: int) -> Masks:
    return (*masks[:dimension], mask, *masks[dimension + 1 :])


def _contains(outer: Masks, inner: Masks) -> bool:
    return all(not b & ~a for a, b in zip(outer, inner, strict=True))
