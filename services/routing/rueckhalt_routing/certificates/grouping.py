# SPDX-License-Identifier: EUPL-1.2
"""Gaps that are one to people: missing on the same day for several chains, or night after night."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.certificates.closing import Closing
from rueckhalt_routing.certificates.domain import Conclusion, Gap, hole_key
from rueckhalt_routing.proof.clock import wall_of
from rueckhalt_routing.proof.spans import Spans, union
from rueckhalt_routing.proving.told import clock

_EVENING, _MORNING, _A_NIGHT = 16, 12, 16 * 3600


@dataclass(frozen=True, eq=False)
class Together:
    """Findings in time that begin on the same day, with all the times at which somebody lacks."""

    findings: tuple[Mapping[str, Any], ...]
    spans: Spans

    @property
    def chains(self) -> tuple[str, ...]:
        """The chains they are about, each once."""
        return tuple(dict.fromkeys(str(each["chain"]) for each in self.findings))


@dataclass(frozen=True)
class Group:
    """Tasks that are shown as one: the first with its sentence, the others behind it."""

    gaps: tuple[Gap, ...]
    together: Together | None
    """None for a gap of the table, which stands alone."""

    @property
    def first(self) -> Gap:
        """The one that begins first."""
        return self.gaps[0]

    def closing(self, by_gap: Mapping[str, Closing]) -> Closing | None:
        """What closes them, all of it together."""
        found = [by_gap[gap.id] for gap in self.gaps if gap.id in by_gap]
        if not found:
            return None
        return Closing(
            found[0].chain,
            tuple(dict.fromkeys(role for each in found for role in each.roles)),
            tuple(dict.fromkeys(rota for each in found for rota in each.rotas)),
            tuple({a.id: a for each in found for a in each.absences}.values()),
        )


def together(said: Conclusion, zone: ZoneInfo, *codes: str) -> list[Together]:
    """The findings of these kinds, those of one day as one, the next first."""
    found: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for each in said.of_code(*codes):
        day = wall_of(each["spans"][0][0], zone).date()
        found.setdefault((each["code"], day), []).append(each)
    groups = [
        Together(tuple(each), union((span[0], span[1]) for one in each for span in one["spans"]))
        for each in found.values()
    ]
    return sorted(groups, key=lambda group: group.spans[0])


def groups(gaps: Iterable[Gap], said: Conclusion | None, zone: ZoneInfo) -> list[Group]:
    """The tasks as they are shown, in their order."""
    times = together(said, zone, "gap_in_time", "single_person") if said is not None else []
    known = {hole_key(each): one for one in times for each in one.findings}
    found: dict[object, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(known.get(gap.hole.key, gap.id), []).append(gap)
    return [
        Group(tuple(each), key if isinstance(key, Together) else None)
        for key, each in found.items()
    ]


def when(spans: Sequence[Sequence[int]], zone: ZoneInfo, language: str) -> str:
    """The times in a few words: one as it is, many as so many nights or times."""
    between = "bis" if language == "de" else "to"
    whole = f"{clock(spans[0][0], zone, language)} {between} {clock(spans[-1][1], zone, language)}"
    if len(spans) == 1:
        return whole
    words = ("Nächte", "nights") if _are_nights(spans, zone) else ("Zeiten", "times")
    return f"{len(spans)} {words[0 if language == 'de' else 1]}, {whole}"


def _are_nights(spans: Sequence[Sequence[int]], zone: ZoneInfo) -> bool:
    walls = [(wall_of(start, zone), wall_of(end, zone)) for start, end, *_ in spans]
    apart = all(before[0] < after[0] for before, after in pairwise(walls))
    return apart and all(_is_night(start, end) for start, end in walls)


def _is_night(start: datetime, end: datetime) -> bool:
    short = (end - start).total_seconds() <= _A_NIGHT
    return short and (start.hour >= _EVENING or start.hour < _MORNING >= end.hour)
