# SPDX-License-Identifier: EUPL-1.2
"""What others learn of an incident: events for the bus, the answer for the sender."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rueckhalt_intake.incidents.domain import Incident, sender_code
from rueckhalt_intake.units import Units
from rueckhalt_shared.contracts import IncidentAmended, IncidentClosed, IncidentRegistered
from rueckhalt_shared.contracts.instants import spell_instant

# The names of our fields where the bus spells them differently.
_WIRE_NAMES = {
    "occurred_at": "occurred_on",
    "motives": "motives_perceived",
    "organisation_unit": "unit",
}


def registered(incident: Incident, units: Units) -> IncidentRegistered:
    """A report has come in."""
    return IncidentRegistered(
        subject=incident.id,
        municipality=incident.municipality,
        version=incident.version,
        **_state(incident, units),
    )


def amended(incident: Incident, units: Units, *, changed: Sequence[str]) -> IncidentAmended:
    """A report was corrected: the whole coded state, and what is new in it."""
    names = dict.fromkeys(_WIRE_NAMES.get(name, name) for name in changed)
    return IncidentAmended(
        subject=incident.id,
        municipality=incident.municipality,
        version=incident.version,
        changed=tuple(names),
        **_state(incident, units),
    )


def closed(incident: Incident, *, now: datetime) -> IncidentClosed:
    """An incident is closed."""
    return IncidentClosed(
        subject=incident.id,
        municipality=incident.municipality,
        version=incident.version,
        mode=incident.mode,
        closed_at=incident.closed_at or now,
        reason=incident.close_reason or "unknown",
        feedback_given=bool(incident.feedback_given),
    )


def accepted(incident: Incident, status_url: str) -> dict[str, Any]:
    """The 201 of a report."""
    return {
        "id": incident.id,
        "registered_at": spell_instant(incident.registered_at),
        "status": incident.status,
        "status_url": status_url,
    }


def _state(incident: Incident, units: Units) -> dict[str, Any]:
    coded = incident.coded
    unit, cluster = units.on_the_bus(incident.municipality, coded.organisation_unit)
    accused, _ = units.on_the_bus(incident.municipality, coded.excluded_unit)
    return {
        "mode": incident.mode,
        "registered_at": incident.registered_at,
        "occurred_on": coded.occurred_on,
        "forms": coded.forms,
        "channel": coded.channel,
        "place": coded.place,
        "affected_groups": coded.affected_groups,
        "relation": coded.relation,
        "motives_perceived": coded.motives,
        "severity": coded.severity,
        "severity_derived": coded.severity_derived,
        "danger_level": coded.danger_level,
        "danger": coded.danger,
        "wishes": coded.wishes,
        "unit": unit,
        "cluster": cluster,
        "reporter_role": coded.reporter_role,
        "reporter_kind": coded.reporter_kind,
        "sender": sender_code(incident.sender),
        "excluded": coded.excluded,
        "exclude_supervisor": coded.exclude_supervisor,
        "imported": incident.imported,
        "excluded_unit": accused if coded.excluded_unit is not None else None,
    }
