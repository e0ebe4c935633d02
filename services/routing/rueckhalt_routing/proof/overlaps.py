# SPDX-License-Identifier: EUPL-1.2
"""Two rules of one tier on one cell (A2)."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from rueckhalt_routing.proof.covering import Masks
from rueckhalt_routing.proof.table import indices


@dataclass(frozen=True)
class Overlap:
    """Two rules that match the same cells, and whether it matters which of them counts."""

    first: int
    second: int
    masks: Masks
    is_harmless: bool


def overlaps(
    sizes: Sequence[int],
    rules: Sequence[Masks],
    *,
    tiers: Sequence[int],
    outcomes: Sequence[Hashable],
) -> Iterator[Overlap]:
    """Every pair of rules of one tier that share a cell, in their order."""
    at = [
        [sum(1 << i for i, masks in enumerate(rules) if masks[d] >> v & 1) for v in range(size)]
        for d, size in enumerate(sizes)
    ]
    same_tier = {t: sum(1 << i for i, tier in enumerate(tiers) if tier == t) for t in set(tiers)}
    known: dict[tuple[int, int], int] = {}
    for first, masks in enumerate(rules):
        meeting = same_tier[tiers[first]] >> (first + 1) << (first + 1)
        for dimension, mask in enumerate(masks):
            if (dimension, mask) not in known:
                known[dimension, mask] = _any_of(at[dimension], mask)
            meeting &= known[dimension, mask]
        for second in indices(meeting):
            shared = tuple(a & b for a, b in zip(masks, rules[second], strict=True))
            yield Overlap(first, second, shared, outcomes[first] == outcomes[second])


def _any_of(column: Sequence[int], mask: int) -> int:
    found = 0
    for value in indices(mask):
        found |= column[value]
    return found
