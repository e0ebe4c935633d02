# SPDX-License-Identifier: EUPL-1.2
"""Random towns: Musterstadt's plan with other chains, absent people, rotas changed; and cases."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from rueckhalt_routing.assignments.cases import Case
from rueckhalt_routing.duty import store
from rueckhalt_routing.duty.domain import CHANGES
from rueckhalt_routing.duty.entries import Departure
from rueckhalt_routing.plan.calendar import TIME_CLASSES
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.plan.handlers import Draft
from rueckhalt_routing.plan.vocabulary import FORMS, GROUPS, RELATIONS
from rueckhalt_shared.database import Transaction
from tests.proof.plans import START, Document, musterstadt
from tests.routing.test_duty_facts import absence, change, crisis
from tests.routing.town import ARS, person

DAYS = 60
_QUARTERS = DAYS * 96
BEGINNINGS = (
    START,
    datetime(2027, 3, 15, 7, tzinfo=UTC),  # Easter, and the clocks are set forward
    datetime(2027, 10, 11, 7, tzinfo=UTC),  # set back on a Sunday that is a holiday
    datetime(2028, 2, 14, 7, tzinfo=UTC),  # 29 February
    datetime(2027, 12, 20, 7, tzinfo=UTC),  # holidays on a weekend, the end of a year
)


class Dice(random.Random):
    """Chance for one town, and when its time begins."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.begins = BEGINNINGS[seed % len(BEGINNINGS)]

    def stretch(self) -> tuple[datetime, datetime]:
        """Some time of the next weeks on the wall clock, in quarters of an hour."""
        midnight = self.begins.replace(hour=0, tzinfo=None)
        start = midnight + timedelta(minutes=15 * self.randrange(_QUARTERS))
        return start, start + timedelta(minutes=15 * self.choice((4, 96, 500, 2000)))


def world(dice: Dice) -> Draft:
    """A plan like Musterstadt's, broken here and there."""

    def vary(document: Document) -> None:
        people = [each["key"] for each in document["persons"]]
        for act in (_be_away, _read_seldom, _leave, _hold, _rewire, _give_units, _list):
            if dice.random() < 0.5:
                act(dice, document, people)

    return musterstadt(vary)


def _be_away(dice: Dice, document: Document, people: list[str]) -> None:
    away: dict[str, list[tuple[datetime, datetime]]] = {}
    for _ in range(dice.choice((3, 8, 30))):
        start, end = dice.stretch()
        mine = away.setdefault(dice.choice(people), [])
        if all(end < since or until < start for since, until in mine):
            mine.append((start, end))
    document["absences"] = [
        {
            "person": person,
            "from": f"{start:%Y-%m-%d %H:%M}",
            "until": f"{end:%Y-%m-%d %H:%M}",
        }
        for person, stretches in away.items()
        for start, end in stretches
    ]


def _read_seldom(dice: Dice, document: Document, people: list[str]) -> None:
    for each in document["persons"]:
        if dice.random() < 0.4:
            each["reachable"] = dice.sample(TIME_CLASSES[:5], dice.choice((1, 2)))


def _leave(dice: Dice, document: Document, people: list[str]) -> None:
    for each in dice.sample(document["persons"], 2):
        each[dice.choice(("from", "until"))] = f"{dice.stretch()[0]:%Y-%m-%d}"


def _hold(dice: Dice, document: Document, people: list[str]) -> None:
    for chain in document["chains"].values():
        if dice.random() < 0.5:
            chain["hold"] = "next_opening"


def _rewire(dice: Dice, document: Document, people: list[str]) -> None:
    """Other targets, several a step, waits of their own."""
    roles = list(document["roles"])
    partners = [each["key"] for each in document["partners"]]
    for chain in document["chains"].values():
        if dice.random() < 0.5:
            continue
        kinds: dict[str, list[str]] = {
            "role": roles,
            "stand_in": roles,
            "person": people,
            "partner": partners,
            "rota": list(document["rotas"]),
        }
        chain["steps"] = []
        for _ in range(dice.choice((1, 2, 4))):
            named = dice.sample([*kinds, "role"], dice.choice((1, 1, 2, 3)))
            step: dict[str, Any] = {"targets": [{kind: dice.choice(kinds[kind])} for kind in named]}
            if dice.random() < 0.3:
                step["wait"] = f"{dice.choice((15, 45, 300))} min"
            chain["steps"].append(step)


def _give_units(dice: Dice, document: Document, people: list[str]) -> None:
    """Some units have holders of their own."""
    for code in ("fuehrungskraft", "ansprechstelle"):
        holder, *others = dice.sample(people, 2)
        own = {"holder": holder, "stand_ins": others[: dice.randrange(2)]}
        document["roles"][code]["units"] = {dice.choice(document["units"]): own}


def _list(dice: Dice, document: Document, people: list[str]) -> None:
    document["emergency"] = dice.sample(people, dice.choice((1, 2)))


def enter_facts(dice: Dice, tx: Transaction, plan: Plan) -> None:
    """What changes daily: absences, rotas changed, who leaves, a crisis."""
    people = [each.key for each in plan.persons]
    utc = [
        (start.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
        for start, end in (dice.stretch() for _ in range(6))
    ]
    (away_from, away_until), *changed, (left_at, _), (crisis_from, crisis_until) = utc
    away = {"start_at": away_from, "end_at": away_until}
    store.add_absences(tx, [absence(dice.choice(people), **away)])
    for start, end in changed:
        new = {"rota": "nachtdienst", "kind": dice.choice(CHANGES), "person": dice.choice(people)}
        instead = dice.choice((None, "clara.conrad", "farid.fischer"))
        if instead != new["person"]:
            new |= {"start_at": start, "end_at": end, "instead_of": instead}
            store.add_change(tx, change(**new))
    if dice.random() < 0.5:
        gone = {"municipality": ARS, "person": dice.choice(people), "left_at": left_at}
        store.keep_departure(tx, Departure(**gone, noted_by="test"))
    if dice.random() < 0.3:
        store.add_crisis(tx, crisis(start_at=crisis_from, end_at=crisis_until))


def cases(dice: Dice, plan: Plan, count: int) -> Iterator[Case]:
    """Random cases of the next weeks; some name accused people or units."""
    people = [each.key for each in plan.persons]
    for _ in range(count):
        named = dice.sample(people, dice.choice((0, 0, 0, 1, 3)))
        yield Case(
            municipality=ARS,
            registered_at=dice.begins + timedelta(seconds=dice.randrange(40 * 86400)),
            forms=tuple(dice.sample(FORMS, dice.choice((0, 1, 1, 2)))),
            affected_groups=tuple(dice.sample(GROUPS, dice.choice((0, 1, 1, 2)))),
            relation=dice.choice(RELATIONS),
            bias=dice.choice(("set", "none", "unknown")),
            severity=dice.choice((None, 0, 1, 2, 3)),
            danger_level=dice.choice(("normal", "normal", "high", "acute", "unknown")),
            unit=dice.choice((*plan.units, "unknown")),
            excluded=frozenset(person(key) for key in named),
            excluded_unit=dice.choice((None, None, None, *plan.units)),
            exclude_supervisor=dice.random() < 0.3,
        )
