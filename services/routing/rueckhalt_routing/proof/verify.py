# SPDX-License-Identifier: EUPL-1.2
"""The second opinion: does this certificate prove what it says about this plan's table?

Shares no code with the prover (a rule test says so) and believes none of it: boxes that are
disjoint and add up to the universe hold every case once, and each box is held against the rules
of the plan itself. People and times are not its business.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

Rule = tuple[str, int, list[int], str]


def faults(
    plan: str,
    domain: Sequence[tuple[str, Sequence[str]]],
    certificate: Mapping[str, Any],
    *,
    facts: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """What is wrong with a certificate for this plan (its JSON text), nothing if it holds.

    `facts` are those of the day it says it was made with; left out, they are not looked at.
    """
    try:
        yield from _faults(plan, domain, certificate)
        if facts is not None and certificate["facts_hash"] != _hash_of(facts):
            yield "made with other facts of the day"
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        yield f"unreadable: {type(error).__name__} {error}"[:200]


def is_valid_at(certificate: Mapping[str, Any], now: datetime) -> bool:
    """Is now between its beginning and `valid_until`?"""
    start, end = (datetime.fromisoformat(certificate[name]) for name in ("from", "valid_until"))
    return start <= now < end


def _faults(
    plan: str, domain: Sequence[tuple[str, Sequence[str]]], certificate: Mapping[str, Any]
) -> Iterator[str]:
    document = json.loads(plan)
    if certificate["format"] != 1:
        yield "format is not 1"
    if certificate["plan"]["hash"] != hashlib.sha256(plan.encode()).hexdigest():
        yield "made for another plan"
    if [[name, list(values)] for name, values in domain] != certificate["domain"]:
        yield "made for another domain"
        return
    sizes = [len(values) for _, values in domain]
    boxes = [([int(mask, 16) for mask in box[:-1]], box[-1]) for box in certificate["boxes"]]
    universe, covered = 1, 0
    for size in sizes:
        universe *= size
    for masks, _ in boxes:
        if len(masks) != len(sizes) or any(
            not 0 < mask < 1 << size for mask, size in zip(masks, sizes, strict=True)
        ):
            yield f"a box leaves the domain: {masks}"
            return
        covered += _cells(masks)
    if not universe == covered == certificate["universe"]:
        yield f"the boxes hold {covered} of {universe} cells"
    if sorted(certificate["order"]) != list(range(len(sizes))):
        yield "the order does not name each dimension once"
        return
    if not _disjoint([[masks[d] for d in certificate["order"]] for masks, _ in boxes]):
        yield "two boxes share a cell"
    yield from _wrong_winners(_rules(document, domain), boxes, document.get("hits") == "unique")
    yield from _wrong_figures(document, boxes, certificate)
    yield from _wrong_waits(certificate)


def _rules(document: Mapping[str, Any], domain: Sequence[tuple[str, Sequence[str]]]) -> list[Rule]:
    """Tiers 1 to 3 as code, tier, masks and what they say, in the order in which they win."""
    found = []
    for rule in document["rules"]:
        when, masks = rule.get("when") or {}, []
        for name, values in domain:
            named = when.get(name, list(values))
            named = [named] if isinstance(named, str) else named
            masks.append(sum(1 << values.index(value) for value in set(named)))
        said = json.dumps(rule.get("then"), sort_keys=True)
        found.append((rule["code"], int(rule["tier"]), masks, said))
    return sorted((rule for rule in found if rule[1] > 0), key=lambda rule: rule[1])


def _wrong_winners(
    rules: list[Rule], boxes: list[tuple[list[int], str]], is_unique: bool
) -> Iterator[str]:
    places = {rule[0]: place for place, rule in enumerate(rules)}
    for masks, code in boxes:
        if code not in places:
            yield f"nobody wins {masks}"
            continue
        place = places[code]
        _, tier, own, said = rules[place]
        if any(mask & ~whole for mask, whole in zip(masks, own, strict=True)):
            yield f"{code} does not hold for all of {masks}"
        for other, (name, level, theirs, says) in enumerate(rules):
            if not all(a & b for a, b in zip(masks, theirs, strict=True)):
                continue
            if other < place:
                yield f"{name} comes before {code} in {masks}"
            elif is_unique and level == tier and says != said:
                yield f"{name} contradicts {code} in {masks}"


def _wrong_figures(
    document: Mapping[str, Any],
    boxes: list[tuple[list[int], str]],
    certificate: Mapping[str, Any],
) -> Iterator[str]:
    last = {rule["code"] for rule in document["rules"] if int(rule["tier"]) == 3}
    weak = sum(_cells(masks) for masks, code in boxes if code in last)
    if weak != certificate["weak"]["cells"]:
        yield f"{weak} cells are held by the catch-all rule alone"
    if certificate["municipality"] != document["municipality"]:
        yield "made for another municipality"
    start, end, horizon = (
        datetime.fromisoformat(certificate[name]) for name in ("from", "valid_until", "horizon")
    )
    if not start < end <= horizon:
        yield "the times are out of order"


def _wrong_waits(certificate: Mapping[str, Any]) -> Iterator[str]:
    """The longest waits are those of the chains: told apart by whether somebody is in conflict."""
    for name, is_conflict in (("worst_by_urgency", False), ("worst_in_conflict", True)):
        chains = [c for c in certificate["chains"] if (c["conflict"] is not None) is is_conflict]
        if {chain["urgency"] for chain in chains} != set(certificate[name]):
            yield f"{name} leaves out an urgency or has one too many"
            continue
        for urgency, told in certificate[name].items():
            for count in ("1", "2"):
                waits = [c["worst_s"][count] for c in chains if c["urgency"] == urgency]
                if told[count] != (None if None in waits else max(waits)):
                    yield f"{name} of {urgency} is not the longest wait of its chains"


def _disjoint(boxes: list[list[int]]) -> bool:
    """By the first mask: groups of equal ones, each apart from the others; then within a group."""
    if len(boxes) < 2:
        return True
    if not boxes[0]:
        return False
    groups: dict[int, list[list[int]]] = {}
    for first, *rest in boxes:
        groups.setdefault(first, []).append(rest)
    seen = 0
    for mask in groups:
        if seen & mask:
            return False
        seen |= mask
    return all(_disjoint(group) for group in groups.values())


def _hash_of(facts: Mapping[str, Any]) -> str:
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _cells(masks: Sequence[int]) -> int:
    cells = 1
    for mask in masks:
        cells *= mask.bit_count()
    return cells
