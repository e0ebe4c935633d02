# SPDX-License-Identifier: EUPL-1.2
"""What is proved is what runs: the certificate against the router (timers: `tests/routing`)."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from rueckhalt_routing.assignments.cases import Case, answers
from rueckhalt_routing.assignments.deciding import decide
from rueckhalt_routing.plan.compiled import compile_plan
from rueckhalt_routing.plan.vocabulary import FORMS, GROUPS, RELATIONS
from rueckhalt_routing.proving.concluding import Proof, prove
from rueckhalt_routing.proving.people import reach_of
from rueckhalt_routing.proving.trying import trial_of
from tests.proof.plans import START, absent, musterstadt
from tests.routing.town import ARS

HOLES = (
    ("anna.aydin", "2026-12-24", "2027-01-03"),
    ("clara.conrad", "2026-12-05", "2026-12-07"),
    ("hasan.hoff", "2026-11-30 12:00", "2026-12-31"),
)
PLANS = {"whole": musterstadt(), "absences": absent(*HOLES)}


def cases(count: int, seed: int) -> Iterator[Case]:
    """Random cases somewhere in the next forty days."""
    dice = random.Random(seed)
    units = musterstadt().plan.units
    for _ in range(count):
        yield Case(
            municipality=ARS,
            registered_at=START + timedelta(minutes=dice.randrange(40 * 1440)),
            forms=tuple(dice.sample(FORMS, dice.choice((0, 1, 1, 2)))),
            affected_groups=tuple(dice.sample(GROUPS, dice.choice((0, 1, 1, 2)))),
            relation=dice.choice(RELATIONS),
            bias=dice.choice(("set", "none", "unknown")),
            severity=dice.choice((None, 0, 1, 2, 3)),
            unit=dice.choice((*units, "unknown")),
            exclude_supervisor=dice.random() < 0.3,
        )


def winner_in(proof: Proof, cell: dict[str, tuple[str, ...]]) -> str:
    """The rule that the certificate's boxes name for a case of single values."""
    assert proof.certificate is not None
    for *masks, code in proof.certificate["boxes"]:
        if all(
            int(mask, 16) >> d.positions[cell[d.name][0]] & 1
            for mask, d in zip(masks, proof.laid.dimensions, strict=True)
        ):
            return str(code)
    raise AssertionError(cell)


@pytest.mark.parametrize("name", PLANS)
def test_the_router_follows_the_certificate_and_is_never_slower_than_its_bound(name: str) -> None:
    draft = PLANS[name]
    proof = prove(draft, START, 60)
    compiled = compile_plan(draft.plan, id="plan", version=1)
    reach = reach_of(draft.plan, START, 60)
    assert proof.certificate is not None

    until = datetime.fromisoformat(proof.certificate["valid_until"])
    valid = [case for case in cases(400, seed=11) if case.registered_at < until]
    assert len(valid) > 20

    for case in valid:
        decision = decide(case, compiled)
        cell = answers(case, compiled.dimensions, draft.plan.calendar)
        if all(len(values) == 1 for values in cell.values()):
            assert decision.verdict.winner.code == winner_in(proof, cell)
        trial = trial_of(case, compiled, reach)
        assert trial.told[0][0] == decision.lead
        worst = ("worst_by_urgency", "worst_in_conflict")
        bounds = [proof.certificate[name][decision.urgency]["1"] for name in worst]
        assert None in bounds or (trial.first is not None and trial.first <= max(bounds))


def test_random_cases_are_spread_over_the_plan() -> None:
    compiled = compile_plan(musterstadt().plan, id="plan", version=1)

    won = {decide(case, compiled).verdict.winner.code for case in cases(400, seed=11)}

    assert won == {rule.code for rule in compiled.rules}
