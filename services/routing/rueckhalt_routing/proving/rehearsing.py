# SPDX-License-Identifier: EUPL-1.2
"""Scenarios run through the engine's own steps, without a database: who hears when, as expected?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import Decision, decide
from rueckhalt_routing.assignments.domain import OPEN, Assignment, refuse
from rueckhalt_routing.assignments.staffing import Conflict, Staffing, Told
from rueckhalt_routing.assignments.stepping import next_step
from rueckhalt_routing.duty.roster import Roster
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.opening import hold_until
from rueckhalt_routing.proving.scenarios import SCENARIO, Expected, Scenario, scenarios_in
from rueckhalt_routing.proving.told import lasting

_MOST_TOLD = 60
_LONGEST = timedelta(days=60)


@dataclass
class Course:
    """What came of a scenario; minutes after the report."""

    rule: str
    chain: str
    starts: datetime
    reported: datetime
    told: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    beside: frozenset[str] = frozenset()
    """Who signs, is asked or is told beside the chain."""
    taken: tuple[str, int] | None = None

    def at(self, minutes: int) -> set[str]:
        """Whom the chain tells at a minute."""
        return {key for when, people in self.told if when == minutes for key in people}


def is_scenario(text: str) -> bool:
    """Does a file hold scenarios, not a table of cases?"""
    lines = (line.partition("#")[0].strip() for line in text.removeprefix("\ufeff").splitlines())
    first = next((line for line in lines if line), "")
    return first.partition(":")[0].strip().lower() in SCENARIO


def rehearsed(
    text: str, plan: Plan, *, now: datetime, language: str
) -> tuple[dict[str, Any], list[str]]:
    """Figures for `--json`, and lines for people. Raises BadScenario."""
    compiled = compile_plan(plan, id="scenario", version=0)
    rows: list[dict[str, Any]] = []
    words: list[str] = []
    for each in scenarios_in(text, plan, now):
        course = run(each, compiled)
        faults = [told for expected in each.expected if (told := _fault(expected, course))]
        rows.append(_row(each, course, faults))
        words += _lines(each, course, faults, language)
    failed = sum(not row["holds"] for row in rows)
    german = language == "de"
    words.append(
        f"{len(rows)} Szenarien, {failed} anders als erwartet"
        if german
        else f"{len(rows)} scenarios, {failed} not as expected"
    )
    return {"scenarios": len(rows), "failed": failed, "results": rows}, words


def run(scenario: Scenario, compiled: CompiledPlan) -> Course:
    """Let the chain run as the engine does, with these people and what they do."""
    if scenario.case is None:
        raise ValueError("a scenario without a report")
    roster = Roster(compiled.plan, compiled.days, scenario.facts)
    members = (compiled.members.get(key) for key in scenario.case.excluded)
    case = replace(scenario.case, excluded=frozenset(each.id for each in members if each))
    case, starts = _begun(case, compiled, roster)
    decision = decide(case, compiled, roster=roster, at=starts)
    course = Course(
        rule=decision.verdict.leading.code,
        chain=decision.chain,
        starts=starts,
        reported=case.registered_at,
        beside=frozenset(part.told.member.key for part in decision.parts),
    )
    rehearsal = _Run(scenario, compiled, roster, course, decision.conflict)
    rehearsal.run(_assigned(case, decision, starts), decision)
    return course


def _begun(case: Case, compiled: CompiledPlan, roster: Roster) -> tuple[Case, datetime]:
    """When the chain starts: a slow case waits, until a crisis begins at the latest."""
    at = case.registered_at
    found = decide(case, compiled, roster=roster)
    holds = compiled.plan.chains[found.chain].holds(found.urgency)
    if not holds or roster.is_crisis(int(at.timestamp())):
        return case, at
    until = hold_until(compiled.plan.calendar, at)
    crises = [each.start for each in roster.facts.crises if at < each.start < until]
    return (replace(case, in_crisis=True), min(crises)) if crises else (case, until)


def _assigned(case: Case, decision: Decision, starts: datetime) -> Assignment:
    lead = decision.lead
    return Assignment(
        id="scenario",
        municipality=case.municipality,
        incident_id="scenario",
        incident_version=1,
        mode="live",
        state=OPEN,
        urgency=decision.urgency,
        unit=case.unit,
        decision_id="scenario",
        plan_id=None,
        plan_version=0,
        rule=decision.verdict.leading.code,
        tier=decision.verdict.leading.tier,
        chain=decision.chain,
        step=decision.step,
        round=0,
        role=lead.role if lead else "unknown",
        person=lead.member.id if lead else None,
        partner=None,
        told=tuple(told.member.id for told in decision.leads),
        excluded=decision.conflict.excluded,
        barred_roles=tuple(decision.conflict.roles),
        assigned_at=starts,
        take_over_by=starts,
        next_due_at=starts + decision.wait,
        stepped_at=starts,
    )


@dataclass
class _Run:
    scenario: Scenario
    compiled: CompiledPlan
    roster: Roster
    course: Course
    conflict: Conflict
    taking: dict[str, datetime] = field(default_factory=dict)

    def run(self, assignment: Assignment, decision: Decision) -> None:
        """Until somebody takes over, or for long enough."""
        at, due = self.course.starts, self.course.starts + decision.wait
        leads = decision.leads
        while True:
            assignment, is_next = self._tell(assignment, leads, at)
            taker = min(self.taking, key=lambda key: self.taking[key], default=None)
            following_at = at if is_next else due
            if taker is not None and self.taking[taker] <= following_at:
                self.course.taken = taker, self._minutes(self.taking[taker])
                return
            at = following_at
            if len(self.course.told) >= _MOST_TOLD or at - self.course.starts > _LONGEST:
                return
            assignment, leads, due = self._next(assignment, at)

    def _tell(
        self, assignment: Assignment, leads: tuple[Told, ...], at: datetime
    ) -> tuple[Assignment, bool]:
        """They hear. Is whoever leads not reached, or do they decline? Then it goes on at once."""
        keys = tuple(told.member.key for told in leads)
        self.course.told.append((self._minutes(at), keys))
        for key in keys:
            if key in self.scenario.taking and key not in self.taking:
                self.taking[key] = at + timedelta(minutes=self.scenario.taking[key])
        declined = [told for told in leads if told.member.key in self.scenario.declining]
        for told in declined:
            assignment = refuse(assignment, told.member.id)
        if not leads:
            return assignment, False
        if leads[0] in declined:
            return assignment, True
        bounces = leads[0].member.key in self.scenario.unanswered
        following = next_step(assignment, self.compiled, self._staffing(assignment, at), now=at)
        return assignment, bounces and not following.begins_anew

    def _next(
        self, assignment: Assignment, at: datetime
    ) -> tuple[Assignment, tuple[Told, ...], datetime]:
        following = next_step(assignment, self.compiled, self._staffing(assignment, at), now=at)
        keeps = not following.begins_anew or following.keeps_told
        told = (*(assignment.told if keeps else ()), *(t.member.id for t in following.leads))
        moved = replace(
            assignment,
            step=following.step,
            round=assignment.round + following.begins_anew,
            told=tuple(dict.fromkeys(told)),
            stepped_at=at,
        )
        return moved, following.leads, at + following.wait

    def _staffing(self, assignment: Assignment, at: datetime) -> Staffing:
        return Staffing(
            compiled=self.compiled,
            unit=assignment.unit,
            conflict=self.conflict,
            roster=self.roster,
            at=int(at.timestamp()),
            out=frozenset(assignment.out),
        )

    def _minutes(self, at: datetime) -> int:
        return int((at - self.course.reported).total_seconds() // 60)


def _fault(expected: Expected, course: Course) -> str | None:
    """What was instead; none if it was as expected."""
    chain = {key for _, people in course.told for key in people}
    wanted = set(expected.what)
    held = course.starts.isoformat() if course.starts > course.reported else "-"
    found: dict[str, tuple[bool, str]] = {
        "rule": (wanted == {course.rule}, course.rule),
        "chain": (wanted == {course.chain}, course.chain),
        "held": (wanted == {held}, held),
        "never": (not wanted & (chain | course.beside), _list(wanted & (chain | course.beside))),
        "only": (wanted == chain, _list(chain)),
        "told": (wanted == course.at(expected.minutes), _list(course.at(expected.minutes))),
        "taken": (course.taken == (*expected.what, expected.minutes), _taken(course)),
    }
    holds, was = found[expected.kind]
    return None if holds else f"Zeile {expected.line}: {_list(wanted)} ≠ {was}"


def _taken(course: Course) -> str:
    return f"{course.taken[0]} ({course.taken[1]} min)" if course.taken else "-"


def _list(keys: set[str]) -> str:
    return ", ".join(sorted(keys)) or "-"


def _row(scenario: Scenario, course: Course, faults: list[str]) -> dict[str, Any]:
    return {
        "title": scenario.title,
        "line": scenario.line,
        "holds": not faults,
        "faults": faults,
        "rule": course.rule,
        "chain": course.chain,
        "starts": course.starts.isoformat(),
        "told": [{"minutes": minutes, "people": list(people)} for minutes, people in course.told],
        "taken": list(course.taken) if course.taken else None,
    }


def _lines(scenario: Scenario, course: Course, faults: list[str], language: str) -> Iterator[str]:
    german = language == "de"
    yield f"{'✗' if faults else '✓'} {scenario.title} ({course.rule} → {course.chain})"
    if not faults:
        return
    for fault in faults:
        yield f"    {fault if german else fault.replace('Zeile', 'line', 1)}"
    for minutes, people in course.told[:12]:
        yield f"    {lasting(minutes * 60)}: {', '.join(people) or '-'}"
    if course.taken:
        yield f"    {'übernommen' if german else 'taken'}: {_taken(course)}"
