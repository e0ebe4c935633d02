# SPDX-License-Identifier: EUPL-1.2
"""Each rule of the sample plan deleted, widened, narrowed, moved: the checker always says so.

A mutant nothing is said of fails with its name. Widened or narrowed, no rule of the sample plan
stays what it was; the three pairs that may change places are proved equivalent case by case.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product

import pytest

from rueckhalt_routing.plan.domain import Plan, Rule
from rueckhalt_routing.plan.lint import lint
from rueckhalt_routing.proving.tables import Laid, told_of_table
from tests.proof.plans import musterstadt

SAMPLE = musterstadt().plan
SPACE = {dimension.name: dimension.values for dimension in Laid(SAMPLE).dimensions}
CODES = [rule.code for rule in SAMPLE.rules]
CATCH_ALL = "auffang"


def changed(code: str, *instead: Rule) -> Plan:
    """The sample plan with other rules in the place of one."""
    rules: list[Rule] = []
    for rule in SAMPLE.rules:
        rules.extend(instead if rule.code == code else (rule,))
    return replace(SAMPLE, rules=tuple(rules))


def spoken(plan: Plan) -> set[tuple[str, str, str]]:
    """What `plan check` says, hints taken in."""
    table = {(told.code, told.de, str(told.detail)) for told in told_of_table(Laid(plan))}
    return table | {(each.code, each.words(), "") for each in lint(plan)}


USUAL = spoken(SAMPLE)


def news(plan: Plan) -> set[str]:
    """The sentences the sample plan does not have."""
    return {sentence for _, sentence, _ in spoken(plan) - USUAL}


def widened(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Each condition dropped, and each with one more value."""
    for name, values in rule.when.items():
        rest = {other: kept for other, kept in rule.when.items() if other != name}
        yield f"{name}: any", replace(rule, when=rest)
        for value in SPACE[name]:
            if value not in values:
                yield f"{name}: {value} too", replace(rule, when=rest | {name: (*values, value)})


def narrowed(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Each condition with one value less, and each other dimension bound to all but one."""
    for name, values in SPACE.items():
        bound = rule.when.get(name, values)
        for value in bound if len(bound) > 1 else ():
            kept = tuple(each for each in bound if each != value)
            yield f"{name}: not {value}", replace(rule, when=dict(rule.when) | {name: kept})


def silent(mutants: Iterator[tuple[str, Rule]], *words: str) -> list[str]:
    """The mutants of a rule of which nothing is said in one of these words."""
    return [
        name
        for name, mutant in mutants
        if not any(word in said for said in news(changed(mutant.code, mutant)) for word in words)
    ]


@pytest.mark.parametrize("code", [code for code in CODES if code != CATCH_ALL])
def test_a_deleted_rule_is_spoken_of(code: str) -> None:
    assert news(changed(code))


@pytest.mark.parametrize("code", [code for code in CODES if code != CATCH_ALL])
def test_a_rule_that_holds_for_more_is_spoken_of_whatever_it_was_widened_by(code: str) -> None:
    [rule] = [each for each in SAMPLE.rules if each.code == code]

    assert silent(widened(rule), f"„{code}“") == []


@pytest.mark.parametrize("code", [code for code in CODES if code != CATCH_ALL])
def test_a_rule_that_holds_for_less_is_spoken_of_whatever_it_was_narrowed_by(code: str) -> None:
    [rule] = [each for each in SAMPLE.rules if each.code == code]

    assert silent(narrowed(rule), f"„{code}“", "Nur durch die Auffangregel gedeckt") == []


def winners(plan: Plan) -> list[tuple[list[str], str]]:
    """Of every case of the dimensions the rules name: what comes on top, and which rule wins."""
    named = sorted({name for rule in plan.rules for name in rule.when})
    found = []
    for cell in product(*(SPACE[name] for name in named)):
        values = dict(zip(named, cell, strict=True))
        match = [r for r in plan.rules if all(values[n] in v for n, v in r.when.items())]
        top = sorted(rule.code for rule in match if rule.tier == 0)
        found.append((top, min((r for r in match if r.tier), key=lambda r: r.tier).code))
    return found


SAME = {("sofort", "vorurteil"), ("hass_im_netz", "gebaeude"), ("gebaeude", "verbal")}
"""Neighbours that may change places: tier 0 only adds (one chain), the others share no case."""


def test_two_rules_that_change_places_are_spoken_of_unless_every_case_stays_what_it_was() -> None:
    quiet = set()
    for place, (first, second) in enumerate(pairwise(SAMPLE.rules)):
        rules = [*SAMPLE.rules[:place], second, first, *SAMPLE.rules[place + 2 :]]
        moved = replace(SAMPLE, rules=tuple(rules))
        if first.tier == second.tier and not news(moved):
            quiet.add((first.code, second.code))
            assert winners(moved) == winners(SAMPLE)

    assert quiet == SAME
