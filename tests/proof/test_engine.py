# SPDX-License-Identifier: EUPL-1.2
"""Proof, router and escalation engine against each other and a slow walk: the same people, always.

The engine runs with its database and its timers; whoever it tells, when, in which step and round,
is compared one by one with the walk, and no difference is left over. The proof is asked about the
same case and instant: the same rule, the same first people, the same seconds until a second one
knows, and the certificate never promises less than that.

`make oracle` tries hundreds of towns (`RUECKHALT_TEST_ORACLE`), a usual run a few.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from rueckhalt_routing.assignments.cases import answers
from rueckhalt_routing.duty import handlers as duty
from rueckhalt_routing.duty.roster import HOLDER, Duty, Roster
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.compiled import compile_plan
from rueckhalt_routing.plan.days import Days
from rueckhalt_routing.proof.reaching import first_told, second_wait
from rueckhalt_routing.proving.concluding import Proof, prove
from rueckhalt_routing.proving.cover import Cover
from rueckhalt_routing.proving.trying import trial_of
from rueckhalt_routing.proving.ways import Situation
from rueckhalt_shared.database import Database, Transaction
from tests.proof.rehearsal import Heard, Rehearsal
from tests.proof.test_behaviour import winner_in
from tests.proof.walker import CATCH_ALL, CHAIN, EMERGENCY, LAST_RESORT, Telling, Walker, instant
from tests.proof.worlds import DAYS, Dice, cases, enter_facts, world
from tests.routing.town import ARS, Town
from tests.support import FakeClock, sqlite_database

TOWNS = int(os.environ.get("RUECKHALT_TEST_ORACLE", "5"))
CASES = 20


@dataclass(frozen=True)
class Tried:
    """One random town: what its engine said of each case, and the proof of its plan."""

    proof: Proof
    heard: tuple[tuple[Heard, Walker], ...]


@pytest.fixture(params=range(TOWNS))
def tried(request: pytest.FixtureRequest) -> Tried:
    return _tried(request.param)


@cache
def _empty() -> tuple[TemporaryDirectory[str], Path]:
    """An empty, migrated database to copy."""
    folder = TemporaryDirectory()
    sqlite_database(Path(folder.name), "rueckhalt_routing").dispose()
    return folder, Path(folder.name) / "routing.db"


@cache
def _tried(seed: int) -> Tried:
    """Rehearsed once, looked at by each test."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "routing.db"
        shutil.copy(_empty()[1], path)
        dice = Dice(seed)
        clock = FakeClock(dice.begins)
        context = {"plans": {}, "catch_all": "auffang", "webhook": False, "base_url": "http://x"}
        database = Database(f"sqlite:///{path}", "routing", clock=clock, context=context)
        try:
            return _rehearsed(Town(database, clock), dice)
        finally:
            database.dispose()


def _rehearsed(town: Town, dice: Dice) -> Tried:
    database = town.database
    draft = world(dice)

    def publish(tx: Transaction) -> None:
        plans.publish(tx, draft, author="test")
        enter_facts(dice, tx, draft.plan)
        duty.changed(tx, ARS)

    database.run(publish)
    facts = database.read(duty.facts, ARS)
    roster = Roster(draft.plan, Days(draft.plan.calendar), facts)
    chosen = [(case, dice.choice((3, 8, 25))) for case in cases(dice, draft.plan, CASES)]
    heard = Rehearsal(town).run(chosen)
    walkers = tuple((each, Walker(draft.plan, roster, each.case)) for each in heard)
    return Tried(prove(draft, dice.begins, DAYS, facts=facts), walkers)


def said(heard: Heard, walker: Walker) -> list[tuple[int, int, int, dict[str, str]]]:
    """What the engine said: when, in which round and step, whom in which part."""
    keys = {walker.id(key): key for key in walker.kinds}
    found = []
    for at, type, data in heard.said:
        is_step = type == "responsibility.escalated"
        people = {
            keys[each.get("person") or each.get("partner")]: CHAIN if is_step else each["part"]
            for each in data["recipients"]
        }
        found.append((instant(at), data.get("round", 0), data["step"], people))
    return found


def knowing(walker: Walker, until: int) -> Iterator[tuple[Telling, set[str]]]:
    """Each telling up to an instant, and who knows by then: who is away does not."""
    known: set[str] = set()
    for telling in walker.walk():
        if telling.at > until:
            return
        there = {k for k in telling.people if walker.roster.is_there(Duty(k, HOLDER), telling.at)}
        known |= telling.people if telling.why in (CHAIN, CATCH_ALL) else there
        yield telling, set(known)


