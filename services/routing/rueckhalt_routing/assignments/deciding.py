# SPDX-License-Identifier: EUPL-1.2
"""Which rules hold for a case, and who is told what part. Pure: same case, same answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rueckhalt_routing.assignments.cases import Case, answers, cells
from rueckhalt_routing.assignments.staffing import (
    LAST_RESORT,
    Conflict,
    PassedOver,
    Staffing,
    Told,
    conflict_of,
)
from rueckhalt_routing.duty.roster import Roster
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.plan.domain import Outcome, Rule, Step, Times
from rueckhalt_routing.proof.table import indices

LEAD, SIGNS, ASKED, TOLD = "lead", "signs", "asked", "told"
NO_PLAN, PLAN_BROKEN, DECISION_FAILED = "no_plan", "plan_broken", "decision_failed"
EVENT_FAILED = "event_failed"
NOBODY_LEFT, NOBODY_AT_ALL = "nobody_left", "nobody_at_all"
_CATCH_ALL_TIER = 3


class NoRule(Exception):
    """No rule of the plan matches: a gap that a checked plan cannot have."""


@dataclass(frozen=True)
class Part:
    """One recipient with the part they play."""

    told: Told
    part: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the table says about a case, before any person is looked at."""

    values: dict[str, tuple[str, ...]]
    winner: Rule
    others: tuple[Rule, ...]
    immediate: tuple[Rule, ...]
    matched: tuple[str, ...]
    cells: int

    @property
    def leading(self) -> Rule:
        """The rule whose chain runs: an immediate rule with a chain goes first."""
        return next((rule for rule in self.immediate if rule.outcome.chain), self.winner)

    @property
    def weak(self) -> bool:
        """Is nothing but the catch-all rule behind this decision?"""
        return self.leading.tier == _CATCH_ALL_TIER

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome that adds people or steps, the leading one first."""
        rules = (self.leading, *self.immediate, self.winner)
        return tuple({rule.code: rule.outcome for rule in rules}.values())


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Who is responsible for a case, by which rule, from which step on, and why."""

    verdict: Verdict
    conflict: Conflict
    urgency: str
    chain: str
    step: int
    leads: tuple[Told, ...]
    """Everybody the first step of the chain tells; the first of them leads."""
    parts: tuple[Part, ...]
    suggested: tuple[Told, ...]
    take_over_within: timedelta
    talk_within: timedelta
    wait: timedelta
    response_steps: tuple[str, ...]
    skipped: tuple[int, ...]
    passed: tuple[PassedOver, ...]
    """Whose turn it was and who was not there, in the steps up to this one."""
    red: str | None
    stand_in: str | None
    """The role that is asked next if nobody of these takes over; none after the last step."""

    @property
    def lead(self) -> Told | None:
        """The one who leads now; none only if everybody of the plan is in conflict."""
        return next((part.told for part in self.parts if part.part == LEAD), None)


def judge(case: Case, compiled: CompiledPlan, *, is_crisis: bool = False) -> Verdict:
    """Evaluate every combination of forms and groups; the lowest tier and position leads."""
    calendar = compiled.plan.calendar
    if is_crisis and not calendar.crisis:
        calendar = replace(calendar, crisis=True)
    values = answers(case, compiled.dimensions, calendar)
    winners: dict[int, tuple[int, ...]] = {}
    count = 0
    for cell in cells(values, compiled.dimensions):
        count += 1
        index = compiled.table.decide(cell)
        if index is None:
            raise NoRule(" ".join(f"{name}={'+'.join(v)}" for name, v in values.items()))
        winners.setdefault(index, cell)
    first = min(winners)
    sets = [[d.positions[v] for v in values[d.name]] for d in compiled.dimensions]
    immediate = indices(compiled.immediate_table.touching(sets))
    return Verdict(
        values=values,
        winner=compiled.rules[first],
        others=tuple(compiled.rules[index] for index in sorted(winners) if index != first),
        immediate=tuple(compiled.immediate[index] for index in immediate),
        matched=tuple(
            compiled.rules[i].code for i in indices(compiled.table.matching(winners[first]))
        ),
        cells=count,
    )


def decide(
    case: Case,
    compiled: CompiledPlan,
    *,
    roster: Roster | None = None,
    at: datetime | None = None,
) -> Decision:
    """The whole decision, with the people of this instant (that of the report if none is given).

    The lead is nobody only if the plan has no person left.
    """
    roster = roster or compiled.roster
    registered = int(case.registered_at.timestamp())
    is_crisis = case.in_crisis or roster.is_crisis(registered)
    verdict = judge(case, compiled, is_crisis=is_crisis)
    conflict = conflict_of(case, compiled)
    staffing = Staffing(
        compiled=compiled,
        unit=case.unit,
        conflict=conflict,
        roster=roster,
        at=int(at.timestamp()) if at is not None else registered,
    )
    urgency = verdict.values["urgency"][0]
    chain = verdict.leading.outcome.chain or ""
    steps = compiled.plan.chains[chain].steps_at(urgency)
    step, leads, skipped = first_step(staffing, steps, start=0, told=())
    parts, suggested = _parts(verdict, staffing, leads)
    times = compiled.plan.times[urgency]
    within = verdict.leading.outcome.take_over_within or times.take_over_within
    return Decision(
        verdict=verdict,
        conflict=conflict,
        urgency=urgency,
        chain=chain,
        step=step,
        leads=leads,
        parts=parts,
        suggested=suggested,
        take_over_within=within,
        talk_within=times.talk_within,
        wait=wait_at(staffing, steps, times, step=step, told=[t.member.id for t in leads]),
        response_steps=tuple(dict.fromkeys(s for o in verdict.outcomes for s in o.steps)),
        skipped=skipped,
        passed=tuple(p for each in steps[: step + 1] for p in staffing.passed_over(each)),
        red=_red(leads),
        stand_in=_stand_in(staffing, steps, step=step, leads=leads),
    )


