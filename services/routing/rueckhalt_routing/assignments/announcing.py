# SPDX-License-Identifier: EUPL-1.2
"""What routing says to the others, and to the webhook where there is one."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rueckhalt_routing.assignments.deciding import Part
from rueckhalt_routing.assignments.domain import Assignment
from rueckhalt_routing.webhook import handlers as webhook
from rueckhalt_shared.contracts import (
    Recipient,
    ResponsibilityAssigned,
    ResponsibilityCompleted,
    ResponsibilityEscalated,
    ResponsibilityLapsed,
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
) -> None:
    """Who is responsible now, and who signs, is asked and is told."""
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
        recipients=_recipients(parts),
        forms=forms,
        urgency=assignment.urgency,
        take_over_by=assignment.take_over_by,
        steps=steps,
        role=assignment.role,
        excluded=tuple(sorted(assignment.excluded)),
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
        recipients=_recipients(parts),
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
