# SPDX-License-Identifier: EUPL-1.2
"""What one incident is to statistics: a fact of codes, joined from events in any order.

Every `note_…` function is a join: it may be called twice and in any order with the same
outcome. That is what makes the counts independent of how the bus delivers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
UNKNOWN = "unknown"
COUNTED_MODES = frozenset({"live", "demo"})  # test and drill count in no statistics

# What became of the notices about an incident; the best that was reached counts.
NOTICES = ("none", "failed", "sent", "delivered")

# Lower edges in minutes: fine enough for a median, coarse enough to say nothing about one person.
MINUTES = (
    *(0, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720),
    *(1440, 2880, 4320, 10080),
)

Cell = tuple[str, str, str, str]  # month, municipality, dimension, value


@dataclass(frozen=True, kw_only=True)
class Coding:
    """The coded fields of an incident as one version of it says."""

    forms: tuple[str, ...] = ()
    channel: str = UNKNOWN
    place: str = UNKNOWN
    affected_groups: tuple[str, ...] = ()
    relation: str = UNKNOWN
    motives: tuple[str, ...] = ()
    severity: str = UNKNOWN
    danger_level: str = UNKNOWN
    unit: str = UNKNOWN
    cluster: str = UNKNOWN
    reporter_kind: str = UNKNOWN


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One incident in codes: no name, no text, no place, no sender."""

    incident: str
    municipality: str
    month: str | None = None  # of registration, Europe/Berlin; None until the incident is known
    coding: Coding = Coding()
    coding_version: int = -1
    imported: bool = False
    close_reason: str | None = None
    feedback_given: bool = False
    closed_version: int = -1
    urgency: str = UNKNOWN
    urgency_version: int = -1
    responsibility: str = "none"
    responsibility_version: int = -1
    assigned_at: datetime | None = None  # working times: never served, only their distance is
    taken_over_at: datetime | None = None
    escalated_in: frozenset[int] = frozenset()  # the versions that escalated, so none counts twice
    notice: str = "none"

    @property
    def is_closed(self) -> bool:
        """Imported incidents are historic: they came in closed."""
        return self.imported or self.closed_version >= 0

    @property
    def minutes_to_take_over(self) -> int | None:
        """Whole minutes from the first assignment to the first take-over."""
        if self.assigned_at is None or self.taken_over_at is None:
            return None
        return max(0, int((self.taken_over_at - self.assigned_at).total_seconds() // 60))


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """How lists are ranked (the lowest rank leads) and which outer class a form belongs to."""

    forms: Mapping[str, int] = field(default_factory=dict)
    affected_groups: Mapping[str, int] = field(default_factory=dict)
    motives: Mapping[str, int] = field(default_factory=dict)
    outer_classes: Mapping[str, str] = field(default_factory=dict)


def month_of(registered_at: datetime) -> str:
    """The month an incident counts in: that of its registration, on a German calendar."""
    return registered_at.astimezone(BERLIN).strftime("%Y-%m")


def note_registered(fact: Fact, *, registered_at: datetime, imported: bool) -> Fact:
    """The incident exists; its month never changes."""
    return replace(
        fact, month=fact.month or month_of(registered_at), imported=fact.imported or imported
    )


def note_coding(fact: Fact, coding: Coding, *, version: int) -> Fact:
    """The newest version of the incident decides its codes."""
    if version <= fact.coding_version:
        return fact
    return replace(fact, coding=coding, coding_version=version)


def note_closed(fact: Fact, *, reason: str, feedback_given: bool, version: int) -> Fact:
    """The incident was closed; the latest closing gives the reason."""
    if version <= fact.closed_version:
        return fact
    return replace(fact, close_reason=reason, feedback_given=feedback_given, closed_version=version)


def note_assigned(fact: Fact, *, urgency: str, at: datetime | None, version: int) -> Fact:
    """Somebody was made responsible; the first time is what the take-over is measured from."""
    fact = _note_urgency(fact, urgency, version=version)
    fact = replace(fact, assigned_at=_earlier(fact.assigned_at, at))
    return note_responsibility(fact, "assigned", version=version)


def note_escalated(fact: Fact, *, urgency: str, version: int) -> Fact:
    """Nobody had taken over in time; each escalation counts once."""
    fact = _note_urgency(fact, urgency, version=version)
    fact = replace(fact, escalated_in=fact.escalated_in | {version})
    return note_responsibility(fact, "escalated", version=version)


def note_taken_over(fact: Fact, *, at: datetime, version: int) -> Fact:
    """Somebody took over; a later take-over after a lapse does not change the first time."""
    fact = replace(fact, taken_over_at=_earlier(fact.taken_over_at, at))
    return note_responsibility(fact, "taken_over", version=version)


def note_responsibility(fact: Fact, state: str, *, version: int) -> Fact:
    """The newest word on who is responsible: lapsed, handed over, completed …"""
    if version <= fact.responsibility_version:
        return fact
    return replace(fact, responsibility=state, responsibility_version=version)


def note_notice(fact: Fact, outcome: str) -> Fact:
    """The best outcome of any notice about the incident counts."""
    if NOTICES.index(outcome) <= NOTICES.index(fact.notice):
        return fact
    return replace(fact, notice=outcome)


def _note_urgency(fact: Fact, urgency: str, *, version: int) -> Fact:
    if version <= fact.urgency_version:
        return fact
    return replace(fact, urgency=urgency, urgency_version=version)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [at for at in (one, other) if at is not None]
    return min(known, default=None)


def leading(codes: tuple[str, ...], ranks: Mapping[str, int]) -> str:
    """The one code a list counts by, so that a table of leading codes adds up to the total."""
    return min(codes, key=lambda code: (ranks.get(code, len(ranks)), code), default=UNKNOWN)


def bucket(minutes: int) -> str:
    """The lower edge of the bucket a number of minutes falls into."""
    return str(max(edge for edge in MINUTES if edge <= minutes))


def cells(fact: Fact, scheme: Scheme) -> list[Cell]:
    """Every cell of the roll-ups this fact counts in; none before the incident is known."""
    if fact.month is None:
        return []
    pairs = [("total", "all"), *_coded(fact.coding, scheme), *_course(fact)]
    return [(fact.month, fact.municipality, dimension, value) for dimension, value in pairs]


def _coded(coding: Coding, scheme: Scheme) -> list[tuple[str, str]]:
    form = leading(coding.forms, scheme.forms)
    return [
        ("forms", form),
        ("outer_class", scheme.outer_classes.get(form, UNKNOWN)),
        ("severity", coding.severity),
        ("danger_level", coding.danger_level),
        ("channel", coding.channel),
        ("place", coding.place),
        ("affected_groups", leading(coding.affected_groups, scheme.affected_groups)),
        ("relation", coding.relation),
        ("motives", leading(coding.motives, scheme.motives)),
        ("unit", coding.unit),
        ("cluster", coding.cluster),
        ("reporter_kind", coding.reporter_kind),
        *_every("forms_all", coding.forms),
        *_every("affected_groups_all", coding.affected_groups),
        *_every("motives_all", coding.motives),
    ]


def _every(dimension: str, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(dimension, code) for code in sorted(set(codes)) or [UNKNOWN]]


def _course(fact: Fact) -> list[tuple[str, str]]:
    minutes = fact.minutes_to_take_over
    escalations = len(fact.escalated_in)
    pairs = [
        ("status", "closed" if fact.is_closed else "open"),
        ("urgency", fact.urgency),
        ("responsibility", fact.responsibility),
        ("escalations", str(escalations) if escalations < 3 else "3_or_more"),
        ("taken_over", "no" if fact.taken_over_at is None else "yes"),
        ("notices", fact.notice),
    ]
    if fact.close_reason is not None:
        pairs.append(("close_reason", fact.close_reason))
        pairs.append(("feedback", "given" if fact.feedback_given else "not_given"))
    if minutes is not None:
        pairs.append(("minutes_to_take_over", bucket(minutes)))
    return pairs
