# SPDX-License-Identifier: EUPL-1.2
"""Incidents whose event could not be applied: somebody is responsible all the same.

A parked or quarantined `incident.registered` still says which incident it is and of which
municipality. The catch-all person gets it, marked red; when a later attempt succeeds, it is
decided properly.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select

from rueckhalt_routing.assignments import handlers, store
from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.assignments.deciding import EVENT_FAILED, LEAD, Part
from rueckhalt_routing.assignments.settling import Settlement, without_plan
from rueckhalt_routing.assignments.staffing import Conflict, Staffing, Told
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.contracts import Envelope, IncidentRegistered, Unreadable, codes
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.plumbing import inbox

log = get_logger(__name__)
_QUEUE = "routing.assign-incidents"
_MOST = 200
_GRACE = timedelta(seconds=60)  # what was only redelivered is decided by its retry within seconds


def failed_reports(tx: Transaction) -> list[Envelope]:
    """The reports that wait for another attempt (for long) or for a person, without assignment."""
    failed = select(inbox.c.body).where(
        inbox.c.state.in_(("parked", "quarantined")),
        or_(inbox.c.state == "quarantined", inbox.c.received_at <= tx.now - _GRACE),
        inbox.c.queue == _QUEUE,
        inbox.c.type == IncidentRegistered.type,
        inbox.c.body.is_not(None),
    )
    bodies = tx.execute(failed.order_by(inbox.c.received_at).limit(_MOST)).scalars()
    envelopes = [envelope for body in bodies if (envelope := _read(body)) is not None]
    return [e for e in envelopes if not store.is_known(tx, e.subject)]


def assign_undecided(tx: Transaction, envelope: Envelope) -> None:
    """Give the incident to the catch-all person of the plan, else to that of the settings."""
    if store.is_known(tx, envelope.subject) or envelope.data.get("imported") is True:
        return
    log.error("report not applied", event_id=envelope.id, municipality=envelope.municipality)
    mode = str(envelope.data.get("mode"))
    case = Case(
        municipality=envelope.municipality,
        registered_at=tx.now,
        excluded=_excluded(envelope.data),
    )
    handlers.begin(
        tx,
        case,
        _settled(tx, case),
        incident_id=envelope.subject,
        version=0,
        mode=mode if mode in codes.MODES else "live",
    )


def _settled(tx: Transaction, case: Case) -> Settlement:
    settled = without_plan(tx, case, EVENT_FAILED)
    lead = _catch_all(tx, case)
    if lead is None:
        return settled
    return replace(settled, parts=(Part(lead, LEAD),), red=EVENT_FAILED)


def _catch_all(tx: Transaction, case: Case) -> Told | None:
    try:
        compiled = plans.live_plan(tx, case.municipality)
    except plans.PlanBroken:
        return None
    if compiled is None:
        return None
    conflict = Conflict(excluded=dict.fromkeys(case.excluded, "named"), roles=frozenset())
    return Staffing(compiled=compiled, unit=case.unit, conflict=conflict).catch_all(())


def _excluded(data: Mapping[str, Any]) -> frozenset[str]:
    given = data.get("excluded")
    return (
        frozenset(i for i in given if isinstance(i, str))
        if isinstance(given, list)
        else frozenset()
    )


def _read(body: str) -> Envelope | None:
    try:
        return Envelope.from_json(body)
    except Unreadable:
        return None
