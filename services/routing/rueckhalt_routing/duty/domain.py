# SPDX-License-Identifier: EUPL-1.2
"""What changes from day to day while the plan stays: who is away, who swaps, when it is a crisis.

Persons and partners are named by their key in the plan; instants are UTC; every stretch begins at
`start` and ends before `end`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

SWAP, OVERRIDE, EMERGENCY = "swap", "override", "emergency"
CHANGES = (SWAP, OVERRIDE, EMERGENCY)
"""Kinds of a change of a rota, the weakest first: absence beats all but the last."""


@dataclass(frozen=True, kw_only=True)
class Away:
    """Somebody is away. Never why."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Change:
    """Somebody takes over the duty of a rota, for one of its members or for whoever has it."""

    rota: str
    start: datetime
    end: datetime
    person: str
    instead_of: str | None = None
    kind: str = OVERRIDE


@dataclass(frozen=True, kw_only=True)
class Crisis:
    """Declared by hand; without an end it goes on."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """No usable contact of somebody is known, from an instant on (a bounce, an expiring key)."""

    person: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that changes daily, of one municipality. Without facts the plan alone counts."""

    away: tuple[Away, ...] = ()
    changes: tuple[Change, ...] = ()
    crises: tuple[Crisis, ...] = ()
    unreachable: tuple[Unreachable, ...] = ()
    left: Mapping[str, datetime] = field(default_factory=dict)
    """When somebody left the house for good, by key."""


NO_FACTS = Facts()
