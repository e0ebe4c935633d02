# SPDX-License-Identifier: EUPL-1.2
"""`POST /v1/events`: a foreign system feeds this service without the bus (DECISIONS 12).

One CloudEvent, or NDJSON with one a line. The events go straight into the inbox, all or none; a
repeat is harmless because the inbox knows the ids.
"""

from typing import Any

from flask import request
from marshmallow import Schema, fields

from rueckhalt_shared import contracts, inbox
from rueckhalt_shared.contracts import Envelope, topology
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.problems import FieldProblem, Problem
from rueckhalt_shared.web import Blueprint, caller, database, requires, settings

blp = Blueprint("events", __name__, url_prefix="/v1/events", description="Events by HTTP")
_TYPES = ("application/json", "application/cloudevents+json", "application/x-ndjson")
_ENVELOPE = {
    "type": "object",
    "description": "A CloudEvent 1.0; `data` holds what EVENTS tells for its type.",
    "required": ["specversion", "id", "type", "source", "subject", "time", "version", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 64},
        "type": {"enum": sorted(contracts.TYPES)},
        "source": {"type": "string", "pattern": "^/(intake|routing|notify|reporting)/[0-9]{12}$"},
        "subject": {"type": "string", "minLength": 1, "maxLength": 64},
        "time": {"type": "string", "format": "date-time"},
        "version": {"type": "integer", "minimum": 1},
        "data": {"type": "object"},
    },
}
_LONGEST = 64 * 1024
_MOST = 1000


class AcceptedEventsSchema(Schema):
    """How many events lie in the inbox now."""

    accepted = fields.Integer(metadata={"description": "Events taken, repeats included"})


@blp.post("")
@requires("event:publish")
@blp.response(202, AcceptedEventsSchema)
@blp.doc(
    requestBody={
        "required": True,
        "content": {name: {"schema": _ENVELOPE} for name in _TYPES},
    }
)
def accept_events() -> dict[str, int]:
    """Take events that did not come by the bus."""
    if request.mimetype not in _TYPES:
        raise Problem(415, detail=f"Send {' or '.join(_TYPES)}.")
    envelopes = [_read(f"[{n}]", line) for n, line in enumerate(_lines(request.get_data()))]
    database().run(_accept, [(_queues(envelope), envelope) for envelope in envelopes])
    return {"accepted": len(envelopes)}


def _lines(body: bytes) -> list[bytes]:
    if request.mimetype != "application/x-ndjson":
        return [body]
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) > _MOST:
        raise Problem(413, detail=f"At most {_MOST} events in one request.")
    return lines


def _read(place: str, line: bytes) -> Envelope:
    """The envelope, checked as strictly as the bus would check it."""
    if len(line) > _LONGEST:
        raise FieldProblem(place, "larger than 64 KiB", status=413)
    try:
        envelope = Envelope.from_json(line)
        event = contracts.unwrap(envelope)
    except contracts.UnknownType as error:
        raise FieldProblem(f"{place}.type", str(error), allowed=sorted(contracts.TYPES)) from None
    except contracts.Unreadable as error:
        raise FieldProblem(place, str(error)) from None
    producers: Any = type(event).producers
    if envelope.service not in producers:
        told = f"{envelope.service} may not say {envelope.type}"
        raise FieldProblem(f"{place}.source", told, allowed=sorted(producers))
    caller().must_reach(envelope.municipality)
    if caller().mode == "test" and getattr(event, "mode", None) != "test":
        raise FieldProblem(f"{place}.data.mode", "a test key says tests only", allowed=["test"])
    return contracts.cleaned(envelope)


def _queues(envelope: Envelope) -> list[str]:
    """The queues of this service that hear the type; none is an error here, not silence."""
    service = database().service
    bound = topology.queues_for(settings().services | {service})
    found = [
        queue
        for queue, bindings in bound.items()
        if queue.startswith(f"{service}.") and envelope.routing_key in bindings
    ]
    if not found:
        raise FieldProblem("type", f"{service} does not hear {envelope.type}")
    return found


def _accept(tx: Transaction, events: list[tuple[list[str], Envelope]]) -> None:
    for queues, envelope in events:
        inbox.accept(tx, queues, envelope)
