# SPDX-License-Identifier: EUPL-1.2
"""When the people of a plan are there, and why not: the roster of the router over a horizon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from rueckhalt_routing.duty.domain import EMERGENCY, NO_FACTS, Facts
from rueckhalt_routing.duty.roster import (
    AWAY,
    HOLDER,
    LEFT,
    NOT_READING,
    NOT_WITH_US,
    ROTA,
    ROTA_ENDED,
    ROTA_TO_COME,
    UNREACHABLE,
    Duty,
    Roster,
    Shift,
)
from rueckhalt_routing.plan.calendar import holidays_of
from rueckhalt_routing.plan.days import Days
from rueckhalt_routing.plan.domain import Partner, Person, Plan
from rueckhalt_routing.plan.opening import OFFICE_HOURS
from rueckhalt_routing.proof.clock import instant_of
from rueckhalt_routing.proof.spans import Span, Spans, intersect, next_inside, subtract, union
from rueckhalt_routing.proving.told import clock

CRISIS = "crisis"
_MARGIN = timedelta(days=120)
"""People are looked at beyond the horizon: who is told on its last day hears later."""
_BECAUSE = {
    NOT_WITH_US: ("dann nicht (mehr) dabei", "not (any more) with us then"),
    LEFT: ("aus dem Haus ausgeschieden", "has left the house"),
    UNREACHABLE: ("ohne erreichbaren Kontaktweg", "without a contact that works"),
    NOT_READING: ("liest zu dieser Zeit nicht", "does not read at that time"),
}


@dataclass(frozen=True)
class Reach:
    """The people of one plan over one stretch of time, with the facts of the day."""

    plan: Plan
    within: Span
    facts: Facts = NO_FACTS
    _there: dict[tuple[str, str], Spans] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        """Whose wall clock the plan means."""
        return ZoneInfo(self.plan.calendar.zone)

    @cached_property
    def days(self) -> Days:
        """The calendar of the plan."""
        return Days(self.plan.calendar)

    @cached_property
    def roster(self) -> Roster:
        """What the router asks."""
        return Roster(self.plan, self.days, self.facts)

    @cached_property
    def classes(self) -> Mapping[str, Spans]:
        """When it is which time class, crises apart: they may be declared at any instant."""
        return self.days.classes(self.seen)

    @cached_property
    def of(self) -> Mapping[str, Spans]:
        """When each person and partner can be told as the holder of a role, by key."""
        return {key: self.there(Duty(key, HOLDER)) for key in self._everybody}

    def there(self, duty: Duty) -> Spans:
        """When somebody can be told; a duty is read at any hour, an emergency in any absence."""
        kind = EMERGENCY if duty.because == EMERGENCY else ROTA if duty.is_duty else HOLDER
        key = (duty.person, kind)
        if key not in self._there:
            self._there[key] = self.roster.there(Duty(duty.person, kind), self.seen)
        return self._there[key]

    def shifts(self, rota: str) -> tuple[Shift, ...]:
        """Who has the duty of a rota, over the horizon and its margin."""
        return self.roster.shifts(rota, self.seen)

    def need(self, classes: frozenset[str], *, holds: bool = False) -> Spans:
        """When a chain for these time classes starts in the horizon; a held one waits first."""
        if CRISIS in classes:
            return (self.within,)
        found = (span for name in classes for span in self.classes.get(name, ()))
        wanted = intersect(union(found), (self.within,))
        return self._opened(wanted) if holds else wanted

    def because(self, key: str, instant: int, language: str) -> str:
        """Why somebody cannot be reached then."""
        german = language == "de"
        missing = self.roster.missing(Duty(key, HOLDER), instant)
        if missing is None:
            return "ist dann nicht an der Reihe" if german else "has no turn then"
        if missing.cause == AWAY and missing.until is not None:
            until = clock(missing.until, self.zone, language)
            return f"abwesend bis {until}" if german else f"away until {until}"
        return _BECAUSE[missing.cause][0 if german else 1]

    def no_duty(self, rota: str, instant: int, language: str) -> str | None:
        """Why nobody has the duty of a rota then; none if somebody has."""
        missing = self.roster.no_duty(rota, instant)
        if missing is None:
            return None
        found, german = self.plan.rotas[rota], language == "de"
        name = found.title or rota
        if missing.cause == ROTA_ENDED and found.ends is not None:
            at = clock(self.days.instant(found.ends), self.zone, language)
            return f"{name} endet am {at}" if german else f"{name} ends on {at}"
        if missing.cause == ROTA_TO_COME:
            at = clock(self.days.instant(found.starts), self.zone, language)
            return f"{name} beginnt am {at}" if german else f"{name} begins on {at}"
        return f"{name}: dann kein Dienst" if german else f"{name}: no duty then"

    def holiday(self, instant: int) -> str | None:
        """The name of the holiday or closing day that an instant lies on."""
        day: date = self.days.wall(instant).date()
        named = holidays_of(day.year, self.plan.calendar).get(day)
        return named or ("Schließtag" if self.days.is_closed(day) else None)

    def name(self, key: str) -> str:
        """The name of a person or partner."""
        return self._everybody[key].name

    def with_facts(self, facts: Facts) -> "Reach":
        """The same stretch of time with other facts; what they leave alone is kept."""
        other = Reach(self.plan, self.within, facts)
        other.__dict__["days"] = self.days
        changed = other.roster.differing(self.roster)
        kept = {key: spans for key, spans in self._there.items() if key[0] not in changed}
        other._there.update(kept)
        return other

    @cached_property
    def _everybody(self) -> Mapping[str, Person | Partner]:
        found: list[Person | Partner] = [*self.plan.partners, *self.plan.persons]
        return {each.key: each for each in found}

    @cached_property
    def seen(self) -> Span:
        """The horizon with its margin."""
        return self.within[0], self.within[1] + int(_MARGIN.total_seconds())

    def _opened(self, wanted: Spans) -> Spans:
        """Starts in office hours as they are, all others at the next opening."""
        office = self.classes.get(OFFICE_HOURS, ())
        closed = subtract(wanted, office)
        openings = (next_inside(office, start) for start, _ in closed)
        at = [(opening, opening + 1) for opening in openings if opening is not None]
        return union((*intersect(wanted, office), *at))


def reach_of(plan: Plan, start: datetime, days: int, facts: Facts = NO_FACTS) -> Reach:
    """The people of a plan from an instant on; the horizon ends at a wall clock, too."""
    zone = ZoneInfo(plan.calendar.zone)
    wall = start.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0, microsecond=0)
    within = (int(start.timestamp()), instant_of(wall + timedelta(days=days), zone))
    return Reach(plan, within, facts)
