# SPDX-License-Identifier: EUPL-1.2
"""What a summary is: a period, who looks at it, and what they may see of the counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
EARLIEST = 2000  # imports may reach back; before that nobody counted
CLOSING_DAY = 5  # a month closes on this day of the next one, 00:00 local time
TOTAL = "total"
MINUTES = "minutes_to_take_over"
_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?", re.ASCII)
_ARS = 12

# Lower edges of the bands that everyone may see (STATISTICS 3); the last one is open.
BANDS = (0, 10, 20, 40, 80)

View = Literal["internal", "public"]


class UnknownPeriod(Exception):
    """There is no such month or year."""


class StillOpen(Exception):
    """The period is not closed yet."""


class NotPublished(Exception):
    """Published are single municipalities; what lies above them waits for the release auditor."""


@dataclass(frozen=True)
class Period:
    """A month or a year of the German calendar."""

    year: int
    month: int | None = None

    @classmethod
    def parse(cls, text: str, *, now: datetime) -> "Period":
        """Read `2026-10` or `2026`; raises UnknownPeriod naming what is allowed."""
        today = now.astimezone(BERLIN)
        allowed = f"{EARLIEST}-01 to {today:%Y-%m} (YYYY-MM), {EARLIEST} to {today:%Y} (YYYY)"
        match = _PERIOD.fullmatch(text)
        if match is None:
            raise UnknownPeriod(f"a period is a month or a year; allowed: {allowed}")
        period = cls(int(match[1]), int(match[2]) if match[2] else None)
        if period.year < EARLIEST or period.starts_on > today.date():
            raise UnknownPeriod(f"{period} is out of range; allowed: {allowed}")
        return period

    def __str__(self) -> str:
        return f"{self.year:04}" if self.month is None else f"{self.year:04}-{self.month:02}"

    @property
    def months(self) -> tuple[str, ...]:
        """The months of the period as the roll-ups spell them."""
        numbers = range(1, 13) if self.month is None else (self.month,)
        return tuple(f"{self.year:04}-{number:02}" for number in numbers)

    @property
    def starts_on(self) -> date:
        """Its first day."""
        return date(self.year, self.month or 1, 1)

    @property
    def closes_at(self) -> datetime:
        """When the figures of the period close: day 5 of what follows, 00:00 local time."""
        following = _after(self).starts_on
        return datetime.combine(following.replace(day=CLOSING_DAY), time(), BERLIN)

    def is_closed(self, now: datetime) -> bool:
        """Is nothing added to it any more?"""
        return now >= self.closes_at

    def neighbours(self, now: datetime) -> list[tuple[str, "Period"]]:
        """Where a reader may want to go: what came before and after, and the year of a month."""
        if self.month is None:
            beside = [("previous", Period(self.year - 1)), ("next", Period(self.year + 1))]
        else:
            beside = [
                ("previous", _before(self)),
                ("next", _after(self)),
                ("year", Period(self.year)),
            ]
        today = now.astimezone(BERLIN).date()
        return [
            (word, period)
            for word, period in beside
            if period.year >= EARLIEST and period.starts_on <= today
        ]


@dataclass(frozen=True)
class Band:
    """The range shown instead of a count; without an upper end it is open."""

    lower: int
    upper: int | None

    @classmethod
    def of(cls, count: int) -> "Band":
        """The band a count falls into."""
        lower = max(edge for edge in BANDS if edge <= max(count, 0))
        following = [edge for edge in BANDS if edge > lower]
        return cls(lower, following[0] - 1 if following else None)

    def __add__(self, other: "Band") -> "Band":
        """What follows for the sum of two counts, and nothing more."""
        ends = (self.upper, other.upper)
        upper = None if None in ends else sum(end for end in ends if end is not None)
        return Band(self.lower + other.lower, upper)

    def __str__(self) -> str:
        if self.upper is None:
            return f"{self.lower} und mehr"
        return f"{self.lower} bis {self.upper}"


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The figures of a period as one audience sees them."""

    period: Period
    municipality: str
    view: View
    total: int | Band
    closed: bool
    dimensions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    median_minutes: float | None = None
    bands: Mapping[str, Band] = field(default_factory=dict)  # public year: its months


def internal(
    period: Period, municipality: str, counts: Mapping[str, Mapping[str, int]], *, now: datetime
) -> Summary:
    """Exact counts, for those who need to know."""
    return Summary(
        period=period,
        municipality=municipality,
        view="internal",
        total=counts.get(TOTAL, {}).get("all", 0),
        closed=period.is_closed(now),
        dimensions={name: values for name, values in counts.items() if name != TOTAL},
    )


def public(
    period: Period, municipality: str, totals: Mapping[str, int], *, now: datetime
) -> Summary:
    """The band of each month's total, for everyone; raises StillOpen and NotPublished.

    A year shows its months and what follows from their bands. A band of the year's own sum would
    be a second window over the same figures: from "100 and more" and twelve times "0 to 9" one
    reads that no month was empty (STATISTICS 2 and 3: one window length per margin).
    """
    if len(municipality) != _ARS:
        raise NotPublished
    if not period.is_closed(now):
        raise StillOpen(f"{period} closes at {period.closes_at.isoformat()}; come back then")
    bands = {month: Band.of(totals.get(month, 0)) for month in period.months}
    return Summary(
        period=period,
        municipality=municipality,
        view="public",
        total=sum(bands.values(), start=Band(0, 0)),
        closed=True,
        bands=bands if period.month is None else {},
    )


def last_closed_months(now: datetime, count: int) -> list[Period]:
    """The months that closed last, newest first, whether anything happened in them or not."""
    today = now.astimezone(BERLIN)
    period = Period(today.year, today.month)
    found: list[Period] = []
    while len(found) < count:
        if period.is_closed(now):
            found.append(period)
        period = _before(period)
    return found


def _before(period: Period) -> Period:
    month = period.month or 1
    return Period(period.year - 1, 12) if month == 1 else Period(period.year, month - 1)


def _after(period: Period) -> Period:
    month = period.month or 12
    return Period(period.year + 1, 1) if month == 12 else Period(period.year, month + 1)


def median(histogram: Mapping[int, int], edges: tuple[int, ...]) -> float | None:
    """The median of a histogram, even within the bucket it falls into; None when empty.

    `histogram` counts by lower edge, `edges` are all lower edges in rising order. The last
    bucket has no upper edge and answers with its lower one.
    """
    total = sum(histogram.values())
    if not total:
        return None
    middle, passed = total / 2, 0
    for edge, upper in zip(edges, (*edges[1:], edges[-1]), strict=True):
        count = histogram.get(edge, 0)
        if count and passed + count >= middle:
            return round(edge + (upper - edge) * (middle - passed) / count, 1)
        passed += count
    return float(edges[-1])
