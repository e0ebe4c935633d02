# SPDX-License-Identifier: EUPL-1.2
"""A solver that shares nothing with the prover (z3) answers the same questions on large tables."""

import random
from collections.abc import Sequence

import pytest

from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.handlers import draft_of
from rueckhalt_routing.proof.covering import Covering, Masks, full_masks, volume
from rueckhalt_routing.proof.overlaps import overlaps
from rueckhalt_routing.proving.tables import Laid

SIZES = (17, 14, 5, 7, 3, 5, 13, 6)
SEEDS = range(8)


class Solver:
    """Asks z3 for a case: each dimension is a bit vector with exactly one bit set."""

    def __init__(self, sizes: Sequence[int]) -> None:
        import z3

        self._z3 = z3
        self._case = [z3.BitVec(f"d{place}", size) for place, size in enumerate(sizes)]
        self._solver = z3.Solver()
        for each in self._case:
            self._solver.add(each != 0, each & (each - 1) == 0)

    def case(self, *, inside: Sequence[Masks] = (), outside: Sequence[Masks] = ()) -> Masks | None:
        """A case that lies in all of the first and in none of the others; none if there is none."""
        self._solver.push()
        self._solver.add(*(self._holds(masks) for masks in inside))
        self._solver.add(*(self._z3.Not(self._holds(masks)) for masks in outside))
        found = None
        if self._solver.check() == self._z3.sat:
            model = self._solver.model()
            found = tuple(model.eval(each, model_completion=True).as_long() for each in self._case)
        self._solver.pop()
        return found

    def _holds(self, masks: Masks) -> object:
        pairs = zip(self._case, masks, strict=True)
        return self._z3.And(*((each & mask) != 0 for each, mask in pairs))


def partition(chance: random.Random, rules: int) -> list[Masks]:
    """Boxes that hold every case exactly once."""
    boxes = [full_masks(SIZES)]
    while len(boxes) < rules:
        box = boxes.pop(chance.randrange(len(boxes)))
        splittable = [place for place, mask in enumerate(box) if mask.bit_count() > 1]
        if not splittable:
            boxes.append(box)
            continue
        place = chance.choice(splittable)
        bits = [bit for bit in range(SIZES[place]) if box[place] >> bit & 1]
        taken = sum(1 << bit for bit in chance.sample(bits, chance.randrange(1, len(bits))))
        boxes += [
            (*box[:place], taken, *box[place + 1 :]),
            (*box[:place], box[place] & ~taken, *box[place + 1 :]),
        ]
    return boxes


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(SIZES)


@pytest.mark.parametrize("seed", SEEDS)
def test_z3_finds_a_gap_exactly_where_the_prover_does(solver: Solver, seed: int) -> None:
    rules = partition(random.Random(seed), 60)
    dropped = rules[seed]
    rest = [rule for rule in rules if rule is not dropped]

    assert Covering(SIZES, tuple(rules)).uncovered() == 0
    assert solver.case(outside=rules) is None
    assert Covering(SIZES, tuple(rest)).uncovered() == volume(dropped)
    case = solver.case(outside=rest)
    assert case is not None
    assert all(each & mask for each, mask in zip(case, dropped, strict=True))
    assert solver.case(outside=[*rest, dropped]) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_z3_finds_two_rules_on_one_case_exactly_where_the_prover_does(
    solver: Solver, seed: int
) -> None:
    chance = random.Random(seed)
    rules = partition(chance, 30)
    for place in chance.sample(range(30), 6):  # widened in one dimension, some now overlap
        dimension = chance.randrange(len(SIZES))
        wider = rules[place][dimension] | 1 << chance.randrange(SIZES[dimension])
        rules[place] = (*rules[place][:dimension], wider, *rules[place][dimension + 1 :])
    outcomes = list(range(30))

    found = {
        (each.first, each.second)
        for each in overlaps(SIZES, rules, tiers=[1] * 30, outcomes=outcomes)
    }

    expected = {
        (first, second)
        for first in range(30)
        for second in range(first + 1, 30)
        if solver.case(inside=(rules[first], rules[second])) is not None
    }
    assert found == expected


def test_z3_agrees_that_the_sample_plan_leaves_no_case_and_what_its_catch_all_holds() -> None:
    laid = Laid(draft_of(sample_plan()).plan)
    solver = Solver(laid.sizes)
    own = [masks for masks, rule in zip(laid.masks, laid.rules, strict=True) if rule.tier < 3]
    signed = [laid.masks_of(each) for each in laid.plan.deliberate]

    assert solver.case(outside=laid.masks) is None
    assert solver.case(outside=own) is not None  # some cases are the catch-all's, on purpose
    assert solver.case(outside=[*own, *signed]) is None
    for place, rule in enumerate(laid.rules):
        earlier = laid.masks[:place]
        won = any(box.rule == place for box in laid.boxes)
        is_alive = solver.case(inside=[laid.masks[place]], outside=earlier) is not None
        assert is_alive == won, rule.code
