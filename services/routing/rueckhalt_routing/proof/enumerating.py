# SPDX-License-Identifier: EUPL-1.2
"""The cross-check (A4): walk through every single cell and count who wins it."""

from collections import Counter
from collections.abc import Sequence

from rueckhalt_routing.proof.covering import Masks


def enumerated(sizes: Sequence[int], rules: Sequence[Masks]) -> Counter[int | None]:
    """How many cells each rule wins, and under None how many nobody wins.

    Looks at every cell on its own, so it takes seconds for a million of them.
    """
    at = [
        [sum(1 << i for i, masks in enumerate(rules) if masks[d] >> v & 1) for v in range(size)]
        for d, size in enumerate(sizes)
    ]
    found: Counter[int | None] = Counter()

    def walk(dimension: int, active: int) -> None:
        if dimension == len(at):
            found[(active & -active).bit_length() - 1 if active else None] += 1
            return
        for having in at[dimension]:
            walk(dimension + 1, active & having)

    walk(0, (1 << len(rules)) - 1)
    return found
