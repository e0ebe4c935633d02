# SPDX-License-Identifier: EUPL-1.2
"""Events as the other services say them, with everything a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts.ids import person_id

TOWN = "160770999999"
NEIGHBOUR = "160770888888"
KREIS = "16077"
QUEUE = "reporting.collect-facts"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
E = TypeVar("E", bound=contracts.Event)
ANNA = person_id(TOWN, "anna.aydin")


def registered(subject: str = "incident-1", **changes: Any) -> contracts.IncidentRegistered:
    """A report as intake announces it."""
    given: dict[str, Any] = {
        "subject": subject,
        "municipality": TOWN,
        "version": 1,
        "registered_at": NOW,
        "forms": ("threat",),
        "channel": "email",
        "place": "office_front",
        "affected_groups": ("staff_front",),
        "relation": "citizen",
        "motives_perceived": (),
        "severity": 2,
        "unit": "buergeramt",
        "cluster": "publikum",
        "sender": "fachverfahren",
    }
    return contracts.IncidentRegistered(**given | changes)


def amended(subject: str = "incident-1", **changes: Any) -> contracts.IncidentAmended:
    """A correction, with the whole coded state."""
    event = registered(subject, **{"version": 2} | changes)
    return contracts.IncidentAmended(**vars(event), changed=tuple(changes))


def closed(subject: str = "incident-1", **changes: Any) -> contracts.IncidentClosed:
    """The end."""
    given = {"version": 3, "closed_at": NOW, "reason": "resolved", "feedback_given": True}
    return _said(contracts.IncidentClosed, subject, given | changes)


def assigned(subject: str = "incident-1", **changes: Any) -> contracts.ResponsibilityAssigned:
    """Routing has decided."""
    given: dict[str, Any] = {
        "version": 1,
        "assignment": "a1",
        "decision": "d1",
        "plan_version": 1,
        "rule": "R1",
        "tier": 2,
        "chain": "regel",
        "step": 1,
        "recipients": (contracts.Recipient(person=ANNA, part="lead"),),
        "forms": ("threat",),
        "urgency": "u2",
        "take_over_by": NOW + timedelta(hours=1),
    }
    return _said(contracts.ResponsibilityAssigned, subject, given | changes)


def escalated(subject: str = "incident-1", **changes: Any) -> contracts.ResponsibilityEscalated:
    """Nobody has taken over."""
    given: dict[str, Any] = {
        "version": 2,
        "assignment": "a1",
        "step": 2,
        "round": 1,
        "recipients": (contracts.Recipient(person=ANNA, part="lead"),),
        "urgency": "u3",
        "take_over_by": NOW + timedelta(hours=1),
        "cause": "nobody_took_over",
    }
    return _said(contracts.ResponsibilityEscalated, subject, given | changes)


def taken_over(subject: str = "incident-1", **changes: Any) -> contracts.ResponsibilityTakenOver:
    """Somebody has."""
    given: dict[str, Any] = {
        "version": 3,
        "assignment": "a1",
        "role": "ansprechstelle",
        "person": ANNA,
        "taken_over_at": NOW + timedelta(minutes=12),
        "follow_up_by": NOW + timedelta(days=1),
    }
    return _said(contracts.ResponsibilityTakenOver, subject, given | changes)


def changed(kind: type[E], subject: str = "incident-1", **changes: Any) -> E:
    """Lapsed, handed over or completed."""
    given: dict[str, Any] = {
        "version": 4,
        "assignment": "a1",
        "role": "ansprechstelle",
        "person": ANNA,
        "at": NOW,
    }
    return _said(kind, subject, given | changes)


def notice(kind: type[E], subject: str = "incident-1", **changes: Any) -> E:
    """Sent, delivered or failed."""
    given: dict[str, Any] = {"version": 1, "notice": "n1", "person": ANNA, "channel": "mail"}
    if kind is contracts.NoticeFailed:
        given |= {"failure": "contact_dead", "final": True, "contacts_left": 0}
    else:
        given |= {"level": 0, "at": NOW, "seconds": 1.5}
    return _said(kind, subject, given | changes)


def _said(kind: type[E], subject: str, fields: dict[str, Any]) -> E:
    return kind(**{"subject": subject, "municipality": TOWN} | fields)
