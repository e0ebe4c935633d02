# SPDX-License-Identifier: EUPL-1.2
"""Our incidents as service requests: state and codes. What they say, and where it was, stays."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import Erased, Incident, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.paging import cursor_of, spelled
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.database import Transaction

USUAL = timedelta(days=90)  # as GeoReport has it, where nobody says from when
MOST = 1000
_AT_ONCE, _LOOKED_AT = 500, 20_000


def found(tx: Transaction, reach: Reach, wish: Mapping[str, Any]) -> list[Incident]:
    """What fits the wish, newest first; one page of it."""
    size = wish["page_size"]
    first = (wish["page"] - 1) * size
    fitting = []
    for incident in _newest_first(tx, reach, wish):
        if _fits(incident, wish):
            fitting.append(incident)
        if len(fitting) == first + size:
            break
    return fitting[first:]


def by_ids(tx: Transaction, reach: Reach, ids: list[str]) -> list[Incident]:
    """Those of these ids that may be seen, in their order."""
    fitting = []
    for incident_id in ids:
        with suppress(NoSuchIncident, Erased):
            fitting.append(handlers.show_incident(tx, incident_id, reach))
    return fitting


def shown(incident: Incident, language: str) -> dict[str, Any]:
    """One request as others may know it."""
    responsible = incident.responsibility
    role = responsible.role if responsible is not None else None
    return {
        "service_request_id": incident.id,
        "status": "closed" if incident.closed_at is not None else "open",
        "status_notes": codes.STATUSES.label(incident.status, language),
        "service_name": codes.FORMS.label(incident.coded.forms[0], language),
        "service_code": incident.coded.forms[0],
        "description": None,
        "agency_responsible": codes.ROLES.label(role, language) if role else None,
        "service_notice": None,
        "requested_datetime": spell_instant(incident.registered_at),
        "updated_datetime": spell_instant(changed_at(incident)),
        "expected_datetime": None,
        "address": None,
        "address_id": None,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def changed_at(incident: Incident) -> datetime:
    """When something last changed that is shown."""
    fact = incident.responsibility
    times = (incident.registered_at, incident.closed_at, fact.at if fact is not None else None)
    return max(each for each in times if each is not None)


def _newest_first(tx: Transaction, reach: Reach, wish: Mapping[str, Any]) -> Iterator[Incident]:
    state, since = wish.get("status"), wish.get("start_date")
    if since is None and "updated_after" not in wish:
        since = (wish.get("end_date") or tx.now) - USUAL
    cursor = None
    for _ in range(_LOOKED_AT // _AT_ONCE):
        some = handlers.list_incidents(tx, reach, state=state, cursor=cursor, limit=_AT_ONCE)
        for incident in some:
            if since is not None and incident.registered_at < since:
                return
            yield incident
        if len(some) < _AT_ONCE:
            return
        cursor = cursor_of(spelled(some[-1]))


def _fits(incident: Incident, wish: Mapping[str, Any]) -> bool:
    asked = wish.get("service_code")
    until, after = wish.get("end_date"), wish.get("updated_after")
    return (
        (not asked or not set(asked).isdisjoint(incident.coded.forms))
        and (until is None or incident.registered_at <= until)
        and (after is None or changed_at(incident) >= after)
    )
