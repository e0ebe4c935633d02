# SPDX-License-Identifier: EUPL-1.2
"""When a report is set aside, and what a person says about it later."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
NETWORK, SYSTEM = "network", "system"
WAITING, RELEASED, WAVE = "waiting", "released", "wave"
DECISIONS = (WAVE, RELEASED)


class NoSuchReport(Exception):
    """One of these reports is not among those set aside here; nothing was decided."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many reports of people an hour brings before the next ones are set aside."""

    network: int = 10
    system: int = 1000


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A report that came in above a limit. It has its responsible person and its deadline."""

    incident_id: str
    municipality: str
    mode: str
    cause: str
    since_at: datetime
    state: str = WAITING
    decided_by: str | None = None
    decided_at: datetime | None = None


def names_danger(danger: Collection[str] | None) -> bool:
    """Was a danger named? Such a report is never set aside, however many there are."""
    return bool(danger)
