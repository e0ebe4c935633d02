# SPDX-License-Identifier: EUPL-1.2
"""`/open311/v2`: GeoReport v2 for portals and apps that speak it, over the usual acceptance.

A key comes as `api_key`, as the standard has it, or better in the header, where no log sees it.
Errors are told in Open311's shape, with the field.
"""

from dataclasses import replace
from typing import Any, cast

from flask import Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from rueckhalt_intake.incidents import handlers
from rueckhalt_intake.incidents.domain import Erased, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.incidents.handlers import ReferenceElsewhere, ReferenceTaken
from rueckhalt_intake.incidents.reception import Reception, checked_key
from rueckhalt_intake.incidents.schemas import ReportIncidentSchema
from rueckhalt_intake.incidents.showing import reach_of
from rueckhalt_intake.open311 import catalogue, listing, sent
from rueckhalt_intake.open311.answering import answered, errors
from rueckhalt_intake.open311.schemas import (
    PARAMETERS,
    AcceptedRequestSchema,
    FaultSchema,
    ServiceRequestSchema,
    ServiceSchema,
    WishSchema,
)
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.region import InvalidRegionKey, RegionKey
from rueckhalt_shared.database import Unavailable
from rueckhalt_shared.identity.attempts import network_of
from rueckhalt_shared.keys import EVERYWHERE
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.pages import csrf
from rueckhalt_shared.problems import FieldProblem, Problem, invalid, of_domain
from rueckhalt_shared.shell import language
from rueckhalt_shared.web import (
    Blueprint,
    caller,
    database,
    extension,
    public,
    requires,
    settings,
    vary,
)

log = get_logger(__name__)
blp = Blueprint("open311", __name__, url_prefix="/open311/v2", description="Open311 GeoReport v2")
_WHY = "the code lists are published, and a portal builds its form from them without a key"
_EXEMPT = "a key comes with the form; with a session it counts from our own pages only, as in /v1"
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_CHANGED = "2026-11-23T00:00:00Z"
_MAPPED: dict[type[Exception], int] = {
    NoSuchIncident: 404,
    Erased: 410,
    ReferenceTaken: 400,
    ReferenceElsewhere: 400,
}
_REQUEST = {
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "required": ["service_code"],
                "properties": {name: {"type": "string"} for name in sorted(sent.KNOWN)},
                "additionalProperties": {"type": "string"},
            }
        }
    },
    "required": True,
}


def take_key() -> None:
    """A key that comes as a parameter counts as one in the header."""
    told = (request.form if request.method == "POST" else request.args).get("api_key", "")
    if told.strip() and request.headers.get("Authorization") is None:
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {told.strip()}"
        request.__dict__.pop("authorization", None)


def told(error: Exception) -> Response:
    """Every error in Open311's shape; a browser may be led to sign in."""
    if isinstance(error, HTTPException) and isinstance(error.response, Response):
        return error.response
    problem = _problem_of(error)
    status = {401: 403, 422: 400}.get(problem.status, problem.status)
    lines = [f"{sent.theirs(e['field'])}: {e['problem']}{_allowed(e)}" for e in problem.errors]
    if problem.status == 401:
        lines = ["api_key: missing, unknown, expired or revoked"]
    answer = errors(status, lines or [problem.detail or problem.title])
    for name, value in problem.headers.items():
        if name != "WWW-Authenticate":
            answer.headers[name] = value
    return answer


@blp.get("/discovery.json")
@blp.get("/discovery.xml")
@public(_WHY)
def discovery() -> Response:
    """Where this interface is, and what it speaks."""
    url = f"{settings().base_url.rstrip('/')}/open311/v2"
    endpoint = {
        "specification": _SPECIFICATION,
        "url": url,
        "changeset": _CHANGED,
        "type": "production",
        "formats": ["application/json", "text/xml"],
    }
    return answered(
        "discovery",
        {
            "changeset": _CHANGED,
            "contact": catalogue.text("open311.contact", language()),
            "key_service": catalogue.text("open311.key_service", language()),
            "endpoints": [endpoint],
        },
    )


@blp.get("/services.json")
@blp.get("/services.xml")
@public(_WHY)
@blp.alt_response(200, schema=ServiceSchema(many=True))
def services() -> Response:
    """List the kinds of incidents, as services."""
    return answered("services", catalogue.services(language()))


@blp.get("/services/<string:service_code>.json")
@blp.get("/services/<string:service_code>.xml")
@public(_WHY)
@blp.alt_response(404, schema=FaultSchema(many=True))
def service_definition(service_code: str) -> Response:
    """Show what may be told beside the description."""
    if service_code not in codes.FORMS:
        raise FieldProblem("service_code", "is unknown", allowed=tuple(codes.FORMS), status=404)
    return answered("service_definition", catalogue.definition(service_code, language()))


