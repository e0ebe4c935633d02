# SPDX-License-Identifier: EUPL-1.2
"""The chains that run against the chains that are proved: same people, same minutes."""

from typing import Any

import pytest

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.proving.people import reach_of
from rueckhalt_routing.proving.trying import trial_of
from tests.routing.town import ARS, Town, person
from tests.support import NOON


@pytest.mark.parametrize("severity", [0, 1, 2, 3, None])
@pytest.mark.parametrize("relation", ["citizen", "supervisor", "elected"])
def test_the_engine_tells_the_people_the_proof_names_at_the_minute_it_names(
    town: Town, musterstadt: CompiledPlan, severity: int | None, relation: str
) -> None:
    case = Case(
        municipality=ARS,
        registered_at=NOON,
        forms=("insult",),
        affected_groups=("staff_front",),
        relation=relation,
        severity=severity,
        danger_level="normal",
        unit="buergeramt",
    )
    trial = trial_of(case, musterstadt, reach_of(musterstadt.plan, NOON, 10))

    seen = _walked(town, severity=severity, relation=relation)

    assert seen == {person(told.member.key): after for told, after in trial.told}


def _walked(town: Town, **facts: Any) -> dict[str, int]:
    """Let a chain run through its first round: who is told after how many seconds."""
    assignment = town.report(**facts)
    start, seen = town.clock.now, {}
    while assignment.round == 0:
        for id in assignment.told:
            seen.setdefault(id, int((town.clock.now - start).total_seconds()))
        assert assignment.next_due_at is not None
        town.clock.now = assignment.next_due_at
        town.run_timers()
        assignment = town.assignment(assignment.incident_id)
    return seen
