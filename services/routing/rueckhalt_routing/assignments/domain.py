# SPDX-License-Identifier: EUPL-1.2
"""An assignment: who is responsible for one incident, and what may become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

OPEN, TAKEN, CLOSED = "open", "taken", "closed"
STATES = (OPEN, TAKEN, CLOSED)


class UnknownAssignment(Exception):
    """There is no such assignment, or not within your reach."""


class TakenByAnother(Exception):
    """Somebody else has taken over this incident."""


class AlreadyClosed(Exception):
    """This incident is closed; nothing is left to take over."""


class NotTaken(Exception):
    """Nobody has taken over this incident, so nothing can be handed back."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Which assignments a caller may know of; everything else does not exist for them.

    A machine sees its municipalities' assignments. A signed-in person never sees one that is in
    conflict with them, and only those they have been told of, unless they audit the plan. An
    account that is nobody of the plan sees none: who is in conflict could not be told.
    """

    municipalities: tuple[str, ...] | None  # regional keys, also short ones; None is everywhere
    mode: str | None = None
    is_person: bool = False
    person: str | None = None
    audits: bool = False


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """The one live assignment of an incident."""

    id: str
    municipality: str
    incident_id: str
    incident_version: int
    mode: str
    state: str
    urgency: str
    unit: str
    decision_id: str
    plan_id: str | None
    plan_version: int
    rule: str
    tier: int
    chain: str
    step: int
    round: int
    role: str
    person: str | None
    partner: str | None
    told: tuple[str, ...] = ()
    out: tuple[str, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)
    barred_roles: tuple[str, ...] = ()
    weak: bool = False
    red: str | None = None
    assigned_at: datetime
    take_over_by: datetime
    next_due_at: datetime | None
    taken_by: str | None = None
    taken_role: str | None = None
    taken_over_at: datetime | None = None
    follow_up_by: datetime | None = None
    closed_at: datetime | None = None
    version: int = 1

    @property
    def lead(self) -> str | None:
        """The id of the person or partner who leads now."""
        return self.taken_by or self.person or self.partner

    def is_about(self, recipient: str | None) -> bool:
        """Is this the one from whom an answer is awaited now?"""
        return recipient is not None and recipient in (self.person, self.partner)


def take_over(
    assignment: Assignment, person: str, *, role: str, now: datetime, follow_up_by: datetime
) -> Assignment:
    """Somebody has taken over. Again by the same person changes nothing."""
    if assignment.state == CLOSED:
        raise AlreadyClosed
    if assignment.state == TAKEN:
        if assignment.taken_by == person:
            return assignment
        raise TakenByAnother
    return replace(
        assignment,
        state=TAKEN,
        taken_by=person,
        taken_role=role,
        taken_over_at=now,
        follow_up_by=follow_up_by,
        next_due_at=follow_up_by,
        red=None,
        version=assignment.version + 1,
    )


def refuse(assignment: Assignment, person: str) -> Assignment:
    """The person is out of this chain, whatever comes."""
    if person in assignment.out:
        return assignment
    return replace(assignment, out=(*assignment.out, person))


def hand_back(assignment: Assignment) -> Assignment:
    """The taker gives it back: open again, and the taker is out of this chain."""
    if assignment.state == CLOSED:
        raise AlreadyClosed
    if assignment.taken_by is None:
        raise NotTaken
    return replace(
        refuse(assignment, assignment.taken_by),
        state=OPEN,
        taken_by=None,
        taken_role=None,
        taken_over_at=None,
        follow_up_by=None,
        version=assignment.version + 1,
    )


def move(assignment: Assignment, **changes: Any) -> Assignment:
    """The next step of the chain, or a new decision."""
    return replace(assignment, version=assignment.version + 1, **changes)


def mark_red(assignment: Assignment, reason: str) -> Assignment:
    """Something is wrong and must be seen; nothing else changes."""
    return replace(assignment, red=reason, version=assignment.version + 1)


def close(assignment: Assignment, *, now: datetime) -> Assignment:
    """The incident is closed: nothing falls due any more."""
    return replace(
        assignment, state=CLOSED, closed_at=now, next_due_at=None, version=assignment.version + 1
    )
