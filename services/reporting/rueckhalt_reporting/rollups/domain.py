# SPDX-License-Identifier: EUPL-1.2
"""Counting by difference: what leaves a cell and what enters it."""

from collections import Counter
from collections.abc import Iterable

Cell = tuple[str, str, str, str]  # month, municipality, dimension, value


def difference(before: Iterable[Cell], after: Iterable[Cell]) -> dict[Cell, int]:
    """What has to be added to each cell, in a fixed order so that two workers never deadlock."""
    change = Counter(after)
    change.subtract(Counter(before))
    return {cell: change[cell] for cell in sorted(change) if change[cell]}
