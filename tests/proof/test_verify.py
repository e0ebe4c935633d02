# SPDX-License-Identifier: EUPL-1.2
"""The independent verifier: believes nothing, and finds every box that was tampered with."""

import copy
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.proof.certificate import canonical, table_part
from rueckhalt_routing.proof.covering import fewest_boxes, full_masks
from rueckhalt_routing.proof.table import Dimension
from rueckhalt_routing.proof.verify import faults, is_valid_at
from rueckhalt_routing.proving.concluding import prove
from rueckhalt_routing.proving.verifying import Claim, verified
from tests.proof.plans import START, absent, musterstadt, without
from tests.proof.small import Masks, tables

Certificate = dict[str, Any]
DRAFT = musterstadt()
DOMAIN = [(d.name, d.values) for d in dimensions(DRAFT.plan.units)]


@pytest.fixture(scope="module")
def proved() -> Certificate:
    document = prove(DRAFT, START, 40).certificate
    assert document is not None
    return dict(json.loads(canonical(document)))


def check(certificate: Certificate, draft: Draft = DRAFT) -> list[str]:
    return list(faults(draft.document, DOMAIN, certificate))


def test_what_the_prover_proved_holds(proved: Certificate) -> None:
    assert check(proved) == []
    assert is_valid_at(proved, START)


def test_every_lost_or_doubled_box_is_found(proved: Certificate) -> None:
    for index in range(len(proved["boxes"])):
        for boxes in (
            proved["boxes"][:index] + proved["boxes"][index + 1 :],
            proved["boxes"] + [proved["boxes"][index]],
        ):
            assert check(proved | {"boxes": boxes})


def test_every_other_winner_is_found(proved: Certificate) -> None:
    codes = [rule.code for rule in DRAFT.plan.ordered_rules]
    for index, box in enumerate(proved["boxes"]):
        for code in {*codes, None, "nobody"} - {box[-1]}:
            boxes = copy.deepcopy(proved["boxes"])
            boxes[index][-1] = code
            assert check(proved | {"boxes": boxes}), (box, code)


def test_every_moved_value_of_a_box_is_found(proved: Certificate) -> None:
    dice = random.Random(7)
    for index, box in enumerate(proved["boxes"]):
        place = dice.randrange(len(box) - 1)
        bit = dice.randrange(len(DOMAIN[place][1]))
        boxes = copy.deepcopy(proved["boxes"])
        boxes[index][place] = f"{int(box[place], 16) ^ 1 << bit:x}"
        assert check(proved | {"boxes": boxes})


@pytest.mark.parametrize("name", ["worst_by_urgency", "worst_in_conflict"])
def test_every_other_longest_wait_is_found(proved: Certificate, name: str) -> None:
    for urgency, waits in proved[name].items():
        for count, seconds in waits.items():
            other = 1 if seconds is None else seconds + 1
            worst = proved[name] | {urgency: waits | {count: other}}
            assert check(proved | {name: worst}), (urgency, count)
        assert check(proved | {name: {u: w for u, w in proved[name].items() if u != urgency}})


@pytest.mark.parametrize(
    "draft",
    [without("verbal"), without("intern"), absent(("anna.aydin", "2027-01-01", "2027-01-02"))],
)
def test_a_certificate_does_not_hold_for_another_plan(proved: Certificate, draft: Draft) -> None:
    assert "made for another plan" in check(proved, draft)


def test_boxes_of_a_plan_with_a_rule_less_are_refused_even_under_the_right_hash(
    proved: Certificate,
) -> None:
    weaker = prove(without("verbal"), START, 40).certificate
    assert weaker is not None

    found = check(proved | {"boxes": [list(box) for box in weaker["boxes"]]})

    assert any("comes before" in fault for fault in found)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the single values of a document stand."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, (*path, name))
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from leaves(child, (*path, place))
    else:
        yield path


def changed(document: Certificate, path: tuple[Any, ...]) -> Certificate:
    """The document with another value there."""
    found = copy.deepcopy(document)
    there: Any = found
    for step in path[:-1]:
        there = there[step]
    other: dict[type, Callable[[Any], Any]] = {
        bool: lambda value: not value,
        int: lambda value: value + 1,
        str: lambda value: value[:-1] + ("0" if value[-1:] != "0" else "1"),
        type(None): lambda _: "x",
    }
    there[path[-1]] = other[type(there[path[-1]])](there[path[-1]])
    return found


