# SPDX-License-Identifier: EUPL-1.2
"""HTTP in, HTTP out: parse, call one handler, answer."""

from io import BufferedReader, RawIOBase
from typing import IO, Any, cast
from uuid import UUID

from flask import Response, request, url_for

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.bulk import BulkReport, written
from rueckhalt_intake.incidents.correcting import corrected
from rueckhalt_intake.incidents.domain import Incident
from rueckhalt_intake.incidents.paging import cursor_of, linked
from rueckhalt_intake.incidents.reception import Reception, checked_key
from rueckhalt_intake.incidents.schemas import (
    AcceptedSchema,
    CloseSchema,
    CorrectionSchema,
    IncidentPageSchema,
    IncidentSchema,
    PageSchema,
    ReportIncidentSchema,
)
from rueckhalt_intake.incidents.showing import READ, full, name_of, reach_of, summary
from rueckhalt_shared.identity.attempts import network_of
from rueckhalt_shared.identity.roles import ASSIGNED
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.web import Blueprint, Caller, caller, database, extension, requires, vary

blp = Blueprint("incidents", __name__, url_prefix="/v1/incidents", description="Incidents")

Answer = tuple[dict[str, Any], dict[str, str]]
NDJSON = "application/x-ndjson"
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 200},
    "description": "A retry with the same key and body gets the very same answer",
}
_LINES = {"content": {NDJSON: {"schema": {"type": "string"}}}, "required": True}


def reception() -> Reception:
    """Where this app receives reports."""
    return cast(Reception, extension("reception"))


@blp.post("")
@requires("incident:create")
@blp.doc(parameters=[_KEY])
@blp.arguments(ReportIncidentSchema)
@blp.response(201, AcceptedSchema)
def report_incident(body: dict[str, Any]) -> Answer:
    """Report an incident."""
    desk, key = reception(), checked_key(request.headers.get("Idempotency-Key"))
    now = database().clock()
    registration = desk.register(
        body, caller(), now=now, network=network_of(request.remote_addr), idempotency_key=key
    )
    answer = database().run(
        handlers.report_incident, registration, vault=desk.vault, units=desk.units
    )
    return answer, {"Location": url_for("incidents.show_incident", incident_id=answer["id"])}


@blp.post("/bulk")
@requires("incident:create")
@blp.doc(parameters=[_KEY], requestBody=_LINES)
@blp.response(200, content_type=NDJSON, description="One result a line, in the same order")
def report_incidents() -> Response:
    """Report many incidents, one a line (NDJSON)."""
    if request.mimetype != NDJSON:
        raise Problem(415, detail=f"Send {NDJSON}.", headers={"Accept-Post": NDJSON})
    key = checked_key(request.headers.get("Idempotency-Key"))
    request.max_content_length = extension("bulk_bytes")
    bulk = BulkReport(
        reception=reception(),
        database=database(),
        caller=caller(),
        network=network_of(request.remote_addr),
        idempotency_key=key,
    )
    lines = cast(IO[bytes], BufferedReader(cast(RawIOBase, request.stream)))
    # Not streamed: a client that sends everything before it reads would block both sides.
    return Response(list(written(bulk.results(lines))), content_type=NDJSON)


@blp.get("")
@requires("incident:create", "incident:read", ASSIGNED)
@blp.arguments(PageSchema, location="query")
@blp.response(200, IncidentPageSchema)
def list_incidents(query: dict[str, Any]) -> Answer:
    """List incidents, newest first: one's own, and those one is responsible for."""
    reach, size = reach_of(caller()), query["page_size"]
    cursor = cursor_of(query.get("before"))
    found = database().read(
        handlers.list_incidents, reach, state=query.get("state"), cursor=cursor, limit=size + 1
    )
    vary("Authorization")
    reads = READ in caller().scopes
    return {"items": [summary(each, reads=reads) for each in found[:size]]}, linked(found, size)


@blp.get("/<uuid:incident_id>")
@requires("incident:create", "incident:read", ASSIGNED)
@blp.response(200, IncidentSchema)
def show_incident(incident_id: UUID) -> dict[str, Any]:
    """Show an incident as far as the caller may see it."""
    vary("Authorization")
    incident, reads = looked_at(str(incident_id), caller())
    return full(incident, reception(), reads=reads)


@blp.patch("/<uuid:incident_id>")
@requires("incident:create")
@blp.arguments(CorrectionSchema)
@blp.response(200, IncidentSchema)
def amend_incident(body: dict[str, Any], incident_id: UUID) -> dict[str, Any]:
    """Correct an incident one has reported oneself."""
    desk, who = reception(), caller()
    before = database().read(
        handlers.correctable, str(incident_id), reach_of(who), sender=who.sender
    )
    after = corrected(desk, before, body, now=database().clock())
    after = database().run(handlers.amend_incident, before, after, units=desk.units)
    if reads := READ in who.scopes:
        looked_at(after.id, who)
    return full(after, desk, reads=reads)


@blp.post("/<uuid:incident_id>/close")
@requires("incident:create", ASSIGNED)
@blp.arguments(CloseSchema)
@blp.response(200, IncidentSchema)
def close_incident(body: dict[str, Any], incident_id: UUID) -> dict[str, Any]:
    """Close an incident, saying why and whether the reporter got an answer."""
    incident = database().run(handlers.close_incident, str(incident_id), reach_of(caller()), **body)
    return summary(incident, reads=READ in caller().scopes)


def looked_at(incident_id: str, who: Caller) -> tuple[Incident, bool]:
    """The incident, and whether its texts may be read; who reads them stands in the audit first."""
    reach = reach_of(who)
    reads = database().read(handlers.may_open, incident_id, reach)
    incident = database().read(handlers.show_incident, incident_id, reach)
    if not reads or reception().vault.is_strict(incident.key_id):
        return incident, reads  # nothing opens here, so nothing is recorded
    return database().run(handlers.open_incident, incident_id, reach, who=name_of(who)), True
