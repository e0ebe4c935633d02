# SPDX-License-Identifier: EUPL-1.2
"""What an order to erase is, when it is done, and what stands in its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

CASE, SOURCE, ATTACHMENT = "case", "source", "attachment"
SCOPES = (CASE, SOURCE)
RECEIPTS_WITHIN = timedelta(hours=24)
REASONS = ("request", "withdrawn", "objection", "unlawful", "retention")
GROUNDS = ("legal_hold", "statutory_retention", "archive_offer")


class NoSuchOrder(Exception):
    """There is no such order, or not for this key."""


class NoSuchHold(Exception):
    """There is no such hold, or not for this key."""


class OnHold(Exception):
    """The incident must not be erased now."""

    def __init__(self, hold: "Hold") -> None:
        super().__init__(f"must be kept ({hold.ground}): {hold.reason}")
        self.hold = hold
        self.extra = {"hold": {"id": hold.id, "ground": hold.ground, "reason": hold.reason}}


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Why an incident must be kept for now, set and lifted by somebody with a reason."""

    id: str
    incident_id: str
    municipality: str
    mode: str
    ground: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    lift_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """One order. The incident is a keyed hash here: the order outlives it."""

    id: str
    mark: str
    municipality: str
    mode: str
    scope: str
    reason: str
    ordered_by: str
    ordered_at: datetime
    due_at: datetime
    expected: tuple[str, ...]
    receipts: Mapping[str, datetime]

    @property
    def missing(self) -> tuple[str, ...]:
        """The services that have not yet said they have erased."""
        return tuple(each for each in self.expected if each not in self.receipts)

    def state(self, now: datetime) -> str:
        """`complete`, `open`, or `overdue` when a receipt is missing after its time."""
        if not self.missing:
            return "complete"
        return "overdue" if now >= self.due_at else "open"
