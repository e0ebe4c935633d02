# SPDX-License-Identifier: EUPL-1.2
"""The bitmask table against a table that simply looks at every rule."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_routing.proof.table import Dimension, Table, UnknownValue, indices


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    masks = st.tuples(*(st.integers(1, (1 << size) - 1) for size in sizes)).map(list)
    return sizes, draw(st.lists(masks, max_size=12))


def first_match(rules: list[list[int]], cell: tuple[int, ...]) -> int | None:
    """What the table must answer, the slow way."""
    for index, masks in enumerate(rules):
        if all(mask >> value & 1 for mask, value in zip(masks, cell, strict=True)):
            return index
    return None


@given(tables())
def test_every_cell_is_decided_as_by_looking_at_every_rule(
    given_table: tuple[list[int], list[list[int]]],
) -> None:
    sizes, rules = given_table
    table = Table(sizes, rules)

    for cell in product(*(range(size) for size in sizes)):
        assert table.decide(cell) == first_match(rules, cell)


@given(tables(), st.data())
def test_a_rule_touches_a_product_exactly_if_it_matches_one_of_its_cells(
    given_table: tuple[list[int], list[list[int]]], data: st.DataObject
) -> None:
    sizes, rules = given_table
    table = Table(sizes, rules)
    sets = [data.draw(st.sets(st.integers(0, n - 1), min_size=1).map(sorted)) for n in sizes]

    touched = set(indices(table.touching(sets)))

    matched = {i for cell in product(*sets) for i in indices(table.matching(cell))}
    assert touched == matched


def test_no_value_means_any_and_masks_read_back() -> None:
    dimension = Dimension("form", ("insult", "threat", "unknown"))

    assert dimension.mask(()) == dimension.full == 0b111
    assert dimension.named(dimension.mask(["unknown", "insult"])) == ("insult", "unknown")


def test_an_unknown_value_is_refused() -> None:
    dimension = Dimension("form", ("insult",))

    with pytest.raises(UnknownValue, match="shouting"):
        dimension.mask(["shouting"])
