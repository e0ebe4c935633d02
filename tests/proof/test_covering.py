# SPDX-License-Identifier: EUPL-1.2
"""Gaps, boxes, overlaps, dead rules, proposals, differences: against every cell, one by one."""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_routing.proof import covering as covering_module
from rueckhalt_routing.proof.comparing import Side, changes
from rueckhalt_routing.proof.covering import (
    Covering,
    TooTangled,
    fewest_boxes,
    full_masks,
    merged,
    volume,
    won,
)
from rueckhalt_routing.proof.enumerating import enumerated
from rueckhalt_routing.proof.overlaps import overlaps
from rueckhalt_routing.proof.proposing import example, proposals, widest_gap, widest_gaps
from tests.proof.small import Masks, cells, holds, rules, tables, winner

Table = tuple[list[int], list[Masks]]


@given(tables())
def test_gaps_are_counted_as_by_looking_at_every_cell(table: Table) -> None:
    sizes, given_rules = table

    uncovered = Covering(sizes, given_rules).uncovered()

    assert uncovered == sum(winner(given_rules, cell) is None for cell in cells(sizes))


@given(tables(), st.data())
def test_gaps_are_counted_inside_a_part_of_the_universe_too(
    table: Table, data: st.DataObject
) -> None:
    sizes, given_rules = table
    within = data.draw(st.tuples(*(st.integers(0, (1 << size) - 1) for size in sizes)))

    uncovered = Covering(sizes, given_rules).uncovered(within)

    inside = [cell for cell in cells(sizes) if holds(within, cell)]
    assert uncovered == sum(winner(given_rules, cell) is None for cell in inside)


@given(tables(), st.data())
def test_boxes_hold_every_cell_once_with_its_winner(table: Table, data: st.DataObject) -> None:
    sizes, given_rules = table
    order = data.draw(st.permutations(range(len(sizes))))
    covering = Covering(sizes, given_rules, order)

    boxes = list(covering.boxes())

    assert covering.count_boxes() == len(boxes)
    for cell in cells(sizes):
        around = [box.rule for box in boxes if holds(box.masks, cell)]
        assert around == [winner(given_rules, cell)]


@given(tables())
def test_rules_win_as_many_cells_as_an_enumeration_counts(table: Table) -> None:
    sizes, given_rules = table

    counted = enumerated(sizes, given_rules)

    by_boxes = won(fewest_boxes(sizes, given_rules).boxes(), len(given_rules))
    assert Counter(winner(given_rules, cell) for cell in cells(sizes)) == counted
    assert by_boxes == tuple(counted[i] for i in range(len(given_rules)))


@given(tables())
def test_merging_boxes_keeps_every_cell_with_its_winner(table: Table) -> None:
    sizes, given_rules = table
    boxes = [(box.masks, box.rule) for box in Covering(sizes, given_rules).boxes()]

    fewer = merged(boxes)

    assert len(fewer) <= len(boxes)
    for cell in cells(sizes):
        around = [rule for masks, rule in fewer if holds(masks, cell)]
        assert around == [winner(given_rules, cell)]


@given(tables(), st.data())
def test_overlaps_are_the_pairs_of_one_tier_that_share_a_cell(
    table: Table, data: st.DataObject
) -> None:
    sizes, given_rules = table
    numbers = st.lists(st.integers(1, 2), min_size=len(given_rules), max_size=len(given_rules))
    tiers, outcomes = data.draw(numbers), data.draw(numbers)

    found = list(overlaps(sizes, given_rules, tiers=tiers, outcomes=outcomes))

    def shared(i: int, j: int) -> set[tuple[int, ...]]:
        both = (given_rules[i], given_rules[j])
        return {cell for cell in cells(sizes) if all(holds(masks, cell) for masks in both)}

    expected = {
        (i, j): shared(i, j)
        for i, j in combinations(range(len(given_rules)), 2)
        if tiers[i] == tiers[j] and shared(i, j)
    }
    told = {(o.first, o.second): {c for c in cells(sizes) if holds(o.masks, c)} for o in found}
    assert told == expected
    assert all(o.is_harmless == (outcomes[o.first] == outcomes[o.second]) for o in found)


