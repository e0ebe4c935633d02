# SPDX-License-Identifier: EUPL-1.2
"""Settle who is responsible, whatever is broken: no plan, a damaged plan, nobody left.

A fault here never becomes an exception and never becomes silence: it becomes the catch-all
person and a red mark.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rueckhalt_routing.assignments import explaining
from rueckhalt_routing.assignments.cases import Case, urgency_of
from rueckhalt_routing.assignments.crises import is_crisis
from rueckhalt_routing.assignments.deciding import (
    DECISION_FAILED,
    LEAD,
    NO_PLAN,
    NOBODY_AT_ALL,
    PLAN_BROKEN,
    Decision,
    Part,
    decide,
)
from rueckhalt_routing.assignments.rosters import roster_of
from rueckhalt_routing.assignments.staffing import Told
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan, Member
from rueckhalt_routing.plan.domain import CATCH_ALL, DEFAULT_TIMES, Times
from rueckhalt_routing.plan.opening import hold_until
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)
DEFAULT_CATCH_ALL = "auffang"
_CATCH_ALL_ROLE = "unknown"


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Who is responsible now, until when, and why: ready to be written down and announced."""

    plan_id: str | None
    plan_version: int
    rule: str
    tier: int
    chain: str
    step: int
    urgency: str
    begun: tuple[Told, ...]
    """Whom the chain has told when it has begun."""
    parts: tuple[Part, ...]
    take_over_within: timedelta
    wait: timedelta
    held_until: datetime | None = None
    """The case may wait until then; nobody is told before."""
    response_steps: tuple[str, ...]
    excluded: Mapping[str, str]
    barred_roles: tuple[str, ...]
    weak: bool
    red: str | None
    explanation: Mapping[str, Any]
    stand_in: str | None = None
    """The role that is asked next if nobody takes over."""

    @property
    def lead(self) -> Told | None:
        """The one who leads."""
        return next((part.told for part in self.parts if part.part == LEAD), None)


def settle(tx: Transaction, case: Case) -> Settlement:
    """Decide by the plan that counts for the municipality; else the catch-all of the settings."""
    try:
        compiled = plans.live_plan(tx, case.municipality)
    except plans.PlanBroken:
        return without_plan(tx, case, PLAN_BROKEN)
    if compiled is None:
        return without_plan(tx, case, NO_PLAN)
    try:
        roster = roster_of(tx, compiled, case.municipality)
        decision = decide(case, compiled, roster=roster, at=tx.now)
        return _by_plan(tx, case, compiled, decision)
    except Exception as error:  # whatever it is, somebody is responsible
        log.error("decision failed", municipality=case.municipality, exc_info=error)
        return without_plan(tx, case, DECISION_FAILED)


def last_resort(tx: Transaction, municipality: str, excluded: Mapping[str, str]) -> Told | None:
    """The catch-all of the settings, unless even they are in conflict with the case."""
    key = tx.context.get("catch_all") or DEFAULT_CATCH_ALL
    member = Member(ids.person_id(municipality, key), key, "person", key)
    if member.id in excluded:
        return None
    return Told(member, _CATCH_ALL_ROLE, "last_resort")


def without_plan(tx: Transaction, case: Case, red: str) -> Settlement:
    """Nothing but the catch-all of the settings, and a red mark."""
    urgency = urgency_of(case.severity, case.danger_level)
    excluded = dict.fromkeys(case.excluded, "named")
    lead = last_resort(tx, case.municipality, excluded)
    times = times_without_plan(urgency)
    return Settlement(
        plan_id=None,
        plan_version=0,
        rule=CATCH_ALL,
        tier=3,
        chain=CATCH_ALL,
        step=0,
        urgency=urgency,
        begun=(lead,) if lead else (),
        parts=(Part(lead, LEAD),) if lead else (),
        take_over_within=times.take_over_within,
        wait=times.repeat,
        response_steps=("clearing",),
        excluded=excluded,
        barred_roles=(),
        weak=True,
        red=red if lead else NOBODY_AT_ALL,
        explanation={"red": red, "values": explaining.values_of(case, urgency)},
    )


def times_without_plan(urgency: str) -> Times:
    """The times that hold where no plan says others."""
    return DEFAULT_TIMES.get(urgency, DEFAULT_TIMES["u2"])


def _by_plan(tx: Transaction, case: Case, compiled: CompiledPlan, decision: Decision) -> Settlement:
    excluded = decision.conflict.excluded
    parts, begun = decision.parts, decision.leads
    if decision.lead is None:
        lead = last_resort(tx, case.municipality, excluded)
        parts = ((Part(lead, LEAD), *parts)) if lead else parts
        begun = (lead,) if lead else ()
    rule = decision.verdict.leading
    held_until = _held_until(tx, case.municipality, compiled, decision)
    return Settlement(
        plan_id=compiled.id,
        plan_version=compiled.version,
        rule=rule.code,
        tier=rule.tier,
        chain=decision.chain,
        step=decision.step,
        urgency=decision.urgency,
        begun=begun,
        parts=parts,
        take_over_within=decision.take_over_within,
        wait=decision.wait,
        held_until=held_until,
        response_steps=decision.response_steps,
        excluded=excluded,
        barred_roles=tuple(sorted(decision.conflict.roles)),
        weak=decision.verdict.weak,
        red=decision.red,
        explanation=explaining.explain(decision, compiled),
        stand_in=decision.stand_in,
    )


def _held_until(
    tx: Transaction, municipality: str, compiled: CompiledPlan, decision: Decision
) -> datetime | None:
    """The next opening, where the chain lets this urgency wait and the offices are closed."""
    if decision.lead is None or not compiled.plan.chains[decision.chain].holds(decision.urgency):
        return None
    if is_crisis(tx, municipality):
        return None
    until = hold_until(compiled.plan.calendar, tx.now)
    return until if until > tx.now else None
