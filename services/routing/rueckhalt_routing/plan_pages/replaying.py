# SPDX-License-Identifier: EUPL-1.2
"""Past cases on two plans: which of them would go elsewhere, counted by rule."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import LEAD, NoRule, decide
from rueckhalt_routing.plan.compiled import CompiledPlan


@dataclass(frozen=True)
class Way:
    """Where a case goes: the rule, its chain, and whom it tells first."""

    rule: str
    chain: str
    lead: str


NOWHERE = Way("", "", "")
"""A case that no rule holds."""


@dataclass(frozen=True)
class Replay:
    """What became of the cases."""

    cases: int
    elsewhere: int
    moves: tuple[tuple[Way, Way, int], ...]
    """From where to where, and how many, the most first."""


def replayed(cases: Iterable[Case], old: CompiledPlan, new: CompiledPlan) -> Replay:
    """Every case on both plans; elsewhere: another chain, or somebody else told first."""
    count, moves = 0, Counter[tuple[Way, Way]]()
    for case in cases:
        count += 1
        before, after = _way(case, old), _way(case, new)
        if (before.chain, before.lead) != (after.chain, after.lead):
            moves[before, after] += 1
    ordered = sorted(moves.items(), key=lambda each: (-each[1], each[0][0].rule))
    return Replay(count, moves.total(), tuple((*pair, n) for pair, n in ordered))


def _way(case: Case, compiled: CompiledPlan) -> Way:
    try:
        decision = decide(case, compiled)
    except NoRule:
        return NOWHERE
    leads = [part.told.member.name for part in decision.parts if part.part == LEAD]
    return Way(decision.verdict.leading.code, decision.chain, ", ".join(leads))
