# SPDX-License-Identifier: EUPL-1.2
"""Plans at their limits: two thousand rules, stand-ins in a circle, a person in every role."""

import random
from datetime import timedelta
from itertools import product

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.plan.compiled import compile_plan
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.vocabulary import FORMS, GROUPS, RELATIONS, URGENCIES
from rueckhalt_routing.proving.concluding import prove
from rueckhalt_routing.proving.tables import Laid, told_of_table
from rueckhalt_routing.proving.trying import trial_of
from tests.proof.plans import START, Document, musterstadt
from tests.routing.town import ARS

MANY = 2_000


def thousands(document: Document) -> None:
    """A rule for each of two thousand single cases, and behind them the catch-all rule."""
    cases = list(product(FORMS, GROUPS, URGENCIES, RELATIONS))
    chains = list(document["chains"])
    document["rules"] = [
        {
            "code": f"r{number}",
            "tier": 2,
            "when": {"form": [form], "group": [group], "urgency": [u], "relation": [relation]},
            "then": {"chain": chains[number % len(chains)]},
        }
        for number, (form, group, u, relation) in enumerate(random.Random(1).sample(cases, MANY))
    ]
    document["rules"].append({"code": "auffang", "tier": 3, "then": {"chain": chains[0]}})
    document.pop("deliberate")


def test_a_plan_of_two_thousand_rules_is_laid_out_proved_and_decides_as_it_is_written() -> None:
    plan = musterstadt(thousands).plan
    laid = Laid(plan)
    compiled = compile_plan(plan, id="plan", version=1)
    positions = [dimension.positions for dimension in laid.dimensions]

    assert sum(box.volume for box in laid.boxes) == laid.universe
    assert [each.code for each in told_of_table(laid) if each.code in ("gap", "dead_rule")] == []
    for place in range(0, MANY, 97):
        when = plan.rules[place].when
        cell = tuple(
            positions[i][when.get(d.name, (d.values[0],))[0]] for i, d in enumerate(laid.dimensions)
        )
        assert compiled.table.decide(cell) == place


def circle(document: Document) -> None:
    """Each stands in for the next one, and so round; nobody else is there."""
    document["roles"]["hvb"] = {"holder": "greta.gross", "stand_ins": ["hasan.hoff"]}
    document["roles"]["stellvertretung"] = {"holder": "hasan.hoff", "stand_ins": ["greta.gross"]}
    steps = [{"targets": [{"role": "hvb"}]}, {"targets": [{"stand_in": "hvb"}]}]
    steps += [{"targets": [{"role": "stellvertretung"}]}]
    steps += [{"targets": [{"stand_in": "stellvertretung"}]}]
    document["chains"] = {"kreis": {"steps": steps}}
    document["rules"] = [{"code": "auffang", "tier": 3, "then": {"chain": "kreis"}}]
    document.pop("deliberate")


def away(document: Document) -> None:
    circle(document)
    document["absences"] = [
        {"person": key, "from": "2026-11-01", "until": "2026-12-31"}
        for key in ("greta.gross", "hasan.hoff")
    ]


def told_by(draft: Draft) -> list[str]:
    compiled = compile_plan(draft.plan, id="plan", version=1)
    case = Case(municipality=ARS, registered_at=START + timedelta(days=2), severity=2)
    trial = trial_of(case, compiled, prove(draft, START, 30).reach)
    return [told.member.key for told, _ in trial.told]


def test_stand_ins_in_a_circle_are_told_once_each_and_then_the_catch_all() -> None:
    assert told_by(musterstadt(circle)) == ["greta.gross", "hasan.hoff", "anna.aydin"]


def test_a_circle_of_people_who_are_away_ends_at_the_catch_all_at_once() -> None:
    draft = musterstadt(away)
    proof = prove(draft, START, 30)

    assert told_by(draft)[0] == "anna.aydin"
    assert proof.until == proof.reach.within[1]  # the catch-all person is there all the time
