# SPDX-License-Identifier: EUPL-1.2
"""Start a drill, list them, show what came of one. It goes the way a real incident goes."""

from datetime import datetime
from typing import Any

from rueckhalt_routing.assignments import drilling
from rueckhalt_routing.assignments import handlers as assignments
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.domain import CLOSED, Assignment
from rueckhalt_routing.assignments.participating import DRILL
from rueckhalt_routing.assignments.settling import settle
from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.contracts import DrillStarted, ids
from rueckhalt_shared.database import Transaction

FORM = "threat"
MOST = 50


class NothingToDrill(Exception):
    """No plan counts for this municipality, so there is no chain to drill."""


def start(tx: Transaction, municipality: str, *, severity: int) -> str:
    """Begin a drill of the chain that a case of this severity starts now; answers its id.

    Raises NothingToDrill.
    """
    if plans.live_plan(tx, municipality) is None:
        raise NothingToDrill
    case = Case(municipality=municipality, registered_at=tx.now, forms=(FORM,), severity=severity)
    settled = settle(tx, case)
    incident = ids.uuid7()
    tx.publish(
        DrillStarted(
            subject=incident,
            municipality=municipality,
            scope=settled.chain,
            contacts=len(settled.parts),
        )
    )
    assignments.begin(tx, case, settled, incident_id=incident, version=1, mode=DRILL)
    return drilling.id_of(tx, incident)


def drills(tx: Transaction, municipality: str) -> list[dict[str, Any]]:
    """The newest drills of a municipality."""
    return [_figures(tx, each) for each in drilling.newest(tx, municipality, limit=MOST)]


def result(tx: Transaction, id: str, municipality: str) -> dict[str, Any]:
    """Who was told when, who confirmed and after how long. Raises UnknownAssignment."""
    found = drilling.known(tx, id, municipality)
    told, known = drilling.asked(tx, found), drilling.confirmations(tx, found)
    names = people.names(tx, told)
    people_told = [
        {
            "name": names.get(each, ("", each))[1],
            "step": step,
            "told_at": at,
            "minutes": drilling.minutes(known[each], (step, at)) if each in known else None,
        }
        for each, (step, at) in told.items()
    ]
    return _figures(tx, found) | {"people": people_told}


def _figures(tx: Transaction, drill: Assignment) -> dict[str, Any]:
    told, known = drilling.asked(tx, drill), drilling.confirmations(tx, drill)
    first: datetime | None = min(known.values(), default=None)
    return {
        "id": drill.id,
        "started_at": drill.assigned_at,
        "ends_at": drilling.ends_at(tx, drill),
        "is_over": drill.state == CLOSED,
        "chain": drill.chain,
        "urgency": drill.urgency,
        "contacts": len(told),
        "reached": len(known),
        "first_minutes": drilling.minutes(first, (0, drill.assigned_at)) if first else None,
        "take_over_by": drill.take_over_by,
    }
