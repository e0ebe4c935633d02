# SPDX-License-Identifier: EUPL-1.2
"""When the people of a plan can be reached, and why not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from rueckhalt_routing.plan.calendar import TIME_CLASSES, time_class
from rueckhalt_routing.plan.domain import Partner, Person, Plan, Term
from rueckhalt_routing.proof.clock import class_spans, instant_of
from rueckhalt_routing.proof.spans import Span, Spans, contains, intersect, subtract, union
from rueckhalt_routing.proving.told import clock

CRISIS = "crisis"
_MARGIN = timedelta(days=120)
"""People are looked at beyond the horizon: who is told on its last day hears later."""


@dataclass(frozen=True)
class Reach:
    """The people of one plan over one stretch of time."""

    plan: Plan
    within: Span

    @cached_property
    def zone(self) -> ZoneInfo:
        """Whose wall clock the plan means."""
        return ZoneInfo(self.plan.calendar.zone)

    @cached_property
    def classes(self) -> Mapping[str, Spans]:
        """When it is which time class, crises apart: they may be declared at any instant."""
        usual = replace(self.plan.calendar, crisis=False)
        times: tuple[time, ...] = (
            *(usual.office_from, usual.office_until),
            *(usual.night_from, usual.night_until),
        )
        return class_spans(
            self._seen, self.zone, times=times, class_of=lambda at: time_class(at, usual)
        )

    @cached_property
    def of(self) -> Mapping[str, Spans]:
        """When each person and partner reads notices, by key."""
        return {key: self._reads(key, each.term) for key, each in self._everybody.items()}

    def need(self, classes: frozenset[str]) -> Spans:
        """When it is one of these time classes, inside the horizon."""
        if CRISIS in classes:
            return (self.within,)
        found = (span for name in classes for span in self.classes.get(name, ()))
        return intersect(union(found), (self.within,))

    def because(self, key: str, instant: int, language: str) -> str:
        """Why somebody cannot be reached then."""
        german = language == "de"
        away = next((s for s in self._absent(key) if s[0] <= instant < s[1]), None)
        if away is not None:
            until = clock(away[1], self.zone, language)
            return f"abwesend bis {until}" if german else f"away until {until}"
        if not contains(self._term(self._everybody[key].term), instant):
            return "dann nicht (mehr) dabei" if german else "not (any more) with us then"
        return "liest zu dieser Zeit nicht" if german else "does not read at that time"

    def name(self, key: str) -> str:
        """The name of a person or partner."""
        return self._everybody[key].name

    @cached_property
    def _everybody(self) -> Mapping[str, Person | Partner]:
        found: list[Person | Partner] = [*self.plan.partners, *self.plan.persons]
        return {each.key: each for each in found}

    @property
    def _seen(self) -> Span:
        return self.within[0], self.within[1] + int(_MARGIN.total_seconds())

    def _reads(self, key: str, term: Term) -> Spans:
        found = self._term(term)
        if term.reachable and set(term.reachable) != set(TIME_CLASSES):
            named = (span for name in term.reachable for span in self.classes.get(name, ()))
            found = intersect(found, union(named))
        return subtract(found, self._absent(key))

    def _term(self, term: Term) -> Spans:
        start, end = self._seen
        if term.first_day:
            start = max(start, self._midnight(datetime.combine(term.first_day, time(0))))
        if term.last_day:
            after = datetime.combine(term.last_day + timedelta(days=1), time(0))
            end = min(end, self._midnight(after))
        return union([(start, end)])

    def _absent(self, key: str) -> Spans:
        return union(
            (instant_of(a.start, self.zone), instant_of(a.end, self.zone))
            for a in self.plan.absences
            if a.person == key
        )

    def _midnight(self, wall: datetime) -> int:
        return instant_of(wall, self.zone)


def reach_of(plan: Plan, start: datetime, days: int) -> Reach:
    """The people of a plan from an instant on; the horizon ends at a wall clock, too."""
    zone = ZoneInfo(plan.calendar.zone)
    wall = start.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0, microsecond=0)
    return Reach(plan, (int(start.timestamp()), instant_of(wall + timedelta(days=days), zone)))
