# SPDX-License-Identifier: EUPL-1.2
"""The coming months, day by day and chain by chain, as the newest proof has found them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.certificates.domain import Conclusion
from rueckhalt_routing.certificates.grouping import together, when
from rueckhalt_routing.proof.clock import instant_of, wall_of

GAP, ALONE, COVERED = "gap", "alone", "covered"
_WORST = {COVERED: 0, ALONE: 1, GAP: 2}
Span = tuple[int, int]


@dataclass(frozen=True)
class Stretch:
    """Future holes that begin on one day: whose chains, when, in words, and what the proof says."""

    chains: str
    span: str
    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Month:
    """One month: its days, and of each chain the state of each day."""

    first: date
    days: tuple[date, ...]
    states: Mapping[str, tuple[str, ...]]

    def worst(self, chain: str) -> str:
        """The worst day of a chain in this month."""
        return max(self.states[chain], key=_WORST.__getitem__)

    def count(self, chain: str) -> int:
        """How many days are as bad as the worst."""
        return self.states[chain].count(self.worst(chain))


def months(said: Conclusion, chains: Iterable[str], zone: ZoneInfo, *, until: int) -> list[Month]:
    """Every month from the proof to an instant."""
    start = wall_of(int(said.proved_at.timestamp()), zone).date()
    end = wall_of(until, zone).date()
    holes = {chain: (_spans(said, GAP, chain), _spans(said, ALONE, chain)) for chain in chains}
    found, first = [], start
    while first <= end:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        days = tuple(_days(first, min(after, end + timedelta(days=1))))
        spans = [(_midnight(day, zone), _midnight(day + timedelta(days=1), zone)) for day in days]
        states = {
            chain: tuple(_state(span, *of_chain) for span in spans)
            for chain, of_chain in holes.items()
        }
        found.append(Month(first, days, states))
        first = after
    return found


def stretches(said: Conclusion, zone: ZoneInfo, language: str) -> list[Stretch]:
    """Every future hole, the next first; night after night is one line, and so is one day."""
    return [
        Stretch(", ".join(group.chains), when(group.spans, zone, language), group.findings)
        for group in together(said, zone, "gap_in_time")
    ]


def _spans(said: Conclusion, state: str, chain: str) -> list[Span]:
    code = "gap_in_time" if state == GAP else "single_person"
    return [
        (span[0], span[1])
        for each in said.of_code(code)
        if each["chain"] == chain
        for span in each["spans"]
    ]


def _state(day: Span, gaps: Sequence[Span], alone: Sequence[Span]) -> str:
    if _meets(day, gaps):
        return GAP
    return ALONE if _meets(day, alone) else COVERED


def _meets(day: Span, spans: Sequence[Span]) -> bool:
    return any(start < day[1] and day[0] < end for start, end in spans)


def _days(first: date, end: date) -> Iterable[date]:
    while first < end:
        yield first
        first += timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return instant_of(datetime.combine(day, time(0)), zone)