def test_every_changed_value_of_a_certificate_is_refused(proved: Certificate) -> None:
    paths = sorted(leaves(proved), key=str)
    once_each = {path[:1]: path for path in paths}
    sample = [*once_each.values(), *random.Random(3).sample(paths, 40)]

    for path in sample:
        found, _ = verified(Claim(draft=DRAFT, certificate=changed(proved, path)), START, "de")
        assert found, path


@pytest.mark.parametrize("document", [{}, {"format": 1}, {"plan": 3}, {"format": 1, "plan": {}}])
def test_what_is_no_certificate_is_refused_and_never_raises(document: Certificate) -> None:
    assert check(document)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"weak": {"cells": 1}}, "by the catch-all rule alone"),
        ({"municipality": "010010000000"}, "another municipality"),
        ({"universe": 1}, "cells"),
        ({"format": 2}, "format"),
        ({"domain": []}, "another domain"),
        ({"order": [0, 0, 1, 2, 3, 4, 5, 6]}, "order"),
        ({"valid_until": "2026-11-23T07:00:00+00:00"}, "times"),
        ({"horizon": "2026-11-23T07:00:00+00:00"}, "times"),
    ],
)
def test_the_verifier_alone_finds_false_figures(
    proved: Certificate, change: Certificate, fault: str
) -> None:
    assert any(fault in each for each in check(proved | change))


def certified(
    sizes: list[int], rules: list[tuple[int, Masks]], **changes: Any
) -> tuple[str, list[tuple[str, tuple[str, ...]]], Certificate]:
    """A made-up plan of rules (tier, masks) with its catch-all, its domain and its certificate."""
    space = [Dimension(f"d{i}", tuple(f"v{v}" for v in range(n))) for i, n in enumerate(sizes)]
    rules = [*rules, (3, full_masks(sizes))]
    codes = [f"r{place}" for place in range(len(rules))]
    document = {
        "municipality": "1",
        "hits": changes.pop("hits", "ordered"),
        "rules": [
            {
                "code": code,
                "tier": str(tier),
                "when": {d.name: list(d.named(m)) for d, m in zip(space, masks, strict=True)},
                "then": {"chain": code},
            }
            for code, (tier, masks) in zip(codes, rules, strict=True)
        ],
    }
    text = json.dumps(document)
    covering = fewest_boxes(sizes, [masks for _, masks in rules])
    part = table_part(space, covering, codes) | changes
    weak = sum(_cells(box) for box in part["boxes"] if box[-1] == codes[-1])
    certificate = {
        **part,
        "format": 1,
        "municipality": "1",
        "weak": {"cells": weak},
        "plan": {"hash": hashlib.sha256(text.encode()).hexdigest()},
        "from": "2026-01-01",
        "valid_until": "2026-02-01",
        "horizon": "2026-02-01",
        "chains": [],
        "worst_by_urgency": {},
        "worst_in_conflict": {},
    }
    return text, [(d.name, d.values) for d in space], certificate


@given(tables(most=6), st.data())
def test_the_boxes_of_any_table_verify_until_one_is_lost(
    table: tuple[list[int], list[Masks]], data: st.DataObject
) -> None:
    sizes, masks = table
    tiers = sorted(data.draw(st.sampled_from((1, 2))) for _ in masks)
    text, domain, certificate = certified(sizes, list(zip(tiers, masks, strict=True)))
    lost = data.draw(st.integers(0, len(certificate["boxes"]) - 1))
    fewer = [box for place, box in enumerate(certificate["boxes"]) if place != lost]

    assert list(faults(text, domain, certificate)) == []
    assert list(faults(text, domain, certificate | {"boxes": fewer}))


def test_boxes_that_overlap_are_found_even_when_they_add_up() -> None:
    given_boxes = [["3", "r0"], ["6", "r0"]]  # value 1 twice, value 3 never

    assert list(faults(*certified([4], [], boxes=given_boxes))) == ["two boxes share a cell"]


def test_contradicting_rules_are_found_where_the_plan_forbids_them() -> None:
    rules: list[tuple[int, Masks]] = [(1, (3,)), (1, (6,))]

    assert list(faults(*certified([3], rules))) == []
    [fault, *_] = faults(*certified([3], rules, hits="unique"))
    assert "contradicts" in fault


def _cells(box: list[Any]) -> int:
    return prod(int(mask, 16).bit_count() for mask in box[:-1])
