# SPDX-License-Identifier: EUPL-1.2
"""What routing says to the others, and to the webhook where there is one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rueckhalt_routing.assignments.deciding import Part
from rueckhalt_routing.assignments.domain import HELD, Assignment, Offer
from rueckhalt_routing.assignments.participating import taking_part
from rueckhalt_routing.webhook import handlers as webhook
from rueckhalt_shared.contracts import (
    Recipient,
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityHandedOver,
    ResponsibilityLapsed,
    ResponsibilityOffered,
    ResponsibilityReminded,
    ResponsibilityTakenOver,
)
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.database import Transaction


def assigned(
    tx: Transaction,
    assignment: Assignment,
    parts: Sequence[Part],
    *,
    forms: tuple[str, ...],
    steps: tuple[str, ...],
    stand_in: str | None = None,
) -> None:
    """Who is responsible now, and who signs, is asked and is told: nobody yet while it is held."""
    event = ResponsibilityAssigned(
        subject=assignment.incident_id,
        municipality=assignment.municipality,
        mode=assignment.mode,
        assignment=assignment.id,
        decision=assignment.decision_id,
        plan_version=assignment.plan_version,
        rule=assignment.rule,
        tier=assignment.tier,
        chain=assignment.chain,
        step=assignment.step,
        recipients=_recipients(taking_part(tx, assignment, parts)),
        forms=forms,
        urgency=assignment.urgency,
        take_over_by=assignment.take_over_by,
        held_until=assignment.held_until if assignment.state == HELD else None,
        steps=steps,
        role=assignment.role,
        excluded=tuple(sorted(assignment.excluded)),
        stand_in=stand_in,
    )
    _call(tx, tx.publish(event), "responsibility.assigned", assignment)


def escalated(
    tx: Transaction, assignment: Assignment, parts: Sequence[Part], *, cause: str
) -> None:
    """Nobody took over in time, nobody can be reached, or somebody declined: who is next."""
    event = ResponsibilityEscalated(
        subject=assignment.incident_id,
        municipality=assignment.municipality,
        mode=assignment.mode,
        assignment=assignment.id,
        step=assignment.step,
        round=assignment.round,
        recipients=_recipients(taking_part(tx, assignment, parts)),
        urgency=assignment.urgency,
        take_over_by=assignment.take_over_by,
        cause=cause,
        role=assignment.role,
    )
    _call(tx, tx.publish(event), "responsibility.escalated", assignment)


def taken_over(tx: Transaction, assignment: Assignment) -> None:
    """Somebody has taken over."""
    tx.publish(
        ResponsibilityTakenOver(
            subject=assignment.incident_id,
            municipality=assignment.municipality,
            mode=assignment.mode,
            assignment=assignment.id,
            role=assignment.taken_role or "unknown",
            person=assignment.taken_by or "",
            taken_over_at=assignment.taken_over_at or tx.now,
            follow_up_by=assignment.follow_up_by or tx.now,
        )
    )


def lapsed(tx: Transaction, before: Assignment, *, next_due_at: datetime | None) -> None:
    """Whoever had taken over has it no longer."""
    tx.publish(
        ResponsibilityLapsed(
            subject=before.incident_id,
            municipality=before.municipality,
            mode=before.mode,
            assignment=before.id,
            role=before.taken_role or before.role,
            person=before.taken_by,
            at=tx.now,
            next_due_at=next_due_at,
        )
    )


def completed(tx: Transaction, assignment: Assignment) -> None:
    """Nothing is left to do."""
    tx.publish(
        ResponsibilityCompleted(
            subject=assignment.incident_id,
            municipality=assignment.municipality,
            mode=assignment.mode,
            assignment=assignment.id,
            role=assignment.taken_role or assignment.role,
            person=assignment.taken_by or assignment.person,
            partner=None if assignment.taken_by else assignment.partner,
            at=tx.now,
        )
    )


def offered(tx: Transaction, assignment: Assignment, to: Offer, *, giver: str) -> None:
    """Whoever has it asks somebody else to take it."""
    is_partner = to.kind == "partner"
    tx.publish(
        ResponsibilityOffered(
            subject=assignment.incident_id,
            municipality=assignment.municipality,
            mode=assignment.mode,
            assignment=assignment.id,
            role=to.role,
            person=None if is_partner else to.id,
            partner=to.id if is_partner else None,
            giver=giver,
            urgency=assignment.urgency,
            answer_by=to.until,
        )
    )


def handed_over(tx: Transaction, assignment: Assignment) -> None:
    """Whoever it was offered to has it now."""
    tx.publish(
        ResponsibilityHandedOver(
            subject=assignment.incident_id,
            municipality=assignment.municipality,
            mode=assignment.mode,
            assignment=assignment.id,
            role=assignment.taken_role or assignment.role,
            person=assignment.taken_by,
            partner=None if assignment.taken_by else assignment.partner,
            at=tx.now,
            next_due_at=assignment.follow_up_by,
        )
    )


def reminded(tx: Transaction, assignment: Assignment, reminder: str, *, due_at: datetime) -> None:
    """Whoever has it hears that something is due, or that nobody else takes it."""
    tx.publish(
        ResponsibilityReminded(
            subject=assignment.incident_id,
            municipality=assignment.municipality,
            mode=assignment.mode,
            assignment=assignment.id,
            role=assignment.taken_role or assignment.role,
            person=assignment.taken_by,
            partner=None if assignment.taken_by else assignment.partner,
            reminder=reminder,
            due_at=due_at,
        )
    )


def deadline(
    tx: Transaction,
    assignment: Assignment,
    role: str,
    *,
    due_at: datetime,
    person: str | None = None,
    partner: str | None = None,
) -> None:
    """Somebody hears that a deadline of the incident comes near: its day, nothing else."""
    _word(tx, assignment, role, person=person, partner=partner, reminder="deadline", due_at=due_at)


def message(
    tx: Transaction,
    assignment: Assignment,
    role: str,
    *,
    person: str | None,
    partner: str | None,
    at: datetime,
) -> None:
    """Somebody hears that whoever reported has written, and when."""
    _word(tx, assignment, role, person=person, partner=partner, reminder="message", due_at=at)


def _word(tx: Transaction, assignment: Assignment, role: str, **told: Any) -> None:
    tx.publish(
        ResponsibilityReminded(
            subject=assignment.incident_id,
            municipality=assignment.municipality,
            mode=assignment.mode,
            assignment=assignment.id,
            role=role,
            **told,
        )
    )


def _call(tx: Transaction, event_id: str, type: str, assignment: Assignment) -> None:
    told = {
        "assignment": assignment.id,
        "url": f"{tx.context.get('base_url', '')}/v1/assignments/{assignment.id}",
        "incident_id": assignment.incident_id,
        "municipality": assignment.municipality,
        "mode": assignment.mode,
        "urgency": assignment.urgency,
        "role": assignment.role,
        "person": assignment.person,
        "partner": assignment.partner,
        "step": assignment.step,
        "round": assignment.round,
        "take_over_by": spell_instant(assignment.take_over_by),
        "red": assignment.red,
    }
    webhook.enqueue(tx, event_id, type, told, mode=assignment.mode)


def _recipients(parts: Iterable[Part]) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(partner=part.told.member.id, part=part.part)
        if part.told.member.kind == "partner"
        else Recipient(person=part.told.member.id, part=part.part)
        for part in parts
    )
