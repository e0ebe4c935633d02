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
from rueckhalt_routing.assignments.rosters import roster_of
from rueckhalt_routing.assignments.settling import Settlement, last_resort, without_plan
from rueckhalt_routing.assignments.staffing import Staffing, conflict_of
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import CompiledPlan
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
        exclude_supervisor=envelope.data.get("exclude_supervisor") is True,
        excluded_unit=_text(envelope.data.get("excluded_unit")),
    )
    handlers.begin(
        tx,
        case,
        _settled(tx, case),
        incident_id=envelope.subject,
        version=0,
        mode="test" if mode == "drill" else mode if mode in codes.MODES else "live",
    )


def _settled(tx: Transaction, case: Case) -> Settlement:
    settled = without_plan(tx, case, EVENT_FAILED)
    compiled = _plan_of(tx, case.municipality)
    if compiled is None:
        return settled
    conflict = conflict_of(case, compiled)
    settled = replace(
        settled, excluded=conflict.excluded, barred_roles=tuple(sorted(conflict.roles))
    )
    staffing = Staffing(
        compiled=compiled,
        unit=case.unit,
        conflict=conflict,
        roster=roster_of(tx, compiled, case.municipality),
        at=int(tx.now.timestamp()),
    )
    lead = staffing.catch_all(())
    if lead is not None:
        return replace(settled, parts=(Part(lead, LEAD),), red=EVENT_FAILED)
    resort = last_resort(tx, case.municipality, conflict.excluded)
    return replace(settled, parts=(Part(resort, LEAD),) if resort else ())


def _plan_of(tx: Transaction, municipality: str) -> CompiledPlan | None:
    try:
        return plans.live_plan(tx, municipality)
    except plans.PlanBroken:
        return None


def _excluded(data: Mapping[str, Any]) -> frozenset[str]:
    given = data.get("excluded")
    return (
        frozenset(i for i in given if isinstance(i, str))
        if isinstance(given, list)
        else frozenset()
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _read(body: str) -> Envelope | None:
    try:
        return Envelope.from_json(body)
    except Unreadable:
        return None
