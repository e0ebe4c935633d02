# SPDX-License-Identifier: EUPL-1.2
"""One fictional event of every type, with every field filled; the golden files hold them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event, Recipient, Statement

TOWN = "160770999999"
NOON = datetime(2026, 11, 22, 12, 0, 0, 412000, tzinfo=UTC)
INCIDENT = "01930000-0000-7000-8000-000000000001"
ASSIGNMENT = "01930000-0000-7000-8000-000000000002"
DECISION = "01930000-0000-7000-8000-000000000003"
NOTICE = "01930000-0000-7000-8000-000000000004"
ORDER = "01930000-0000-7000-8000-000000000005"
PLAN = "01930000-0000-7000-8000-000000000006"
ANNA = contracts.ids.person_id(TOWN, "anna.aydin")
LARS = contracts.ids.person_id(TOWN, "lars.lind")
POLICE = contracts.ids.partner_id(TOWN, "polizei.musterstadt")
HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

_RECIPIENTS = (
    Recipient(person=ANNA, part="lead"),
    Recipient(person=LARS, part="signs"),
    Recipient(partner=POLICE, part="asked"),
    Recipient(person=LARS, part="told"),
)
_FACTS: dict[str, Any] = {
    "registered_at": NOON,
    "occurred_on": date(2026, 11, 21),
    "forms": ("threat", "insult"),
    "channel": "email",
    "place": "office_front",
    "affected_groups": ("staff_front", "family"),
    "relation": "citizen",
    "motives_perceived": ("rassistisch", "keine_erkennbar"),
    "severity": 2,
    "severity_derived": True,
    "danger_level": "high",
    "danger": ("concrete_threat", "escalating"),
    "wishes": ("contact", "exclude_supervisor"),
    "unit": "buergeramt",
    "cluster": "buergerdienste",
    "reporter_role": "affected",
    "reporter_kind": "person",
    "sender": "form",
    "excluded": (LARS,),
    "exclude_supervisor": True,
    "imported": False,
}
_CHANGE: dict[str, Any] = {
    "assignment": ASSIGNMENT,
    "role": "ansprechstelle",
    "person": ANNA,
    "at": NOON,
    "next_due_at": NOON + timedelta(days=3),
}
_PLAN: dict[str, Any] = {
    "plan_version": 12,
    "valid_until": NOON + timedelta(days=400),
    "cells_weak": 1908960,
    "cells_none": 0,
    "by_urgency": {"u3": 10, "u2": 120, "unknown": 120},
}
_GAP: dict[str, Any] = {
    "kind": "time",
    "from_at": NOON,
    "until_at": NOON + timedelta(hours=9),
    "owner": ANNA,
    "recipients": _RECIPIENTS[:1],
}
_PASSED: dict[str, Any] = {
    "notice": NOTICE,
    "assignment": ASSIGNMENT,
    "person": ANNA,
    "channel": "mail",
    "level": 0,
    "at": NOON,
    "seconds": 0.412,
}
_COUNTS = {"de.rueckhalt.incident.registered.v1": (3, HASH)}


def _example(event_class: type[Event], subject: str, **given: Any) -> Event:
    return event_class(**{"subject": subject, "municipality": TOWN, "version": 1} | given)


EXAMPLES: tuple[Event, ...] = (
    _example(contracts.IncidentRegistered, INCIDENT, mode="demo", **_FACTS),
    _example(
        contracts.IncidentAmended,
        INCIDENT,
        version=2,
        changed=("severity", "motives_assessed"),
        motives_assessed=("rassistisch",),
        **_FACTS,
    ),
    _example(
        contracts.IncidentClosed,
        INCIDENT,
        closed_at=NOON,
        reason="resolved",
        feedback_given=True,
    ),
    _example(contracts.IncidentErasureOrdered, INCIDENT, order=ORDER, scope="case", due_at=NOON),
    _example(contracts.IncidentHoldChanged, INCIDENT, held=True),
    _example(
        contracts.MessageReceived, INCIDENT, message=NOTICE, direction="from_reporter", at=NOON
    ),
    _example(
        contracts.DeadlineApproaching,
        INCIDENT,
        deadline="strafantrag",
        entitled="affected",
        safe_until=date(2027, 2, 26),
        legal_end=date(2027, 3, 1),
        days_left=-2,
        recipients=("ansprechstelle", "rechtsamt"),
    ),
    _example(
        contracts.ResponsibilityAssigned,
        INCIDENT,
        assignment=ASSIGNMENT,
        decision=DECISION,
        plan_version=12,
        rule="stufe-2",
        tier=2,
        chain="ansprechstelle",
        step=0,
        recipients=_RECIPIENTS,
        forms=("threat", "insult"),
        urgency="u2",
        take_over_by=NOON + timedelta(hours=2),
        held_until=NOON + timedelta(hours=1),
        steps=("clearing", "talk"),
    ),
    _example(
        contracts.ResponsibilityEscalated,
        INCIDENT,
        assignment=ASSIGNMENT,
        step=1,
        round=1,
        recipients=_RECIPIENTS,
        urgency="u2",
        take_over_by=NOON + timedelta(hours=4),
        cause="nobody_took_over",
    ),
    _example(
        contracts.ResponsibilityTakenOver,
        INCIDENT,
        assignment=ASSIGNMENT,
        role="ansprechstelle",
        person=ANNA,
        taken_over_at=NOON,
        follow_up_by=NOON + timedelta(days=1),
    ),
    _example(contracts.ResponsibilityLapsed, INCIDENT, **_CHANGE),
    _example(
        contracts.ResponsibilityHandedOver,
        INCIDENT,
        **_CHANGE | {"person": None, "partner": POLICE},
    ),
    _example(contracts.ResponsibilityCompleted, INCIDENT, **_CHANGE | {"next_due_at": None}),
    _example(
        contracts.ResponsibilityOffered,
        INCIDENT,
        assignment=ASSIGNMENT,
        role="psych",
        person=LARS,
        giver=ANNA,
        urgency="u2",
        answer_by=NOON + timedelta(hours=2),
    ),
    _example(
        contracts.ResponsibilityReminded,
        INCIDENT,
        assignment=ASSIGNMENT,
        role="ansprechstelle",
        person=ANNA,
        reminder="follow_up",
        due_at=NOON + timedelta(hours=2),
    ),
    _example(contracts.PlanPublished, PLAN, **_PLAN),
    _example(contracts.PlanProved, PLAN, **_PLAN),
    _example(contracts.PlanGapFound, PLAN, **_GAP),
    _example(contracts.PlanGapClosed, PLAN, **_GAP | {"until_at": None}),
    _example(contracts.DrillStarted, PLAN, scope="all", contacts=3),
    _example(contracts.DrillFinished, PLAN, scope="all", contacts=3, reached=2, minutes=(4, 4)),
    _example(
        contracts.SwapChanged,
        PLAN,
        state="asked",
        from_at=NOON + timedelta(days=3),
        until_at=NOON + timedelta(days=4),
        answer_by=NOON + timedelta(days=3),
        recipients=_RECIPIENTS[3:],
    ),
    _example(contracts.PersonDeactivated, LARS, at=NOON),
    _example(contracts.NoticeSent, INCIDENT, **_PASSED),
    _example(contracts.NoticeDelivered, INCIDENT, **_PASSED),
    _example(
        contracts.NoticeFailed,
        INCIDENT,
        notice=NOTICE,
        assignment=ASSIGNMENT,
        partner=POLICE,
        channel="mail",
        failure="contact_dead",
        final=True,
        contacts_left=1,
    ),
    _example(
        contracts.NoticeAnswered,
        INCIDENT,
        notice=NOTICE,
        assignment=ASSIGNMENT,
        person=ANNA,
        verb="take_over",
        at=NOON,
    ),
    _example(
        contracts.ContactReachabilityChanged,
        NOTICE,
        person=ANNA,
        channel="mail",
        state="usable",
        verified_until=NOON + timedelta(days=180),
        key_valid_to=NOON + timedelta(days=700),
        max_level=2,
        window="office_hours",
    ),
    _example(contracts.ReachabilityConfirmed, "notify", state="up", at=NOON),
    _example(contracts.ChannelChanged, "mail", state="down", at=NOON),
    _example(
        contracts.SummaryReleased,
        ORDER,
        period="2026-10",
        release_version=1,
        audience="public",
        recipients=(Recipient(person=ANNA, part="told"),),
    ),
    _example(contracts.IncidentErased, INCIDENT, order=ORDER, scope="case", at=NOON),
    _example(
        contracts.AuditHeadStated,
        "audit.intake.160770999999",
        store="intake",
        chain="160770999999",
        stated_at=NOON,
        rows=412,
        head="7d" * 32,
        public_key="5a" * 32,
        signature="c3" * 64,
    ),
    _example(
        contracts.AuditHeadPosted,
        "audit.intake.160770999999",
        store="intake",
        chain="160770999999",
        stated_at=NOON,
        rows=412,
        head="7d" * 32,
    ),
    _example(
        contracts.LedgerStated,
        "intake",
        municipality=contracts.INSTALLATION,
        window=42,
        from_at=NOON,
        until_at=NOON + timedelta(minutes=5),
        counts=_COUNTS,
        previous=(
            Statement(window=41, from_at=NOON - timedelta(minutes=5), until_at=NOON, counts={}),
        ),
    ),
    _example(
        contracts.ResendRequested,
        "reporting",
        municipality=contracts.INSTALLATION,
        producer="intake",
        window=41,
        ids=(INCIDENT,),
    ),
)

#: Fields that came after their type's first golden file: an example with them has its own file.
ADDED_LATER: dict[str, tuple[str, ...]] = {
    contracts.IncidentRegistered.type: ("excluded_unit",),
    contracts.IncidentAmended.type: ("excluded_unit",),
    contracts.ResponsibilityAssigned.type: ("role", "excluded", "stand_in"),
    contracts.ResponsibilityEscalated.type: ("role",),
    contracts.PlanPublished.type: ("emergency_until",),
    contracts.PlanProved.type: ("emergency_until",),
}
_LATER: dict[str, Any] = {
    "emergency_until": NOON + timedelta(hours=72),
    "excluded_unit": "buergeramt",
    "role": "ansprechstelle",
    "excluded": (LARS,),
    "stand_in": "hauptamt_personal",
}


def _grown(event: Event) -> Iterator[Event]:
    """The example with one later field after the other, in the order in which they came."""
    for name in ADDED_LATER.get(event.type, ()):
        event = replace(event, **{name: _LATER[name]})
        yield event


GROWN: tuple[Event, ...] = tuple(grown for event in EXAMPLES for grown in _grown(event))


def golden_name(event: Event) -> str:
    """The name of the event's golden file: its type, and the later fields it carries."""
    later = [each for each in ADDED_LATER.get(event.type, ()) if getattr(event, each) is not None]
    return "+".join((event.type, *later))


def envelope_of(event: Event) -> contracts.Envelope:
    """The example in its envelope, said by one of those who may say it."""
    service = sorted(event.producers)[0]
    return contracts.wrap(event, service=service, id=f"event-{event.version}", time=NOON)