def test_the_engine_tells_exactly_whom_when_and_in_which_step_the_words_of_the_chain_say(
    tried: Tried,
) -> None:
    told = 0
    for heard, walker in tried.heard:
        engine = said(heard, walker)

        assert engine == walker.said(len(engine)), (walker.chain, walker.urgency, heard.case)
        told += len(engine)

    assert told > 5 * len(tried.heard)


def test_the_proof_knows_who_is_told_first_and_to_the_second_when_another_one_knows(
    tried: Tried,
) -> None:
    courses, end = tried.proof.courses, tried.proof.reach.seen[1]
    for _, walker in tried.heard:
        where = situation(walker)
        course, waits = courses.of(where), courses.waits(where)
        start = walker.held_until()
        first = list(first_told(((start, start + 1),), course))
        wait = second_wait(first, course, waits)
        bound = wait.seconds if wait is not None else None

        tellings = list(knowing(walker, end if bound is None else start + bound))

        if tellings[0][0].why == LAST_RESORT:
            assert not first  # a gap, and the proof says so
            continue
        assert set().union(*(people for *_, people in first)) == tellings[0][0].people
        *before, (last, known) = tellings
        helped = {each.why for each, _ in tellings} & {LAST_RESORT, EMERGENCY}
        assert len(known) > 1 or bound is None
        if not helped:  # these two make it sooner at most, and no proof counts on them
            assert (len(known) > 1) == (bound is not None)
            assert all(len(people) == 1 for each, people in before if each.at < last.at)


def test_the_certificate_names_the_rule_and_promises_no_less_than_what_happens(
    tried: Tried,
) -> None:
    document, plan = tried.proof.certificate, tried.proof.draft.plan
    if document is None:
        assert tried.proof.until <= tried.proof.reach.within[0]
        return
    compiled = compile_plan(plan, id="plan", version=1)
    until = instant(datetime.fromisoformat(document["valid_until"]))
    for heard, walker in tried.heard:
        cell = answers(heard.case, compiled.dimensions, plan.calendar)
        if all(len(v) == 1 for v in cell.values()) and walker.cells[0]["time_class"] != "crisis":
            assert walker.winners[0].code == winner_in(tried.proof, cell)
        start = walker.held_until()
        if heard.case.excluded or start >= until:
            continue  # who names single people is not proved, only their units and roles
        [*covers] = proved_for(walker, tried.proof)
        assert covers, "a kind of case that the certificate says nothing of"
        worst = [covered.second_until(until) for covered in covers]
        bounds = [each.seconds for each in worst if each is not None]
        listed = document["worst_in_conflict" if walker.out else "worst_by_urgency"]
        said_by_it = listed[walker.urgency]["2"]
        assert said_by_it is None or all(b is not None and b <= said_by_it for b in bounds)
        bound = None if None in bounds else max(map(int, filter(None, bounds)), default=0)
        tellings = list(knowing(walker, start + (bound or 0)))
        assert tellings[0][1], "the first human knows at once"
        assert bound is None or len(tellings[-1][1]) > 1


def proved_for(walker: Walker, proof: Proof) -> Iterator[Cover]:
    """What the certificate says of cases that tell the same people as this one."""
    course = proof.courses.of(situation(walker))
    for covered in proof.covers:
        where, classes = covered.route.situation, covered.route.classes
        if (
            (where.chain, where.urgency) == (walker.chain, walker.urgency)
            and walker.cells[0]["time_class"] in classes
            and covered.course is course
        ):
            yield covered


def test_a_trial_names_the_same_people_in_the_same_order_as_the_engine(tried: Tried) -> None:
    compiled = compile_plan(tried.proof.draft.plan, id="plan", version=1)
    for heard, walker in tried.heard:
        keys = frozenset(key for key in walker.kinds if walker.id(key) in heard.case.excluded)

        case = vars(heard.case) | {"excluded": keys}
        trial = trial_of(type(heard.case)(**case), compiled, tried.proof.reach)

        start = walker.held_until()
        found = [(told.member.key, start + after) for told, after in trial.told]
        until = found[-1][1]
        expected: dict[str, int] = {}
        for telling in walker.walk():
            if telling.at > until:
                break
            for key in telling.people:
                expected.setdefault(key, telling.at)
        assert dict(found) == expected


def situation(walker: Walker) -> Situation:
    """What the proof asks of a case."""
    apart = {unit for role in walker.plan.roles.values() for unit in role.units}
    return Situation(
        chain=walker.chain,
        urgency=walker.urgency,
        conflict="",
        unit=walker.case.unit if walker.case.unit in apart else "unknown",
        out=walker.out,
        barred=walker.barred,
        promise=0,
        holds=False,
    )