def first_step(
    staffing: Staffing, steps: Sequence[Step], *, start: int, told: Iterable[str]
) -> tuple[int, tuple[Told, ...], tuple[int, ...]]:
    """The first step from `start` on that tells somebody new, and the steps that were empty.

    Ends at the catch-all step at the latest, which tells nobody only if nobody is left.
    """
    for position in range(min(start, len(steps) - 1), len(steps)):
        found = staffing.of_step(steps[position], told)
        if found:
            return position, found, tuple(range(start, position))
    return len(steps) - 1, (), tuple(range(start, len(steps)))


def step_after(
    staffing: Staffing, steps: Sequence[Step], *, step: int, told: Iterable[str], since: int
) -> tuple[int, tuple[Told, ...]] | None:
    """The next step that tells somebody new while nobody answers: further on, else from the start.

    After the catch-all step it is whoever was not there when it was taken (`since`) and is now.
    None: everybody who is there knows.
    """
    told, last = tuple(told), len(steps) - 1
    for position in range(step + 1, last):
        if found := staffing.of_step(steps[position], told):
            return position, found
    catch_all = staffing.fresh_catch_all(told, since=since if step >= last else None)
    if catch_all is not None and step < last:
        return last, (catch_all,)
    for position in range(min(step + 1, last)):
        if found := staffing.of_step(steps[position], told):
            return position, found
    return (last, (catch_all,)) if catch_all is not None else None


def wakes_at(
    staffing: Staffing, steps: Sequence[Step], *, told: Iterable[str], until: int
) -> int | None:
    """The first instant before `until` at which somebody new is there who is not there now."""
    told, now = tuple(told), staffing.at
    here = step_after(staffing, steps, step=len(steps) - 1, told=told, since=now)
    if here is not None:
        return None
    for instant in staffing.roster.changes_between(now, until):
        later = staffing.later(instant)
        if step_after(later, steps, step=len(steps) - 1, told=told, since=now):
            return instant
    return None


def wait_at(
    staffing: Staffing,
    steps: Sequence[Step],
    times: Times,
    *,
    step: int,
    told: Iterable[str],
    is_again: bool = False,
) -> timedelta:
    """How long this step waits, its people told now.

    After the catch-all, and in every later round, only until somebody is there who does not know.
    """
    wait = wait_after(steps, times, step)
    if not is_again and step < len(steps) - 1:
        return wait
    until = staffing.at + int(wait.total_seconds())
    wakes = wakes_at(staffing, steps, told=told, until=until)
    return wait if wakes is None else timedelta(seconds=wakes - staffing.at)


def wait_after(steps: Sequence[Step], times: Times, step: int) -> timedelta:
    """How long a step may stay without answer; after the last one the chain begins anew."""
    if step >= len(steps) - 1:
        return times.repeat
    return steps[step].wait or times.wait(step)


def _stand_in(
    staffing: Staffing, steps: Sequence[Step], *, step: int, leads: Sequence[Told]
) -> str | None:
    told = [each.member.id for each in leads]
    following = step_after(staffing, steps, step=step, told=told, since=staffing.at)
    return following[1][0].role if following is not None and step < len(steps) - 1 else None


def _red(leads: tuple[Told, ...]) -> str | None:
    if not leads:
        return NOBODY_AT_ALL
    return NOBODY_LEFT if leads[0].because == LAST_RESORT else None


def _parts(
    verdict: Verdict, staffing: Staffing, leads: tuple[Told, ...]
) -> tuple[tuple[Part, ...], tuple[Told, ...]]:
    """Everybody told, each once in the strongest part; partners only with consent."""
    wanted = [(told, LEAD if place == 0 else ASKED, True) for place, told in enumerate(leads)]
    consented = {code for outcome in verdict.outcomes for code in outcome.without_consent}
    for part, codes in _roles_by_part(verdict, staffing):
        for code in codes:
            told = staffing.hearing(code)
            if told is not None:
                wanted.append((told, part, code in consented))
    parts: dict[str, Part] = {}
    suggested: dict[str, Told] = {}
    for told, part, allowed in wanted:
        if told.member.kind == "person" or allowed:
            parts.setdefault(told.member.id, Part(told, part))
        else:
            suggested.setdefault(told.member.id, told)
    return tuple(parts.values()), tuple(t for id, t in suggested.items() if id not in parts)


def _roles_by_part(verdict: Verdict, staffing: Staffing) -> Iterable[tuple[str, list[str]]]:
    outcomes = verdict.outcomes
    yield SIGNS, [code for outcome in outcomes for code in outcome.signs]
    second = [rule for rule in (verdict.winner, *verdict.others) if rule is not verdict.leading]
    yield ASKED, [code for rule in second for code in _lead_roles(rule, staffing)]
    yield ASKED, [code for outcome in outcomes for code in outcome.asked]
    yield TOLD, [code for outcome in outcomes for code in outcome.told]


def _lead_roles(rule: Rule, staffing: Staffing) -> list[str]:
    """The roles that would lead by a rule which does not: they are asked."""
    chain = staffing.compiled.plan.chains[rule.outcome.chain or ""]
    return [target.key for target in chain.steps[0].targets if target.kind == "role"]
