# SPDX-License-Identifier: EUPL-1.2
"""Small random tables, and the slow answers to the questions the proof asks of them."""

from itertools import product

from hypothesis import strategies as st

Masks = tuple[int, ...]


@st.composite
def tables(draw: st.DrawFn, *, most: int = 10) -> tuple[list[int], list[Masks]]:
    """Sizes of some dimensions, and rules over them."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    return sizes, draw(rules(sizes, most=most))


def rules(sizes: list[int], *, most: int = 10) -> st.SearchStrategy[list[Masks]]:
    """Rules over these dimensions, many of them open in a dimension."""
    masks = st.tuples(
        *(st.one_of(st.just((1 << size) - 1), st.integers(1, (1 << size) - 1)) for size in sizes)
    )
    return st.lists(masks, max_size=most)


def cells(sizes: list[int]) -> list[tuple[int, ...]]:
    """Every cell."""
    return list(product(*(range(size) for size in sizes)))


def holds(masks: Masks, cell: tuple[int, ...]) -> bool:
    """Is the cell in this product?"""
    return all(mask >> value & 1 for mask, value in zip(masks, cell, strict=True))


def winner(rules: list[Masks], cell: tuple[int, ...]) -> int | None:
    """The first rule that matches, found by looking at each."""
    return next((i for i, masks in enumerate(rules) if holds(masks, cell)), None)
