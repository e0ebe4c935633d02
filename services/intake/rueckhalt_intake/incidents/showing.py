# SPDX-License-Identifier: EUPL-1.2
"""An incident as a key may see it: codes for its sender, texts and persons for readers."""

from typing import Any

from rueckhalt_intake.incidents.domain import Incident, Responsibility
from rueckhalt_intake.incidents.reception import Reception
from rueckhalt_intake.incidents.store import Reach
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.web import Caller

READ = "incident:read"
_FACTS = ("id", "municipality", "status", "mode", "version", "imported")
_CODED = (
    "forms",
    "channel",
    "place",
    "affected_groups",
    "relation",
    "motives",
    "severity",
    "severity_derived",
    "danger",
    "danger_level",
    "organisation_unit",
    "wishes",
    "reporter_role",
    "reporter_kind",
)


def reach_of(caller: Caller) -> Reach:
    """Readers see their municipalities' incidents, senders their own; each mode its own.

    A signed-in person also sees what is assigned to them as a person of the plan.
    """
    places = caller.where(ASSIGNED)
    return Reach(
        municipalities=caller.municipalities,
        mode=caller.mode,
        sender=None if READ in caller.scopes else caller.sender,
        person=caller.person if places else None,
        assigned_in=places,
    )


def name_of(caller: Caller) -> str:
    """How a caller stands in the audit."""
    return f"{caller.sender}/{caller.key_id}" if caller.key_id else caller.sender


def summary(incident: Incident, *, reads: bool) -> dict[str, Any]:
    """Everything but the sealed texts; who reads them is also told who is responsible."""
    fact = incident.responsibility
    responsible = _responsible(fact, names_persons=reads) if fact else None
    return coded_facts(incident) | {"responsible": responsible}


def coded_facts(incident: Incident) -> dict[str, Any]:
    """Codes and times, and nobody's name."""
    coded, moment = incident.coded, incident.coded.occurred_at
    return {
        **{name: getattr(incident, name) for name in _FACTS},
        **{name: getattr(coded, name) for name in _CODED},
        "registered_at": spell_instant(incident.registered_at),
        "occurred_at": moment.isoformat() if moment else None,
        "closed_at": spell_instant(incident.closed_at) if incident.closed_at else None,
        "close_reason": incident.close_reason,
        "feedback_given": incident.feedback_given,
    }


def full(incident: Incident, reception: Reception, *, reads: bool) -> dict[str, Any]:
    """For who may read it also narrative, reporter and accused, opened for this answer only."""
    shown = summary(incident, reads=reads)
    if not reads:
        return shown
    if reception.vault.is_strict(incident.key_id):
        return shown | {"strict": True}
    opened = reception.particulars(incident)
    return shown | {
        "narrative": reception.narrative(incident),
        "reporter": {"role": incident.coded.reporter_role} | opened.get("reporter", {}),
        "accused": {"persons": [], "unit": None} | opened.get("accused", {}),
        **({"reference": opened["reference"]} if "reference" in opened else {}),
    }


def _responsible(fact: Responsibility, *, names_persons: bool) -> dict[str, Any]:
    times = {
        "since": fact.at,
        "take_over_by": fact.take_over_by,
        "held_until": fact.held_until,
        "next_due_at": fact.next_due_at,
    }
    shown: dict[str, Any] = {"state": fact.state, "role": fact.role}
    if names_persons:
        shown |= {"person": fact.person, "partner": fact.partner}
    shown |= {name: spell_instant(at) for name, at in times.items() if at is not None}
    return {name: value for name, value in shown.items() if value is not None}
