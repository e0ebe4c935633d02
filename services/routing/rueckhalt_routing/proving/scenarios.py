# SPDX-License-Identifier: EUPL-1.2
"""Scenarios as a plan owner writes them: given, when, then; a faulty line says what is allowed.

Szenario: Samstagnacht, die Bereitschaft hört nichts
gegeben abwesend: hasan.hoff von 2026-12-05 bis 2026-12-07
wenn meldung: 2026-12-05 23:10 form=weapon severity=3
wenn nicht erreicht: farid.fischer
dann regel: sofort
dann nach 0 min: farid.fischer, clara.conrad
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.duty.domain import Away, Change, Crisis, Facts, Unreachable
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.proof.clock import instant_of
from rueckhalt_routing.proving.trying import NotACase, case_of, instant_of_words

MOST_SCENARIOS, MOST_LINES = 500, 20_000
SCENARIO = ("szenario", "scenario")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LINE = re.compile(r"(?P<head>[^:]+):(?P<rest>.*)")
_AFTER = re.compile(r"(?:nach|after)\s+(\d{1,6})\s*(min|h)\Z")
_MINUTES = {"min": 1, "h": 60}


class BadScenario(Exception):
    """A line is not understood: which, why, and what is allowed."""

    def __init__(self, line: int, said: str, allowed: tuple[str, ...] = ()) -> None:
        self.line, self.said, self.allowed = line, said, allowed
        more = f" (erlaubt: {', '.join(allowed)})" if allowed else ""
        super().__init__(f"Zeile {line}: {said}{more}")


@dataclass(frozen=True)
class Expected:
    """One thing that must come true: which, of whom, after how many minutes."""

    line: int
    kind: str
    what: tuple[str, ...]
    minutes: int = 0


@dataclass
class Scenario:
    """One story: what is so, what happens, what must follow."""

    title: str
    line: int
    case: Case | None = None
    away: list[Away] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    crises: list[Crisis] = field(default_factory=list)
    unreachable: list[Unreachable] = field(default_factory=list)
    left: dict[str, datetime] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    """Keys of those whose notices come back."""
    declining: set[str] = field(default_factory=set)
    taking: dict[str, int] = field(default_factory=dict)
    """Who takes over, how many minutes after being told."""
    expected: list[Expected] = field(default_factory=list)

    @property
    def facts(self) -> Facts:
        """What is so beside the plan."""
        return Facts(
            away=tuple(self.away),
            changes=tuple(self.changes),
            crises=tuple(self.crises),
            unreachable=tuple(self.unreachable),
            left=self.left,
        )


def scenarios_in(text: str, plan: Plan, now: datetime) -> list[Scenario]:
    """The scenarios of a file. Raises BadScenario."""
    return _Reading(plan, now).read(text.removeprefix("\ufeff"))


@dataclass
class _Reading:
    plan: Plan
    now: datetime
    found: list[Scenario] = field(default_factory=list)

    def read(self, text: str) -> list[Scenario]:
        lines = text.splitlines()
        if len(lines) > MOST_LINES:
            raise BadScenario(MOST_LINES, "zu viele Zeilen", (f"≤ {MOST_LINES}",))
        for number, line in enumerate(lines, 1):
            said = line.partition("#")[0].strip()
            if said:
                self._line(number, said)
        if not self.found:
            raise BadScenario(1, "kein Szenario", ("Szenario: …",))
        self._end()
        return self.found

    def _line(self, number: int, said: str) -> None:
        match = _LINE.fullmatch(said)
        head = " ".join(match["head"].lower().split()) if match else said[:60]
        rest = match["rest"].strip() if match else ""
        if head in SCENARIO:
            self._begin(number, rest)
            return
        if not self.found:
            raise BadScenario(number, f"„{head}“ vor dem ersten Szenario", ("Szenario: …",))
        after = _AFTER.search(head) if head.startswith(("dann ", "then ")) else None
        if after is not None:
            minutes = int(after[1]) * _MINUTES[after[2]]
            self._expect(number, "told", self._people(number, rest), minutes)
            return
        act = _WORDS.get(head)
        if act is None or match is None:
            raise BadScenario(number, f"„{head}“ ist nicht bekannt", tuple(_WORDS) + _FURTHER)
        act(self, number, rest)

    def _begin(self, number: int, title: str) -> None:
        self._end()
        if len(self.found) >= MOST_SCENARIOS:
            raise BadScenario(number, "zu viele Szenarien", (f"≤ {MOST_SCENARIOS}",))
        self.found.append(Scenario(title or f"Szenario {len(self.found) + 1}", number))

    def _end(self) -> None:
        if self.found and self.found[-1].case is None:
            raise BadScenario(self.found[-1].line, "keine Meldung", ("wenn meldung: …",))
        if self.found and not self.found[-1].expected:
            raise BadScenario(self.found[-1].line, "nichts erwartet", ("dann …",))

    @property
    def _now(self) -> Scenario:
        return self.found[-1]

    # ------------------------------------------------------------------------ gegeben

    def away(self, number: int, rest: str) -> None:
        person, start, end = self._stretch(number, rest)
        self._now.away.append(Away(person=person, start=start, end=end))

    def cover(self, number: int, rest: str) -> None:
        rota, _, more = rest.partition(" ")
        self._known(number, rota, tuple(self.plan.rotas))
        person, start, end = self._stretch(number, more)
        self._now.changes.append(Change(rota=rota, person=person, start=start, end=end))

    def crisis(self, number: int, rest: str) -> None:
        start, end = self._span(number, rest)
        self._now.crises.append(Crisis(start=start, end=end))

    def left(self, number: int, rest: str) -> None:
        person, since = self._since(number, rest)
        self._now.left[person] = since

    def out_of_reach(self, number: int, rest: str) -> None:
        person, since = self._since(number, rest)
        self._now.unreachable.append(Unreachable(person=person, since=since))

    # ------------------------------------------------------------------------ wenn

    def report(self, number: int, rest: str) -> None:
        words = rest.split()
        place = next((i for i, word in enumerate(words) if "=" in word), len(words))
        fields = {"at": " ".join(words[:place])}
        for word in words[place:]:
            name, equals, value = word.partition("=")
            if not equals or name == "at":
                raise BadScenario(number, f"„{word[:60]}“", ("form=threat severity=2 …",))
            fields[name] = value
        if not fields["at"]:
            raise BadScenario(number, "ohne Zeitpunkt", ("2026-12-24 23:00",))
        if self._now.case is not None:
            raise BadScenario(number, "eine zweite Meldung", ("eine je Szenario",))
        try:
            self._now.case = case_of(fields, self.plan, self.now)
        except NotACase as error:
            raise BadScenario(
                number, f"{error.field}: „{error.value[:60]}“", error.allowed
            ) from None

    def bounce(self, number: int, rest: str) -> None:
        self._now.unanswered |= set(self._people(number, rest))

    def decline(self, number: int, rest: str) -> None:
        self._now.declining |= set(self._people(number, rest))

    def take(self, number: int, rest: str) -> None:
        person, _, after = rest.partition(" ")
        match = _AFTER.fullmatch(after.strip()) if after.strip() else None
        if after.strip() and match is None:
            raise BadScenario(number, f"„{after.strip()[:60]}“", ("nach 5 min",))
        minutes = int(match[1]) * _MINUTES[match[2]] if match else 0
        self._now.taking[self._person(number, person)] = minutes

    # ------------------------------------------------------------------------ dann

    def rule(self, number: int, rest: str) -> None:
        self._expect(number, "rule", (self._known(number, rest, self._rules),))

    def chain(self, number: int, rest: str) -> None:
        self._expect(number, "chain", (self._known(number, rest, tuple(self.plan.chains)),))

    def never(self, number: int, rest: str) -> None:
        self._expect(number, "never", self._people(number, rest))

    def only(self, number: int, rest: str) -> None:
        self._expect(number, "only", self._people(number, rest))

    def taken(self, number: int, rest: str) -> None:
        person, _, after = rest.partition(" ")
        match = _AFTER.fullmatch(after.strip())
        if match is None:
            raise BadScenario(number, f"„{rest[:60]}“", ("PERSON nach 12 min",))
        minutes = int(match[1]) * _MINUTES[match[2]]
        self._expect(number, "taken", (self._person(number, person),), minutes)

    def held(self, number: int, rest: str) -> None:
        at = self._instant(number, rest)
        self._expect(number, "held", (at.isoformat(),))

    def _expect(self, line: int, kind: str, what: tuple[str, ...], minutes: int = 0) -> None:
        self._now.expected.append(Expected(line, kind, what, minutes))

    # ------------------------------------------------------------------------ words

    @property
    def _rules(self) -> tuple[str, ...]:
        return tuple(rule.code for rule in self.plan.rules)

    def _people(self, number: int, rest: str) -> tuple[str, ...]:
        return tuple(self._person(number, word.strip()) for word in rest.split(","))

    def _person(self, number: int, key: str) -> str:
        known = (*(each.key for each in self.plan.persons), *(p.key for p in self.plan.partners))
        return self._known(number, key, known)

    def _known(self, number: int, word: str, allowed: tuple[str, ...]) -> str:
        if word.strip() not in allowed:
            raise BadScenario(number, f"„{word.strip()[:60]}“ ist nicht bekannt", allowed)
        return word.strip()

    def _stretch(self, number: int, rest: str) -> tuple[str, datetime, datetime]:
        person, _, span = rest.partition(" ")
        return (self._person(number, person), *self._span(number, span))

    def _span(self, number: int, rest: str) -> tuple[datetime, datetime]:
        found = re.fullmatch(r"(?:von|from)\s+(.+?)\s+(?:bis|until)\s+(.+)", rest.strip())
        if found is None:
            raise BadScenario(number, f"„{rest.strip()[:60]}“", ("von 2026-12-24 bis 2026-12-27",))
        start, end = self._instant(number, found[1]), self._instant(number, found[2], is_end=True)
        if end <= start:
            raise BadScenario(number, "endet, bevor es beginnt", ("von … bis …",))
        return start, end

    def _since(self, number: int, rest: str) -> tuple[str, datetime]:
        found = re.fullmatch(r"(\S+)\s+(?:ab|from)\s+(.+)", rest)
        if found is None:
            raise BadScenario(number, f"„{rest[:60]}“", ("PERSON ab 2026-12-24",))
        return self._person(number, found[1]), self._instant(number, found[2])

    def _instant(self, number: int, text: str, *, is_end: bool = False) -> datetime:
        """A day that ends something counts whole."""
        text = text.strip()
        try:
            if is_end and _DAY.fullmatch(text):
                after = datetime.combine(date.fromisoformat(text), datetime.min.time())
                zone = ZoneInfo(self.plan.calendar.zone)
                return datetime.fromtimestamp(instant_of(after + timedelta(days=1), zone), UTC)
            return instant_of_words(text or "?", self.plan, self.now)
        except (NotACase, ValueError, OverflowError):
            allowed = ("2026-12-24 23:00", "2026-12-24")
            raise BadScenario(number, f"„{text[:60]}“ ist kein Zeitpunkt", allowed) from None


def _words() -> Iterator[tuple[str, Callable[..., Any]]]:
    german: Mapping[str, Callable[..., Any]] = {
        "gegeben abwesend": _Reading.away,
        "gegeben ersatz": _Reading.cover,
        "gegeben krise": _Reading.crisis,
        "gegeben ausgeschieden": _Reading.left,
        "gegeben unerreichbar": _Reading.out_of_reach,
        "wenn meldung": _Reading.report,
        "wenn nicht erreicht": _Reading.bounce,
        "wenn lehnt ab": _Reading.decline,
        "wenn übernimmt": _Reading.take,
        "dann regel": _Reading.rule,
        "dann kette": _Reading.chain,
        "dann nie": _Reading.never,
        "dann nur": _Reading.only,
        "dann übernommen": _Reading.taken,
        "dann wartet bis": _Reading.held,
    }
    english = (
        *("given away", "given cover", "given crisis", "given left", "given unreachable"),
        *("when report", "when bounces", "when declines", "when takes over"),
        *("then rule", "then chain", "then never", "then only", "then taken", "then held until"),
    )
    yield from german.items()
    yield from zip(english, german.values(), strict=True)


_WORDS = dict(_words())
_FURTHER = ("dann nach … min", "then after … min")
