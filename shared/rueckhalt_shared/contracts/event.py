# SPDX-License-Identifier: EUPL-1.2
"""What every event has in common: its base class, the base of its payload schema, recipients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import marshmallow

from rueckhalt_shared.contracts.coded import Coded, Mode
from rueckhalt_shared.contracts.codes import MODES, PARTS
from rueckhalt_shared.contracts.fields import Kind, PersonId

INTAKE = frozenset({"intake"})
ROUTING = frozenset({"routing"})
NOTIFY = frozenset({"notify"})
REPORTING = frozenset({"reporting"})
ANYONE = INTAKE | ROUTING | NOTIFY | REPORTING

INSTALLATION = "000000000000"  # the municipality of events about the installation as a whole


class PayloadSchema(marshmallow.Schema):
    """How `data` is spelled. Strict by itself (producers); consumers load with EXCLUDE."""

    class Meta:
        unknown = marshmallow.RAISE

    @marshmallow.post_dump
    def leave_out_what_is_missing(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """A missing value has no field; null is never written."""
        return {name: value for name, value in data.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact, published once it is committed.

    `version` 0 means "the next one of this subject". `event_id` and `said_by` (the service) are
    filled by `unwrap` only, and `at` too, from the envelope's time, unless the event has its own.
    """

    type: ClassVar[str]
    producers: ClassVar[frozenset[str]]
    schema: ClassVar[PayloadSchema]
    spelling: ClassVar[tuple[tuple[str, str, Kind], ...]]

    subject: str
    municipality: str
    version: int = 0
    event_id: str = ""
    said_by: str = field(default="", compare=False)
    at: datetime | None = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "schema" in cls.__dict__:
            cls.spelling = tuple(
                (name, field.data_key or name, field)
                for name, field in cls.schema.fields.items()
                if isinstance(field, Kind)
            )


class ModalSchema(PayloadSchema):
    """The payload of an event that is either real or not."""

    mode = Mode(MODES)


@dataclass(frozen=True, kw_only=True)
class ModalEvent(Event):
    """An event about an incident or a notice: live, or a test, a demo, a drill."""

    mode: str = "live"


@dataclass(frozen=True)
class Recipient:
    """Somebody who is told, and as what: exactly one of person and partner is set."""

    person: str | None = None
    partner: str | None = None
    part: str = "told"


class Addressee(Kind):
    """One recipient: a person or a partner, with the part they have."""

    _someone = PersonId()
    _part = Coded(PARTS)

    def spell(self, value: Any) -> dict[str, str]:
        if not isinstance(value, Recipient) or (value.person is None) == (value.partner is None):
            raise ValueError("a recipient with either a person or a partner is needed")
        kind, someone = (
            ("partner", value.partner) if value.person is None else ("person", value.person)
        )
        return {kind: self._someone.spell(someone), "part": self._part.spell(value.part)}

    def read(self, value: Any) -> Recipient:
        if not isinstance(value, Mapping):
            raise ValueError("a recipient is an object")
        person, partner = value.get("person"), value.get("partner")
        if (person is None) == (partner is None):
            raise ValueError("a recipient with either a person or a partner is needed")
        part = self._part.read(value.get("part", "unknown"))
        if person is None:
            return Recipient(partner=self._someone.read(partner), part=part)
        return Recipient(person=self._someone.read(person), part=part)


class Addressees(Kind):
    """Recipients in order; the same person may appear with two parts."""

    absent = ()
    _one = Addressee()

    def spell(self, value: Any) -> list[dict[str, str]]:
        if not isinstance(value, list | tuple):
            raise ValueError("a list of recipients is needed")
        return [self._one.spell(one) for one in value]

    def read(self, value: Any) -> tuple[Recipient, ...]:
        if not isinstance(value, list):
            raise ValueError("a list of recipients is needed")
        return tuple(self._one.read(one) for one in value)
