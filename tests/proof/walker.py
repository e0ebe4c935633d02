# SPDX-License-Identifier: EUPL-1.2
"""A slow second engine, written from the words of the README: whom a chain tells, minute by minute.

It shares the calendar and the roster with the house (they have oracles of their own) and nothing
of what decides: not the table, not the steps, not the rounds. Everybody is named by key.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice, product

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.duty.roster import NOT_READING, Duty, Roster
from rueckhalt_routing.plan.calendar import time_class
from rueckhalt_routing.plan.domain import Plan, Rule, Step, Target
from rueckhalt_shared.contracts import ids

GRID = 900
"""Everybody in the plans of these tests comes and goes on a quarter of an hour."""
HOLDER, STAND_IN, ROTA = "holder", "stand_in", "rota"
LEAD, SIGNS, ASKED, TOLD = "lead", "signs", "asked", "told"
CHAIN, CATCH_ALL, LAST_RESORT, EMERGENCY = "chain", "catch_all", "last_resort", "emergency"


@dataclass(frozen=True)
class Telling:
    """At one instant these are told, by this step of this round."""

    at: int
    round: int
    step: int
    people: frozenset[str]
    why: str = field(default=CHAIN, compare=False)


def instant(at: datetime) -> int:
    return int(at.timestamp())


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


@dataclass
class Walker:
    """One case of one plan with the facts of the day."""

    plan: Plan
    roster: Roster
    case: Case

    # ------------------------------------------------------------------ the table, cell by cell

    @cached_property
    def urgency(self) -> str:
        case = self.case
        if case.severity == 3 or case.danger_level == "acute":
            return "u3"
        if case.severity == 2 or case.danger_level == "high":
            return "u2"
        return {None: "unknown", 1: "u1", 0: "u0"}[case.severity]

    @cached_property
    def cells(self) -> list[dict[str, str]]:
        case, at = self.case, instant(self.case.registered_at)
        crisis = self.plan.calendar.crisis or self.roster.is_crisis(at)
        calendar = replace(self.plan.calendar, crisis=crisis)
        rest = {
            "urgency": self.urgency,
            "relation": case.relation,
            "bias": case.bias,
            "wish": "unknown",
            "unit": case.unit if case.unit in self.plan.units else "unknown",
            "time_class": time_class(case.registered_at, calendar),
        }
        several = product(case.forms or ("unknown",), case.affected_groups or ("unknown",))
        return [{"form": form, "group": group, **rest} for form, group in several]

    @cached_property
    def winners(self) -> list[Rule]:
        """The rules that win a cell, the leading one first."""
        ordered = [rule for tier in (1, 2, 3) for rule in self.plan.rules if rule.tier == tier]
        found = {next(i for i, r in enumerate(ordered) if holds(r, cell)) for cell in self.cells}
        return [ordered[place] for place in sorted(found)]

    @cached_property
    def immediate(self) -> list[Rule]:
        return [
            rule
            for rule in self.plan.rules
            if rule.tier == 0 and any(holds(rule, cell) for cell in self.cells)
        ]

    @property
    def leading(self) -> Rule:
        return next((rule for rule in self.immediate if rule.outcome.chain), self.winners[0])

    @property
    def chain(self) -> str:
        return self.leading.outcome.chain or ""

    # ------------------------------------------------------------------ people

    @cached_property
    def kinds(self) -> dict[str, str]:
        people = {each.key: "person" for each in self.plan.persons}
        return people | {each.key: "partner" for each in self.plan.partners}

    def id(self, key: str) -> str:
        made = ids.person_id if self.kinds[key] == "person" else ids.partner_id
        return made(self.plan.municipality, key)

    @cached_property
    def barred(self) -> frozenset[str]:
        """Roles nobody acts in."""
        out = self.case.exclude_supervisor or self.case.relation == "supervisor"
        return frozenset({"fuehrungskraft"} if out else ())

    @cached_property
    def out(self) -> frozenset[str]:
        """Who must not hear of it."""
        case = self.case
        found = {key for key in self.kinds if self.id(key) in case.excluded}
        if case.excluded_unit not in (None, "unknown"):
            found |= {each.key for each in self.plan.persons if each.unit == case.excluded_unit}
            found |= self._heads("fuehrungskraft", case.excluded_unit or "")
        if self.barred:
            found |= self._heads("fuehrungskraft", case.unit)
        if case.relation == "elected" and not case.excluded:
            found |= self._heads("hvb", case.unit)
        return frozenset(found)

    def _heads(self, code: str, unit: str) -> set[str]:
        """Whoever leads in a role: of the unit, else of the house and of every unit."""
        role = self.plan.roles.get(code)
        if role is None:
            return set()
        if unit in role.units:
            return set(role.units[unit][:1])
        house = self.plan.rotas[role.rota].people if role.rota else role.holders[:1]
        return {*house, *(people[0] for people in role.units.values())}

    def holders(self, code: str, at: int) -> list[Duty]:
        role = self.plan.roles.get(code)
        if role is None or code in self.barred:
            return []
        if self.case.unit in role.units:
            return _in_order(role.units[self.case.unit])
        if role.rota is None:
            return _in_order(role.holders)
        duties = list(self.roster.on_duty(role.rota, at))
        known = {duty.person for duty in duties}
        return duties + [Duty(key, STAND_IN) for key in role.holders if key not in known]

    def meant(self, target: Target, at: int) -> list[Duty]:
        """Whom a target means, in the order of telling."""
        if target.kind == CATCH_ALL:
            named = self.plan.catch_all
            return [Duty(named.person, HOLDER), Duty(named.stand_in, HOLDER)]
        if target.kind == "rota":
            return list(self.roster.on_duty(target.key, at))
        if target.kind in ("role", "stand_in"):
            return self.holders(target.key, at)[target.kind == "stand_in" :]
        return [Duty(target.key, HOLDER)]

    def there(self, duties: list[Duty], at: int) -> list[str]:
        """Who of them may hear and is there."""
        here = (d.person for d in duties if self.roster.is_there(d, at))
        return [key for key in here if key not in self.out]

    # ------------------------------------------------------------------ one step at one instant

    def steps(self) -> tuple[Step, ...]:
        return self.plan.chains[self.chain].steps_at(self.urgency)

    def tells(self, place: int, at: int, told: set[str]) -> set[str]:
        """Whom a step before the last one tells who does not know yet."""
        found: set[str] = set()
        for target in self.steps()[place].targets:
            people = self.there(self.meant(target, at), at)
            if target.kind in ("stand_in", "catch_all"):
                people = [key for key in people if key not in told | found]
            found |= set(people[:1]) - told
        return found

    def catch_all(self, at: int, told: set[str]) -> tuple[set[str], str]:
        """Whom the last step tells, known or not, and by which word."""
        duties = self.meant(Target(CATCH_ALL, ""), at)
        here = self.there(duties, at)
        if here:
            fresh = [key for key in here if key not in told]
            return {(fresh or here)[0]}, CATCH_ALL
        for code in self.plan.roles:  # before nobody is told at all
            people = self.there(self.holders(code, at), at)
            if people and self.kinds[people[0]] == "person":
                return {people[0]}, LAST_RESORT
        allowed = [duty.person for duty in duties if duty.person not in self.out]
        return set(allowed[:1]), LAST_RESORT

    def fresh(self, at: int, told: set[str], *, since: int | None = None) -> set[str]:
        """The catch-all person or stand-in who does not know and is there (and was not there)."""
        people, why = self.catch_all(at, told)
        if why != CATCH_ALL or people & told:
            return set()
        was = since is not None and self.roster.is_there(Duty(*people, HOLDER), since)
        return set() if was else people

    def next(self, place: int, at: int, told: set[str], since: int) -> tuple[int, set[str]] | None:
        """The next step that tells somebody new: further on, the last one, from the start."""
        last = len(self.steps()) - 1
        for further in range(place + 1, last):
            if people := self.tells(further, at, told):
                return further, people
        back = self.fresh(at, told, since=since if place >= last else None)
        if back and place < last:
            return last, back
        for again in range(min(place + 1, last)):
            if people := self.tells(again, at, told):
                return again, people
        return (last, back) if back else None

    def first(self, at: int, told: set[str], start: int = 0) -> tuple[int, set[str], str]:
        """The first step from one on that tells somebody new; else the catch-all."""
        last = len(self.steps()) - 1
        for place in range(start, last):
            if people := self.tells(place, at, told):
                return place, people, CHAIN
        return (last, *self.catch_all(at, told))

    # ------------------------------------------------------------------ the whole walk

    def held_until(self) -> int:
        """When it starts: at once, or in the next office hours."""
        at = instant(self.case.registered_at)
        chain = self.plan.chains[self.chain]
        slow = self.urgency in ("u0", "u1") and chain.hold == "next_opening"
        if not slow or self.roster.is_crisis(at) or self.plan.calendar.crisis:
            return at
        if self._class(at) == "office_hours":
            return at
        opening = at // GRID * GRID
        while self._class(opening) != "office_hours" or opening < at:
            opening += GRID
        return opening

    def _class(self, at: int) -> str:
        return time_class(moment(at), self.plan.calendar)

    def wait(self, place: int) -> int:
        steps, times = self.steps(), self.plan.times[self.urgency]
        if place >= len(steps) - 1:
            return int(times.repeat.total_seconds())
        own = steps[place].wait
        listed = times.waits[min(place, len(times.waits) - 1)]
        return int((own or listed).total_seconds())

    def woken(self, at: int, until: int, told: set[str]) -> int:
        """While everybody who is there knows: when somebody new is there, or `until`."""
        last = len(self.steps()) - 1
        if self.next(last, at, told, at) is not None:
            return until
        tick = at // GRID * GRID + GRID
        while tick < until:
            if self.next(last, tick, told, at) is not None:
                return tick
            tick += GRID
        return until

    def walk(self) -> Iterator[Telling]:
        """Everybody told in turn while nobody answers, for ever."""
        at = self.held_until()
        is_held = at > instant(self.case.registered_at)
        place, people, why = self.first(at, set())
        round, told, anew = 0, set(people), is_held
        last = len(self.steps()) - 1
        yield Telling(at, 0, place, frozenset(people), why)
        while True:
            since, until = at, at + self.wait(place)
            at = self.woken(at, until, told) if place == last or round or anew else until
            anew = False
            found = self.next(place, at, told, since)
            if found is not None:
                place, people = found
                why = CHAIN if place < last else CATCH_ALL
            elif place < last:
                place = last
                people, why = self.catch_all(at, told)
            else:
                if round >= 2 and self.emergency():
                    yield from self.exhausted(at, round + 1, place, told)
                round, told = round + 1, set()
                place, people, why = self.first(at, told)
            told |= people
            yield Telling(at, round, place, frozenset(people), why)

    def emergency(self) -> frozenset[str]:
        return frozenset(key for key in self.plan.emergency if key not in self.out)

    def exhausted(self, at: int, round: int, place: int, told: set[str]) -> Iterator[Telling]:
        """The emergency list, each quarter of an hour or each working day; and whoever comes."""
        back: set[str] = set()
        while True:
            people = self.emergency() | back
            told = told | people
            yield Telling(at, round, place, people, EMERGENCY)
            since, at, round = at, self.woken(at, self._later(at), told), round + 1
            found = self.next(len(self.steps()) - 1, at, told, since)
            back = found[1] if found is not None else set()

    def _later(self, at: int) -> int:
        if self.urgency not in ("u0", "u1"):
            return at + 900
        zone = self.roster.days.zone  # type: ignore[attr-defined]
        today = moment(at).astimezone(zone).date()
        tick = at // GRID * GRID
        while moment(tick).astimezone(zone).date() == today or self._class(tick) != "office_hours":
            tick += GRID
        return tick

    def said(self, count: int) -> list[tuple[int, int, int, dict[str, str]]]:
        """What is said of it, as often as asked for: when, round, step, whom in which part."""
        start, parts, steps = instant(self.case.registered_at), self.parts(), self.walk()
        first = next(steps)
        found: list[tuple[int, int, int, dict[str, str]]] = []
        if first.at > start:  # held: nobody yet; then who is there now, and whom was decided
            found.append((start, 0, self.first(start, set())[0], {}))
            leads = self._in_turn(first.step, set(first.people), first.at)
            others = {key: part for key, part in parts.items() if part != LEAD}
            parts = others | {key: ASKED if place else LEAD for place, key in enumerate(leads)}
        found.append((first.at, 0, first.step, parts))
        for each in islice(steps, count):
            found.append((each.at, each.round, each.step, dict.fromkeys(each.people, CHAIN)))
        return found[:count]

    # ------------------------------------------------------------------ everybody else who hears

    def hearing(self, code: str, at: int) -> str | None:
        """In a role beside the lead: who is there or reads it later, else the first allowed."""
        duties = [each for each in self.holders(code, at) if each.person not in self.out]
        for duty in duties:
            missing = self.roster.missing(duty, at)
            if missing is None or missing.cause == NOT_READING:
                return duty.person
        return duties[0].person if duties else None

    def parts(self) -> dict[str, str]:
        """Everybody the decision names, with the strongest part; partners only with consent."""
        at = instant(self.case.registered_at)
        place, leads, _ = self.first(at, set())
        rules = (self.leading, *self.immediate, self.winners[0])
        outcomes = list({rule.code: rule.outcome for rule in rules}.values())
        seconds = [rule for rule in self.winners if rule is not self.leading]
        roles = [(SIGNS, code) for each in outcomes for code in each.signs]
        roles += [(ASKED, code) for rule in seconds for code in self._lead_roles(rule)]
        roles += [(ASKED, code) for each in outcomes for code in each.asked]
        roles += [(TOLD, code) for each in outcomes for code in each.told]
        consented = {code for each in outcomes for code in each.without_consent}
        found: dict[str, str] = {}
        for key in self._in_turn(place, leads, at):
            found[key] = ASKED if found else LEAD
        for part, code in roles:
            key = self.hearing(code, at)
            if key is not None and (self.kinds[key] == "person" or code in consented):
                found.setdefault(key, part)
        return found

    def _in_turn(self, place: int, leads: set[str], at: int) -> list[str]:
        """The first step's people in the order of its targets."""
        ordered = []
        for target in self.steps()[place].targets:
            ordered += self.there(self.meant(target, at), at)
        return list(dict.fromkeys([*(key for key in ordered if key in leads), *sorted(leads)]))

    def _lead_roles(self, rule: Rule) -> list[str]:
        chain = self.plan.chains[rule.outcome.chain or ""]
        return [target.key for target in chain.steps[0].targets if target.kind == "role"]


def holds(rule: Rule, cell: dict[str, str]) -> bool:
    """Does a rule hold for a cell? What it does not name may be anything."""
    return all(cell[name] in values for name, values in rule.when.items() if values)


def _in_order(keys: tuple[str, ...]) -> list[Duty]:
    return [Duty(key, STAND_IN if place else HOLDER) for place, key in enumerate(keys)]
