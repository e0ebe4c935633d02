# SPDX-License-Identifier: EUPL-1.2
"""A deadline comes near, or whoever reported has written: those who must mind it hear of it."""

from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from rueckhalt_routing.assignments import announcing, handlers
from rueckhalt_routing.assignments.domain import CLOSED, HELD, OPEN, TAKEN, Assignment
from rueckhalt_routing.assignments.rosters import roster_of
from rueckhalt_routing.assignments.staffing import Conflict, Staffing, Told
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.database import Transaction

_EVENING, BERLIN = time(18, 0), ZoneInfo("Europe/Berlin")


def remind_of_deadline(
    tx: Transaction, incident_id: str, roles: Collection[str], *, municipality: str, until: date
) -> None:
    """Remind whoever holds these roles, and whoever has taken over; never somebody in conflict.

    NotYet while the incident is not known here.
    """
    assignment = handlers.locked_for(tx, incident_id, municipality)
    if assignment.state == CLOSED:
        return
    due_at = datetime.combine(until, _EVENING, BERLIN)
    told: set[str] = set()
    if assignment.state == TAKEN and assignment.taken_by is not None:
        told.add(assignment.taken_by)
        role = assignment.taken_role or assignment.role
        announcing.deadline(tx, assignment, role, person=assignment.taken_by, due_at=due_at)
    for each in _holders(tx, assignment, roles):
        if each.member.id not in told:
            told.add(each.member.id)
            who = {each.member.kind: each.member.id}
            announcing.deadline(tx, assignment, each.role, **who, due_at=due_at)


def tell_of_message(tx: Transaction, incident_id: str, *, municipality: str, at: datetime) -> None:
    """Whoever has it or had it last, else whoever is asked now, hears that a message waits.

    Nobody in conflict hears of it. What is held nobody knows of yet: the message lies in the
    mailbox and is seen when it starts. NotYet while the incident is not known here.
    """
    assignment = handlers.locked_for(tx, incident_id, municipality)
    if assignment.state == HELD:
        return
    person = assignment.person if assignment.state == OPEN else assignment.taken_by
    partner = None if person else assignment.partner
    told = person or partner
    if told is None or told in assignment.excluded:
        return
    role = assignment.taken_role or assignment.role
    announcing.message(tx, assignment, role, person=person, partner=partner, at=at)


def _holders(tx: Transaction, assignment: Assignment, roles: Collection[str]) -> list[Told]:
    """Who holds each of these roles now; nobody where no plan can be read."""
    try:
        compiled = plans.live_plan(tx, assignment.municipality)
    except plans.PlanBroken:
        compiled = None
    if compiled is None:
        return []
    conflict = Conflict(excluded=assignment.excluded, roles=frozenset(assignment.barred_roles))
    staffing = Staffing(
        compiled=compiled,
        unit=assignment.unit,
        conflict=conflict,
        roster=roster_of(tx, compiled, assignment.municipality),
        at=int(tx.now.timestamp()),
        out=frozenset(assignment.out),
    )
    return [found for code in roles if (found := staffing.hearing(code)) is not None]
