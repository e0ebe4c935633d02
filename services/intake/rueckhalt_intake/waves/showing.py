# SPDX-License-Identifier: EUPL-1.2
"""A report that waits as whoever looks through may see it: codes, no text, nobody's name."""

from typing import Any

from rueckhalt_intake.incidents.showing import name_of
from rueckhalt_intake.waves.handlers import Looker, Waiting
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.web import Caller

LOOK = "assignment:take-over"
"""Who takes over also looks through."""


def looker_of(caller: Caller) -> Looker:
    """Who asks."""
    return Looker(
        municipalities=caller.municipalities,
        mode=caller.mode,
        who=name_of(caller),
        person=caller.person,
    )


def shown(waiting: Waiting) -> dict[str, Any]:
    """One line of the list."""
    incident = waiting.incident
    return {
        "incident": incident.id,
        "municipality": incident.municipality,
        "registered_at": spell_instant(incident.registered_at),
        "status": incident.status,
        "forms": incident.coded.forms,
        "severity": incident.coded.severity,
        "cause": waiting.report.cause,
        "same_sender": waiting.same_sender,
    }