@given(tables())
def test_a_gap_grows_to_one_that_no_value_can_be_added_to(table: Table) -> None:
    sizes, given_rules = table
    covering = Covering(sizes, given_rules)
    gaps = [box for box in covering.boxes() if box.rule is None]

    for gap in gaps[:3]:
        widest = widest_gap(covering, gap.masks)
        inside = [cell for cell in cells(sizes) if holds(widest, cell)]
        assert all(winner(given_rules, cell) is None for cell in inside)
        assert holds(widest, example(gap.masks))
        for dimension, size in enumerate(sizes):
            for value in set(range(size)) - set(_bits(widest[dimension])):
                more = tuple(1 << value if d == dimension else m for d, m in enumerate(widest))
                assert covering.uncovered(more) < volume(more)


@given(tables())
def test_the_widest_gaps_hold_every_gap(table: Table) -> None:
    sizes, given_rules = table

    gaps = widest_gaps(Covering(sizes, given_rules), most=1000)

    for cell in cells(sizes):
        assert any(holds(gap, cell) for gap in gaps) == (winner(given_rules, cell) is None)


@given(tables())
def test_each_proposal_closes_the_gap_and_takes_no_cell_from_another_rule(table: Table) -> None:
    sizes, given_rules = table
    covering = Covering(sizes, given_rules)

    for gap in widest_gaps(covering, most=2):
        offered = list(proposals(covering, gap))
        assert offered[-1].rule is None
        for proposal in offered:
            changed = list(given_rules)
            if proposal.rule is None:
                changed.append(proposal.masks)
            else:
                changed[proposal.rule] = proposal.masks
            for cell in cells(sizes):
                before = winner(given_rules, cell)
                assert before is None or winner(changed, cell) == before
                assert not holds(gap, cell) or winner(changed, cell) is not None


@given(tables(), st.data())
def test_two_plans_differ_exactly_in_the_cells_that_are_told(
    table: Table, data: st.DataObject
) -> None:
    sizes, old_rules = table
    new_rules = data.draw(rules(sizes))
    says = st.integers(0, 2)
    old = Side(old_rules, [data.draw(says) for _ in old_rules])
    new = Side(new_rules, [data.draw(says) for _ in new_rules])

    found = changes(sizes, old, new)

    for cell in cells(sizes):
        before, after = winner(old_rules, cell), winner(new_rules, cell)
        told = [(c.old, c.new) for c in found if holds(c.masks, cell)]
        differs = old.outcome(before) != new.outcome(after)
        assert told == ([(before, after)] if differs else [])


@given(st.data())
def test_a_rule_missing_from_a_partition_leaves_a_gap_of_its_own_size(data: st.DataObject) -> None:
    sizes, base = data.draw(tables(most=6))
    cut = [box.masks for box in Covering(sizes, [*base, full_masks(sizes)]).boxes()]
    lost = data.draw(st.integers(0, len(cut) - 1))

    left = Covering(sizes, cut[:lost] + cut[lost + 1 :])

    assert left.uncovered() == volume(cut[lost])


def test_a_plan_of_too_many_boxes_is_refused_with_the_dimension_to_coarsen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(covering_module, "MOST_BOXES", 3)
    diagonal = [tuple(1 << value for _ in range(2)) for value in range(4)]

    with pytest.raises(TooTangled) as caught:
        fewest_boxes([4, 4], diagonal)

    assert caught.value.boxes > 3
    assert caught.value.dimension in (0, 1)


def test_two_thousand_rules_are_counted_exactly() -> None:
    sizes = [50, 40]
    each = [(1 << a, 1 << b) for a in range(50) for b in range(40)]

    assert Covering(sizes, each).uncovered() == 0
    assert Covering(sizes, each[:777] + each[778:]).uncovered() == 1


def _bits(mask: int) -> list[int]:
    return [value for value in range(mask.bit_length()) if mask >> value & 1]