@csrf.exempt(_EXEMPT)
@blp.post("/requests.json")
@blp.post("/requests.xml")
@requires("incident:create")
@blp.doc(requestBody=_REQUEST)
@blp.alt_response(201, schema=AcceptedRequestSchema(many=True))
@blp.alt_response(400, schema=FaultSchema(many=True))
def report() -> Response:
    """Report an incident; `description` and place are sealed, `media_url` is not fetched."""
    if request.files:
        raise sent.Unfit(*((name, sent.NO_FILES) for name in request.files))
    desk, key = cast(Reception, extension("reception")), request.headers.get("Idempotency-Key")
    told_body = sent.body_of(request.form, _jurisdiction(), language="de")
    registration = desk.register(
        ReportIncidentSchema().load(told_body),
        caller(),
        now=database().clock(),
        network=network_of(request.remote_addr),
        idempotency_key=checked_key(key),
    )
    accepted = database().run(
        handlers.report_incident, registration, vault=desk.vault, units=desk.units
    )
    notice = catalogue.text("open311.notice", language())
    if code := accepted.get("mailbox_code"):
        notice += " " + catalogue.text("open311.notice_code", language(), code=code)
    one = {"service_request_id": accepted["id"], "service_notice": notice, "account_id": None}
    return answered("service_requests", [one], 201)


@blp.get("/requests.json")
@blp.get("/requests.xml")
@requires("incident:create", "incident:read")
@blp.doc(parameters=PARAMETERS)
@blp.alt_response(200, schema=ServiceRequestSchema(many=True))
@blp.alt_response(400, schema=FaultSchema(many=True))
def list_requests() -> Response:
    """List requests of the last 90 days: state and codes of what the key may see."""
    vary("Authorization")
    if repeated := [n for n, values in request.args.lists() if len(values) > 1]:
        raise sent.Unfit(*((name, "only once") for name in repeated))
    wish: dict[str, Any] = WishSchema().load(request.args.to_dict())
    if ids := wish.get("service_request_id"):
        found = database().read(listing.by_ids, _reach(), ids)
    else:
        status = wish.pop("status", ["open", "closed"])
        wish["status"] = status[0] if len(set(status)) == 1 else None
        found = database().read(listing.found, _reach(), wish)
    return answered("service_requests", [listing.shown(each, language()) for each in found])


@blp.get("/requests/<uuid:incident_id>.json")
@blp.get("/requests/<uuid:incident_id>.xml")
@requires("incident:create", "incident:read")
@blp.alt_response(200, schema=ServiceRequestSchema(many=True))
@blp.alt_response(404, schema=FaultSchema(many=True))
def show_request(incident_id: Any) -> Response:
    """Show one request: state and codes."""
    vary("Authorization")
    incident = database().read(handlers.show_incident, str(incident_id), _reach())
    return answered("service_requests", [listing.shown(incident, language())])


@blp.get("/tokens/<uuid:incident_id>.json")
@blp.get("/tokens/<uuid:incident_id>.xml")
@requires("incident:create", "incident:read")
def show_token(incident_id: Any) -> Response:
    """Show the id behind a token: ids are given at once, so a token is its own id."""
    incident = database().read(handlers.show_incident, str(incident_id), _reach())
    one = {"service_request_id": incident.id, "token": incident.id}
    return answered("service_requests", [one])


def _jurisdiction() -> str:
    """The municipality: told, or the only one of the key; raises Problem."""
    asked = request.form.get("jurisdiction_id", "").strip()
    places = caller().municipalities
    if asked:
        return _within(asked)
    if len(places) != 1 or places[0] == EVERYWHERE:
        raise FieldProblem("jurisdiction_id", "is required: the ARS with 12 digits")
    return places[0]


def _reach() -> Reach:
    """What the caller may see; of one municipality only, where one is told. Raises Problem."""
    reach, asked = reach_of(caller()), request.args.get("jurisdiction_id", "").strip()
    if not asked:
        return reach
    place = _within(asked)
    assigned_in = tuple(each for each in reach.assigned_in if place.startswith(each))
    return replace(reach, municipalities=(place,), assigned_in=assigned_in)


def _within(asked: str) -> str:
    """The ARS of a municipality of this key; raises Problem."""
    known = cast(Reception, extension("reception")).known_ags
    try:
        if caller().reaches(place := RegionKey.parse(asked, known_ags=known).ars):
            return place
    except InvalidRegionKey:
        pass
    raise FieldProblem("jurisdiction_id", "was not found among those of this key", status=404)


def _allowed(error: Any) -> str:
    allowed = error.get("allowed")
    return f"; allowed: {', '.join(allowed)}" if allowed else ""


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return invalid(error.messages)
    if isinstance(error, HTTPException):
        return Problem(error.code or 500, detail=error.description or "")
    if isinstance(error, Unavailable):
        again = {"Retry-After": str(error.retry_after)}
        return Problem(503, detail="Nothing was stored; send the same again.", headers=again)
    status = _MAPPED.get(type(error))
    if status is not None:
        return of_domain(error, status)
    log.error("an Open311 request failed", exc_info=error)
    return Problem(500, detail="This is a fault of the service; it is logged.")


blp.before_request(take_key)
blp.register_error_handler(Exception, told)
