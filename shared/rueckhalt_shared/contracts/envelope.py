# SPDX-License-Identifier: EUPL-1.2
"""The envelope around every event: CloudEvents 1.0 in JSON, with `version` as extension."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from rueckhalt_shared.contracts.errors import InvalidEvent, Unreadable
from rueckhalt_shared.contracts.instants import read_instant, spell_instant

PREFIX = "de.rueckhalt."

_SOURCE = re.compile(r"/([a-z][a-z0-9_-]{0,30})/([0-9]{12})")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_TYPE = re.compile(r"[a-z][a-z0-9_.-]{0,79}")
_LARGEST_VERSION = 2**63 - 1  # what a database column holds


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as it travels: who says what about which subject, and when."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    version: int
    data: dict[str, Any]

    @property
    def service(self) -> str:
        """The service that says it."""
        return self.source.split("/")[1]

    @property
    def municipality(self) -> str:
        """The municipality (ARS, 12 digits) it happened in."""
        return self.source.split("/")[2]

    @property
    def routing_key(self) -> str:
        """The type without our prefix: always three words."""
        return routing_key_of(self.type)

    def to_json(self) -> str:
        """The body as it goes over the bus: pure ASCII, so characters are bytes."""
        return _ENCODER.encode(
            {
                "specversion": "1.0",
                "id": self.id,
                "type": self.type,
                "source": self.source,
                "subject": self.subject,
                "time": spell_instant(self.time),
                "datacontenttype": "application/json",
                "version": self.version,
                "data": self.data,
            }
        )

    @classmethod
    def from_json(cls, body: str | bytes) -> "Envelope":
        """Read a body; raises `Unreadable` with a cause that holds nothing of the content."""
        return cls.from_attributes(_parsed(body))

    @classmethod
    def from_attributes(cls, given: object) -> "Envelope":
        """Read an envelope that is already parsed; raises `Unreadable`."""
        if not isinstance(given, dict):
            raise Unreadable("the body is no JSON object")
        if given.get("specversion") != "1.0":
            raise Unreadable("specversion is not 1.0")
        if given.get("datacontenttype", "application/json") != "application/json":
            raise Unreadable("datacontenttype is not application/json")
        return cls(
            id=_matching(given, "id", _TOKEN),
            type=_matching(given, "type", _TYPE),
            source=_matching(given, "source", _SOURCE),
            subject=_matching(given, "subject", _TOKEN),
            time=_instant(given),
            version=_version(given),
            data=_data(given),
        )


def routing_key_of(type_: str) -> str:
    """The routing key of a type, known or not."""
    return type_.removeprefix(PREFIX)


def source_of(service: str, municipality: str) -> str:
    """`/<service>/<ars>`; raises `InvalidEvent`."""
    source = f"/{service}/{municipality}"
    if not _SOURCE.fullmatch(source):
        raise InvalidEvent("municipality: an ARS of 12 digits is needed")
    return source


def check_subject(subject: object) -> str:
    """A subject is an id: a short token, never a text. Raises `InvalidEvent`."""
    if not isinstance(subject, str) or not _TOKEN.fullmatch(subject):
        raise InvalidEvent("subject: an id is needed (letters, digits, . _ : -, at most 64)")
    return subject


def _refuse_constant(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _parsed(body: str | bytes) -> object:
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
        return _DECODER.decode(text)
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None


def _matching(given: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unreadable(f"{name} is missing or malformed")
    return value


def _instant(given: dict[str, Any]) -> datetime:
    try:
        return read_instant(given.get("time"))
    except ValueError:
        raise Unreadable("time is missing or no RFC 3339 instant") from None


def _version(given: dict[str, Any]) -> int:
    value = given.get("version")
    if type(value) is not int or not 1 <= value <= _LARGEST_VERSION:
        raise Unreadable("version is missing or no positive integer")
    return value


def _data(given: dict[str, Any]) -> dict[str, Any]:
    data = given.get("data")
    if not isinstance(data, dict):
        raise Unreadable("data is missing or no JSON object")
    return data
