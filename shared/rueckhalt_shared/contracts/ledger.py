# SPDX-License-Identifier: EUPL-1.2
"""What every service says about what it has said, so that a loss is noticed and repaired."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rueckhalt_shared.contracts import codes
from rueckhalt_shared.contracts.coded import Coded
from rueckhalt_shared.contracts.event import ANYONE, Event, PayloadSchema
from rueckhalt_shared.contracts.fields import Count, Id, Instant, Kind, Several

_TYPE = re.compile(r"[a-z][a-z0-9_.]{0,79}")
_HASH = re.compile(r"[0-9a-f]{64}")
_MOST_STATEMENTS = 12

Counts = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """How many events of each type a window held, and the SHA-256 of their sorted ids."""

    window: int
    from_at: datetime
    until_at: datetime
    counts: Counts


class CountsField(Kind):
    """`{type: [count, hash]}`, sorted by type."""

    _count = Count()

    def spell(self, value: Any) -> dict[str, list[Any]]:
        return {name: list(pair) for name, pair in sorted(self.read(value).items())}

    def read(self, value: Any) -> dict[str, tuple[int, str]]:
        if not isinstance(value, Mapping):
            raise ValueError("a mapping of types is needed")
        return {_type(name): self._pair(pair) for name, pair in value.items()}

    def _pair(self, pair: Any) -> tuple[int, str]:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError("a count and a hash are needed")
        count, digest = pair
        if not isinstance(digest, str) or not _HASH.fullmatch(digest):
            raise ValueError("a SHA-256 in hexadecimal is needed")
        return self._count.spell(count), digest


class StatementsField(Kind):
    """The last statements, oldest first."""

    absent = ()

    def spell(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list | tuple) or len(value) > _MOST_STATEMENTS:
            raise ValueError(f"a list of at most {_MOST_STATEMENTS} statements is needed")
        return [self._spelled(statement) for statement in value]

    def read(self, value: Any) -> tuple[Statement, ...]:
        if not isinstance(value, list):
            raise ValueError("a list of statements is needed")
        return tuple(self._statement(given) for given in value)

    def _spelled(self, statement: Any) -> dict[str, Any]:
        if not isinstance(statement, Statement):
            raise ValueError("a statement is needed")
        return {wire: kind.spell(getattr(statement, name)) for name, wire, kind in _STATEMENT}

    def _statement(self, given: Any) -> Statement:
        if not isinstance(given, Mapping):
            raise ValueError("a statement is an object")
        return Statement(**{name: kind.read(given.get(wire)) for name, wire, kind in _STATEMENT})


def _type(name: Any) -> str:
    if not isinstance(name, str) or not _TYPE.fullmatch(name):
        raise ValueError("a type is needed")
    return name


_STATEMENT: tuple[tuple[str, str, Kind], ...] = (
    ("window", "window", Count()),
    ("from_at", "from", Instant()),
    ("until_at", "until", Instant()),
    ("counts", "counts", CountsField()),
)


class LedgerStatedSchema(PayloadSchema):
    """One numbered window, and the twelve before it."""

    window = Count()
    from_at = Instant(data_key="from")
    until_at = Instant(data_key="until")
    counts = CountsField()
    previous = StatementsField()


@dataclass(frozen=True, kw_only=True)
class LedgerStated(Event):
    """What a service has said in one window of time; empty windows are stated, too."""

    type = "de.rueckhalt.ledger.stated.v1"
    producers = ANYONE
    schema = LedgerStatedSchema()

    window: int
    from_at: datetime
    until_at: datetime
    counts: Counts
    previous: tuple[Statement, ...] = ()


class ResendRequestedSchema(PayloadSchema):
    """What is missing: a whole window, or single events."""

    producer = Coded(codes.SERVICES)
    window = Count(optional=True)
    ids = Several(Id())


@dataclass(frozen=True, kw_only=True)
class ResendRequested(Event):
    """A service asks another to publish again what it has missed."""

    type = "de.rueckhalt.resend.requested.v1"
    producers = ANYONE
    schema = ResendRequestedSchema()

    producer: str
    window: int | None = None
    ids: tuple[str, ...] = ()
