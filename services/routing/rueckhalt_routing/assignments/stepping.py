# SPDX-License-Identifier: EUPL-1.2
"""Which step of a chain comes next, and whom it tells. Pure: same case, same people, same step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rueckhalt_routing.assignments.deciding import (
    first_step,
    step_after,
    wait_at,
    wakes_at,
)
from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_routing.assignments.staffing import Staffing, Told
from rueckhalt_routing.plan.compiled import CompiledPlan
from rueckhalt_routing.plan.domain import HOLDABLE, Step
from rueckhalt_routing.plan.opening import next_working_day

ROUNDS = 3
"""How often a whole chain runs before the emergency list is told in its place."""
EMERGENCY = "emergency"
_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Following:
    """The step that comes next."""

    step: int
    leads: tuple[Told, ...]
    wait: timedelta
    begins_anew: bool
    is_last: bool
    is_exhausted: bool = False
    keeps_told: bool = False
    """Does whoever knows count as knowing, although the chain begins anew?"""


def next_step(
    assignment: Assignment,
    decided: CompiledPlan,
    staffing: Staffing,
    *,
    now: datetime,
    anew: bool = False,
) -> Following:
    """The next step by the chain as decided and the people of today; `anew`: its first one."""
    steps = decided.plan.chains[assignment.chain].steps_at(assignment.urgency)
    last, told = len(steps) - 1, assignment.told
    since = int((assignment.stepped_at or now).timestamp())
    if not anew and assignment.round - assignment.rounds_from >= ROUNDS and _emergency(staffing):
        return _by_emergency_list(assignment, staffing, steps, now=now)
    found = (
        step_after(staffing, steps, step=min(assignment.step, last), told=told, since=since)
        if not anew
        else None
    )
    begins_anew = anew or (found is None and assignment.step >= last)
    if found is None:
        start = 0 if begins_anew else last
        step, leads, _ = first_step(staffing, steps, start=start, told=() if begins_anew else told)
    else:
        step, leads = found
    wait = wait_at(
        staffing,
        steps,
        decided.plan.times[assignment.urgency],
        step=step,
        told=(*(() if begins_anew else told), *(each.member.id for each in leads)),
        is_again=assignment.round + begins_anew > assignment.rounds_from,
    )
    following = Following(
        step=step, leads=leads, wait=wait, begins_anew=begins_anew, is_last=step == last
    )
    in_vain = assignment.round + begins_anew - assignment.rounds_from
    if anew or found is not None or in_vain < ROUNDS:
        return following
    if not _emergency(staffing):
        return replace(following, is_exhausted=True)
    return _by_emergency_list(assignment, staffing, steps, now=now)


def _by_emergency_list(
    assignment: Assignment, staffing: Staffing, steps: Sequence[Step], *, now: datetime
) -> Following:
    """Every quarter of an hour, or each working day; without such a list the chain goes on.

    Whoever of the chain is there at last and does not know yet hears with them, and at once.
    """
    last, told = len(steps) - 1, assignment.told
    since = int((assignment.stepped_at or now).timestamp())
    found = step_after(staffing, steps, step=last, told=told, since=since)
    people = {
        each.member.id: each for each in (*_emergency(staffing), *(found[1] if found else ()))
    }
    is_slow = assignment.urgency in HOLDABLE
    calendar = staffing.compiled.plan.calendar
    due = next_working_day(calendar, now) if is_slow else now + _AGAIN
    wakes = wakes_at(staffing, steps, told=(*told, *people), until=int(due.timestamp()))
    return Following(
        step=assignment.step,
        leads=tuple(people.values()),
        wait=due - now if wakes is None else timedelta(seconds=wakes - staffing.at),
        begins_anew=True,
        is_last=True,
        is_exhausted=True,
        keeps_told=True,
    )


def _emergency(staffing: Staffing) -> tuple[Told, ...]:
    """Who declined is asked again only when nobody else of the list is left."""
    compiled = staffing.compiled
    people = [compiled.members[key] for key in compiled.plan.emergency]
    allowed = [each for each in people if each.id not in staffing.conflict.excluded]
    willing = [each for each in allowed if each.id not in staffing.out]
    return tuple(
        Told(each, compiled.role_of(each.id) or "unknown", EMERGENCY) for each in willing or allowed
    )
