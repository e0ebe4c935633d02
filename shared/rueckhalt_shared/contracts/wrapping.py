# SPDX-License-Identifier: EUPL-1.2
"""From event to envelope and back: strict when we speak, patient when we listen."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from rueckhalt_shared.contracts.envelope import Envelope, check_subject, source_of
from rueckhalt_shared.contracts.errors import InvalidEvent, UnknownType, Unreadable
from rueckhalt_shared.contracts.event import Event
from rueckhalt_shared.contracts.fields import REQUIRED
from rueckhalt_shared.contracts.registry import TYPES


def wrap(
    event: Event, *, service: str, id: str, time: datetime, version: int | None = None
) -> Envelope:
    """Put the event into its envelope.

    `version` stands in for an event that leaves it to the outbox. Raises `InvalidEvent` when the
    service may not say this, or a field or code breaks the contract.
    """
    if service not in event.producers:
        raise InvalidEvent(f"{service} may not say {event.type}")
    number = event.version if version is None else version
    if type(number) is not int or number < 1:
        raise InvalidEvent("version: a number from 1 up is needed")
    return Envelope(
        id=id,
        type=event.type,
        source=source_of(service, event.municipality),
        subject=check_subject(event.subject),
        time=time,
        version=number,
        data=_spelled(event),
    )


def unwrap(envelope: Envelope) -> Event:
    """The event inside. Raises `UnknownType`, or `Unreadable` for data that breaks its contract.

    Unknown fields are ignored and an unknown code becomes `unknown`, so that an older reader
    understands a newer writer.
    """
    event_class = TYPES.get(envelope.type)
    if event_class is None:
        raise UnknownType(f"type {envelope.type} is unknown here")
    given: dict[str, Any] = {"at": envelope.time}
    given.update(_read(event_class, envelope.data))
    return event_class(
        subject=envelope.subject,
        municipality=envelope.municipality,
        version=envelope.version,
        event_id=envelope.id,
        said_by=envelope.service,
        **given,
    )


def cleaned(envelope: Envelope) -> Envelope:
    """The same envelope with what its contract knows and nothing else; raises what `unwrap` raises.

    For what comes from strangers: a field that is none, or a text where a code belongs, is not
    kept. What a stranger calls unknown stays out, and reads as unknown.
    """
    event = unwrap(envelope)
    kept = {}
    for name, key, field in event.spelling:
        if key in envelope.data:
            with suppress(ValueError):
                kept[key] = field.spell(getattr(event, name))
    return replace(envelope, data=kept)


def _spelled(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, key, field in event.spelling:
        value = getattr(event, name)
        if value is None and field.optional:
            continue
        try:
            data[key] = field.spell(value)
        except ValueError as error:
            raise InvalidEvent(f"{event.type}: {key}: {error}") from None
    return data


def _read(event_class: type[Event], data: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, key, field in event_class.spelling:
        value = data.get(key)
        if value is None:
            if field.absent is REQUIRED:
                raise Unreadable(f"{event_class.type}: {key} is missing")
            given[name] = field.absent
            continue
        try:
            given[name] = field.read(value)
        except ValueError as error:
            raise Unreadable(f"{event_class.type}: {key}: {error}") from None
    return given
