# SPDX-License-Identifier: EUPL-1.2
"""What a proof leaves behind: a certificate with an end, gaps with an owner, and a light."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

RULE, OVERLAP, TIME, SINGLE, CONFLICT, LATE = (
    *("rule", "overlap", "time", "n1"),
    *("conflict", "latency"),
)
KINDS = (RULE, OVERLAP, TIME, SINGLE, CONFLICT, LATE)
REMINDED = (28, 14, 7, 3, 1, 0)
"""Days before a gap begins at which its owner is reminded; from then on each day."""
SOON = timedelta(days=14)
_DAY = timedelta(days=1)
STALE = timedelta(seconds=60)
GREEN, AMBER, RED = "green", "amber", "red"
LIGHTS = (GREEN, AMBER, RED)


@dataclass(frozen=True, kw_only=True)
class Hole:
    """One thing a proof has found that somebody must close; `key` names it from proof to proof."""

    key: str
    kind: str
    de: str
    en: str
    from_at: datetime | None = None
    until_at: datetime | None = None

    def words(self, language: str) -> str:
        """The sentence for a person."""
        return self.en if language == "en" else self.de


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A hole as a task: it has an owner and is reminded of until it is closed."""

    id: str
    municipality: str
    hole: Hole
    owner: str
    version: int
    found_at: datetime
    reminded: int | None = None
    """The smallest number of days before its begin at which somebody was told; negative after."""
    closed_at: datetime | None = None

    @property
    def is_told(self) -> bool:
        """Does its owner get a notice? A chain that hangs on one person is shown only."""
        return self.hole.kind != SINGLE

    def begins_at(self) -> datetime:
        """When it begins: a case without a rule is one from the moment it was found."""
        return self.hole.from_at or self.found_at

    def has_begun(self, now: datetime) -> bool:
        """Is somebody missing already?"""
        return self.begins_at() <= now

    def reminder_due(self, now: datetime) -> int | None:
        """The reminder to be sent now, once for all that were missed; none if nothing is due."""
        if self.closed_at is not None or not self.is_told:
            return None
        left = -((now - self.begins_at()) // _DAY)  # begun days ahead, whole days behind
        due = left if left <= 0 else min((days for days in REMINDED if days >= left), default=None)
        if due is None or (self.reminded is not None and due >= self.reminded):
            return None
        return due


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The last proof of the plan in force; without a document the plan does not hold."""

    id: str
    municipality: str
    plan_id: str
    plan_version: int
    facts_version: int
    proved_at: datetime
    valid_until: datetime
    cells_weak: int
    cells_unsigned: int
    cells_none: int
    worst: Mapping[str, int] = field(default_factory=dict)
    """By urgency, the minutes until a human knows at worst."""
    document: str | None = None
    """The signed certificate as canonical JSON."""
    void_at: datetime | None = None
    void_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a plan stands now: a light, and why it is not green, as codes."""

    light: str
    reasons: tuple[str, ...]
    certificate: Certificate | None
    is_pending: bool
    """Has something changed that is not proved yet?"""


def standing_of(
    certificate: Certificate | None,
    gaps: Iterable[Gap],
    *,
    now: datetime,
    is_pending: bool = False,
    pending_since: datetime | None = None,
    is_emergency: bool = False,
    is_swept: bool = True,
) -> Standing:
    """The light of a plan: red is a gap now, amber is one to come or something left open."""
    red: list[str] = []
    amber: list[str] = []
    told = [gap for gap in gaps if gap.closed_at is None]
    if any(gap.is_told and gap.has_begun(now) for gap in told):
        red.append("gap_now")
    if certificate is None or certificate.document is None or certificate.valid_until <= now:
        red.append("no_certificate")
    elif certificate.valid_until - now <= SOON:
        amber.append("ends_soon")
    if is_emergency:
        red.append("emergency")
    if not is_swept:
        red.append("auditor")
    if any(gap.is_told and not gap.has_begun(now) for gap in told):
        amber.append("gap_to_come")
    if certificate is not None and certificate.cells_unsigned:
        amber.append("unsigned")
    if any(gap.hole.kind == SINGLE for gap in told):
        amber.append("single_person")
    if pending_since is not None and now - pending_since > STALE:
        amber.append("pending")
    light = RED if red else AMBER if amber else GREEN
    return Standing(
        light=light,
        reasons=(*red, *amber),
        certificate=certificate,
        is_pending=is_pending,
    )


def key_of(*named: object) -> str:
    """What tells one hole from another, the same in each proof."""
    return hashlib.sha256("\0".join(map(str, named)).encode()).hexdigest()[:32]
