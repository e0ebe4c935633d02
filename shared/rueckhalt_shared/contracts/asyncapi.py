# SPDX-License-Identifier: EUPL-1.2
"""The language as a document: AsyncAPI 3.0 with JSON Schemas, generated from the fields."""

from collections.abc import Callable
from typing import Any

from rueckhalt_shared.contracts import coded, codes, fields
from rueckhalt_shared.contracts.event import Addressees, Event
from rueckhalt_shared.contracts.ledger import CountsField, StatementsField
from rueckhalt_shared.contracts.registry import EVENTS, routing_key

VERSION = "1.0.0"

_DESCRIPTION = (
    "Events of the Rückhalt services. Bodies are CloudEvents 1.0 in JSON; they hold ids, codes, "
    "times and numbers, never a text. Readers ignore fields they don't know and read an unknown "
    "code as `unknown`; lists of codes only ever grow."
)
_ATTRIBUTES = ("specversion", "id", "type", "source", "subject", "time", "version")
_INSTANT = {"type": "string", "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_UUID = {"type": "string", "format": "uuid"}

Describe = Callable[[Any], dict[str, Any]]


def document() -> dict[str, Any]:
    """The whole language; the same for everybody, whatever is deployed."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rückhalt: the published language",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {routing_key(event): _channel(event) for event in EVENTS},
        "operations": {f"say {routing_key(event)}": _operation(event) for event in EVENTS},
        "components": {
            "messages": {event.__name__: _message(event) for event in EVENTS},
            "schemas": _code_schemas() | _statement_schemas(),
        },
    }


def payload_schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of `data` of one type."""
    return {
        "type": "object",
        "properties": {wire: _described(kind) for _name, wire, kind in event.spelling},
        "required": [
            wire for _name, wire, kind in event.spelling if kind.absent is fields.REQUIRED
        ],
    }


def _channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": routing_key(event),
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": "rk.events", "type": "topic", "durable": True},
            }
        },
    }


def _operation(event: type[Event]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": "#/channels/" + routing_key(event)},
        "summary": _summary(event),
        "tags": [{"name": service} for service in sorted(event.producers)],
    }


def _message(event: type[Event]) -> dict[str, Any]:
    return {
        "name": event.type,
        "summary": _summary(event),
        "payload": {
            "type": "object",
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string"},
                "type": {"const": event.type},
                "source": {"type": "string", "pattern": "^/[a-z]+/[0-9]{12}$"},
                "subject": {"type": "string"},
                "time": _INSTANT,
                "datacontenttype": {"const": "application/json"},
                "version": {"type": "integer", "minimum": 1},
                "data": payload_schema(event),
            },
            "required": [*_ATTRIBUTES, "data"],
        },
    }


def _summary(event: type[Event]) -> str:
    return (event.__doc__ or "").strip().splitlines()[0]


def _described(kind: fields.Kind) -> dict[str, Any]:
    for one in type(kind).__mro__:
        if one in _DESCRIBE:
            return _DESCRIBE[one](kind)
    raise LookupError(f"no description for {type(kind).__name__}")


def _codes(kind: Any) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{kind.codes.name}"}


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _recipients(_kind: Any) -> dict[str, Any]:
    part = {"$ref": "#/components/schemas/parts"}
    return _list_of(
        {
            "type": "object",
            "properties": {"person": _UUID, "partner": _UUID, "part": part},
            "oneOf": [{"required": ["person"]}, {"required": ["partner"]}],
        }
    )


def _statement_schemas() -> dict[str, Any]:
    pair = {"type": "array", "prefixItems": [_COUNT, {"type": "string"}], "minItems": 2}
    return {
        "counts": {"type": "object", "additionalProperties": pair},
        "statement": {
            "type": "object",
            "properties": {
                "window": _COUNT,
                "from": _INSTANT,
                "until": _INSTANT,
                "counts": {"$ref": "#/components/schemas/counts"},
            },
            "required": ["window", "from", "until", "counts"],
        },
    }


def _code_schemas() -> dict[str, Any]:
    return {
        name: {"type": "string", "enum": list(of_list)} for name, of_list in codes.LISTS.items()
    }


_DESCRIBE: dict[type, Describe] = {
    fields.Id: lambda _kind: {"type": "string", "maxLength": 64},
    fields.PersonId: lambda _kind: _UUID,
    fields.Name: lambda _kind: {"type": "string", "maxLength": 80},
    fields.Hexadecimal: lambda kind: {"type": "string", "pattern": f"^{kind.pattern.pattern}$"},
    fields.UnitName: lambda _kind: {"type": "string", "pattern": "^[a-z0-9_]{1,40}$"},
    fields.Period: lambda _kind: {"type": "string", "examples": ["2026-10", "2026"]},
    fields.Instant: lambda _kind: _INSTANT,
    fields.Day: lambda _kind: {"type": "string", "format": "date"},
    fields.Count: lambda _kind: _COUNT,
    fields.Number: lambda _kind: {"type": "integer"},
    fields.Seconds: lambda _kind: {"type": "number", "minimum": 0},
    fields.Flag: lambda _kind: {"type": "boolean", "default": False},
    coded.Mode: lambda kind: _codes(kind) | {"default": kind.absent},
    coded.Coded: _codes,
    coded.Level: lambda kind: {"type": "integer", "enum": sorted(kind.steps)},
    fields.Several: lambda kind: _list_of(_described(kind.member)),
    coded.MinutesByCode: lambda _kind: {"type": "object", "additionalProperties": _COUNT},
    Addressees: _recipients,
    CountsField: lambda _kind: {"$ref": "#/components/schemas/counts"},
    StatementsField: lambda _kind: _list_of({"$ref": "#/components/schemas/statement"}),
}
