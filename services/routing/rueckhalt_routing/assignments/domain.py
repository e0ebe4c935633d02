# SPDX-License-Identifier: EUPL-1.2
"""An assignment: who is responsible for one incident, and what may become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

HELD, OPEN, TAKEN, OFFERED, CLOSED = "held", "open", "taken", "offered", "closed"
STATES = (OPEN, HELD, TAKEN, OFFERED, CLOSED)
NOT_MINE, IN_CONFLICT, AWAY, OTHER = "not_mine", "in_conflict", "away", "other"
REASONS = (NOT_MINE, IN_CONFLICT, AWAY, OTHER)
"""Why somebody says that they are not responsible."""
DECLARED = "declared"
"""The cause of an exclusion that somebody has asked for themselves."""
WAITING = (OPEN, HELD)
"""Nobody has taken over yet."""
KEPT = (TAKEN, OFFERED)
"""Somebody has it; whoever offers it to another keeps it until they accept."""


class UnknownAssignment(Exception):
    """There is no such assignment, or not within your reach."""


class TakenByAnother(Exception):
    """Somebody else has taken over this incident."""


class AlreadyClosed(Exception):
    """This incident is closed; nothing is left to take over."""


class NotTaken(Exception):
    """Nobody has taken over this incident, so nothing can be handed back."""


class NotOffered(Exception):
    """This incident is not offered, or not to you."""


class ChangedMeanwhile(Exception):
    """Somebody has changed this assignment since you looked at it."""


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
    rounds_from: int = 0
    """The round in which the chain was started for the last time."""
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
    held_until: datetime | None = None
    stepped_at: datetime | None = None
    """Since when the wait that ends at `next_due_at` runs."""
    offered_to: str | None = None
    offered_kind: str | None = None  # person | partner
    offered_role: str | None = None
    offer_until: datetime | None = None
    version: int = 1

    @property
    def lead(self) -> str | None:
        """The id of the person or partner who leads now."""
        return self.taken_by or self.person or self.partner

    @property
    def is_kept(self) -> bool:
        """Does somebody have it now, also while they offer it to another?"""
        return self.state in KEPT

    def is_about(self, recipient: str | None) -> bool:
        """Is this the one from whom an answer is awaited now?"""
        return recipient is not None and recipient in (self.person, self.partner)


def take_over(
    assignment: Assignment, person: str, *, role: str, now: datetime, follow_up_by: datetime
) -> Assignment:
    """Somebody has taken over. Again by the same person changes nothing."""
    if assignment.state == CLOSED:
        raise AlreadyClosed
    if assignment.is_kept:
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
        stepped_at=now,
        red=None,
        version=assignment.version + 1,
    )


def move_on(assignment: Assignment, *, now: datetime, follow_up_by: datetime) -> Assignment:
    """Whoever has it is at work on it: the next look is due later, never earlier."""
    if not assignment.is_kept:
        raise NotTaken
    by = max(follow_up_by, assignment.follow_up_by or follow_up_by)
    due = assignment.offer_until if assignment.state == OFFERED else by
    return move(assignment, follow_up_by=by, next_due_at=due, stepped_at=now)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """To whom, in which role, until when an answer is awaited."""

    id: str
    kind: str
    role: str
    until: datetime


def offer(assignment: Assignment, to: Offer, *, now: datetime) -> Assignment:
    """Whoever has it offers it to somebody else, and keeps it until they accept."""
    if assignment.state == CLOSED:
        raise AlreadyClosed
    if assignment.taken_by is None or not assignment.is_kept:
        raise NotTaken
    return move(
        assignment,
        state=OFFERED,
        offered_to=to.id,
        offered_kind=to.kind,
        offered_role=to.role,
        offer_until=to.until,
        next_due_at=to.until,
        stepped_at=now,
    )


def withdraw(assignment: Assignment) -> Assignment:
    """The offer is over without acceptance: the giver has it as before."""
    if assignment.state != OFFERED:
        raise NotOffered
    return move(assignment, state=TAKEN, next_due_at=assignment.follow_up_by, **_NO_OFFER)


def accept(assignment: Assignment, *, now: datetime, follow_up_by: datetime) -> Assignment:
    """Whoever it was offered to has it now."""
    if assignment.state != OFFERED or assignment.offered_to is None:
        raise NotOffered
    by_partner = assignment.offered_kind == "partner"
    to, role = assignment.offered_to, assignment.offered_role
    lead = {"person": None, "partner": to, "role": role} if by_partner else {}
    return move(
        assignment,
        state=TAKEN,
        **lead,
        taken_by=None if by_partner else to,
        taken_role=role,
        taken_over_at=now,
        follow_up_by=follow_up_by,
        next_due_at=follow_up_by,
        stepped_at=now,
        told=assignment.told if to in assignment.told else (*assignment.told, to),
        **_NO_OFFER,
    )


_NO_OFFER: dict[str, Any] = dict.fromkeys(
    ("offered_to", "offered_kind", "offered_role", "offer_until")
)
_NOT_TAKEN: dict[str, Any] = _NO_OFFER | dict.fromkeys(
    ("taken_by", "taken_role", "taken_over_at", "follow_up_by")
)


def reopen(assignment: Assignment, **changes: Any) -> Assignment:
    """Nobody has it any more; an offer is void."""
    return move(assignment, **{"state": OPEN, **_NOT_TAKEN, **changes})


def refuse(assignment: Assignment, person: str) -> Assignment:
    """The person is out of this chain, whatever comes."""
    if person in assignment.out:
        return assignment
    return replace(assignment, out=(*assignment.out, person))


def may_act(assignment: Assignment, person: str | None) -> bool:
    """Has this person it? What a partner has, whoever was told in the house notes for them."""
    if not assignment.is_kept:
        return False
    if person is None or assignment.taken_by == person:
        return True
    return assignment.taken_by is None and person in assignment.told


def declare_conflict(assignment: Assignment, person: str) -> Assignment:
    """Somebody is in conflict by their own word: they hear and see no more of it."""
    return replace(assignment, excluded={**assignment.excluded, person: DECLARED})


def hand_back(assignment: Assignment) -> Assignment:
    """The taker gives it back: open again, and the taker is out of this chain."""
    if assignment.state == CLOSED:
        raise AlreadyClosed
    if assignment.taken_by is None:
        raise NotTaken
    return reopen(refuse(assignment, assignment.taken_by))


def move(assignment: Assignment, **changes: Any) -> Assignment:
    """The next step of the chain, or a new decision."""
    return replace(assignment, version=assignment.version + 1, **changes)


def mark_red(assignment: Assignment, reason: str) -> Assignment:
    """Something is wrong and must be seen; nothing else changes."""
    return replace(assignment, red=reason, version=assignment.version + 1)


def close(assignment: Assignment, *, now: datetime) -> Assignment:
    """The incident is closed: nothing falls due any more."""
    return replace(
        assignment,
        state=CLOSED,
        closed_at=now,
        next_due_at=None,
        version=assignment.version + 1,
        **_NO_OFFER,
    )
