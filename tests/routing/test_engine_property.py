# SPDX-License-Identifier: EUPL-1.2
"""Whatever comes in whatever order: nobody is forgotten, nobody excluded is told, no step doubles.

A machine of rules over the real handlers on SQLite: reports, answers, offers, doubled and late
events, absences in between, two workers, workers that die after their claim, clocks that jump a
day either way, duties covered, people who leave and come back, crises declared and ended.
"""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from rueckhalt_routing.assignments import (
    answers,
    domain,
    following_up,
    handlers,
    holding,
    offering,
)
from rueckhalt_routing.assignments.domain import CLOSED
from rueckhalt_routing.assignments.falling_due import step_due
from rueckhalt_routing.duty import store
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.crises import CrisisGoesOn
from rueckhalt_routing.duty.domain import CHANGES
from rueckhalt_routing.duty.entries import Crisis, Departure
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.subscriptions import subscriptions
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Envelope, ids
from rueckhalt_shared.database import Database, Transaction
from tests.routing.test_duty_facts import change
from tests.routing.test_holding import crisis_plan
from tests.routing.test_presence import away, enter
from tests.routing.town import ARS, Town, facts, person
from tests.support import FakeClock, sqlite_database

PEOPLE = ("anna.aydin", "bernd.brandt", "clara.conrad", "lars.lind")
SATURDAY = datetime(2026, 11, 21, 22, 10, tzinfo=UTC)
REFUSALS = (
    domain.AlreadyClosed,
    domain.NotOffered,
    domain.NotTaken,
    domain.TakenByAnother,
    answers.UnknownPerson,
    answers.NobodyNamed,
    offering.ConsentNeeded,
    offering.UnknownReceiver,
)
keys = st.sampled_from(PEOPLE)


@cache
def _plan() -> plans.Draft:
    return plans.draft_of(crisis_plan() + "\nemergency: [jonas.jung, karla.kern]\n")


@cache
def _empty() -> tuple[tempfile.TemporaryDirectory[str], Path]:
    """An empty, migrated database to copy."""
    folder = tempfile.TemporaryDirectory()
    sqlite_database(Path(folder.name), "rueckhalt_routing").dispose()
    return folder, Path(folder.name) / "routing.db"


def crises_now(tx: Transaction) -> list[Crisis]:
    return store.crises_of(tx, [ARS])


class Engine(RuleBasedStateMachine):
    """One town; every published event is looked at once, right after the rule that made it."""

    incidents = Bundle("incidents")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "routing.db"
        shutil.copy(_empty()[1], path)
        context = {"plans": {}, "catch_all": "auffang", "webhook": False, "base_url": "http://x"}
        self.clock = FakeClock(SATURDAY)
        database = Database(f"sqlite:///{path}", "routing", clock=self.clock, context=context)
        self.town = Town(database, self.clock)
        self.delivered: list[tuple[str, Envelope]] = []
        self.seen = 0
        self.versions: dict[str, int] = {}
        self.excluded: dict[str, set[str]] = {}
        self.taker: dict[str, str | None] = {}
        self.steps: set[tuple[str, int, int]] = set()

    @initialize()
    def publish(self) -> None:
        self.town.database.run(plans.publish, _plan(), author="test")

    def teardown(self) -> None:
        self.town.database.dispose()
        self.folder.cleanup()

    # ------------------------------------------------------------------ what comes in

    @precondition(lambda self: len(self.versions) < 2)
    @rule(
        target=incidents,
        severity=st.sampled_from([0, 1, 2, 3, None]),
        form=st.sampled_from(["insult", "threat", "weapon", "massmail"]),
        out=st.sets(keys, max_size=2),
    )
    def report(self, severity: int | None, form: str, out: set[str]) -> str:
        incident = ids.uuid7()
        self.versions[incident] = 1
        self.excluded[incident] = {person(key) for key in out}
        self._bring(contracts.IncidentRegistered(subject=incident, **self._facts(
            incident, severity=severity, forms=(form,)
        )))  # fmt: skip
        return incident

    @rule(incident=incidents, severity=st.sampled_from([1, 2, 3]), out=st.sets(keys, max_size=1))
    def amend(self, incident: str, severity: int, out: set[str]) -> None:
        self.versions[incident] += 1
        self.excluded[incident] |= {person(key) for key in out}
        self._bring(contracts.IncidentAmended(subject=incident, **self._facts(
            incident, severity=severity
        )))  # fmt: skip

    @rule(incident=incidents, key=keys, verb=st.sampled_from(["take_over", "decline", "done"]))
    def answer(self, incident: str, key: str, verb: str) -> None:
        assignment = self.town.assignment(incident)
        self._bring(
            contracts.NoticeAnswered(
                subject=incident,
                municipality=ARS,
                version=1,
                notice=ids.uuid7(),
                assignment=assignment.id,
                person=person(key),
                verb=verb,
                at=self.clock.now,
            )
        )

    @rule(incident=incidents, key=keys)
    def fail(self, incident: str, key: str) -> None:
        self.town.fail(self.town.assignment(incident), key)

    @rule(incident=incidents, key=keys)
    def say_conflict(self, incident: str, key: str) -> None:
        if self._do(incident, lambda tx, a: answers.decline(
            tx, a, person(key), reason=domain.IN_CONFLICT
        )):  # fmt: skip
            self.excluded[incident].add(person(key))

    @rule(incident=incidents, key=keys)
    def offer(self, incident: str, key: str) -> None:
        self._do(incident, lambda tx, a: offering.offer(tx, a, key, by=a.taken_by))

    @rule(incident=incidents, key=keys)
    def press_take_over(self, incident: str, key: str) -> None:
        self._do(incident, lambda tx, a: answers.take_over(tx, a, key))

    @rule(incident=incidents)
    def note_activity(self, incident: str) -> None:
        self._do(incident, following_up.note_activity)

    @rule(incident=incidents)
    def close(self, incident: str) -> None:
        self.versions[incident] += 1
        self._bring(
            contracts.IncidentClosed(
                subject=incident,
                municipality=ARS,
                version=self.versions[incident],
                closed_at=self.clock.now,
            )
        )

    @precondition(lambda self: self.delivered)
    @rule(place=st.integers(0, 99))
    def deliver_again(self, place: int) -> None:
        queue, envelope = self.delivered[place % len(self.delivered)]
        self.town.worker.deliver(queue, envelope)

    # ------------------------------------------------------------------ time and workers

    @rule(minutes=st.sampled_from([1, 10, 30, 120, 1440, 4320]))
    def pass_time(self, minutes: int) -> None:
        self.town.pass_(minutes=minutes)

    @rule(minutes=st.sampled_from([10, 120, 1440]))
    def two_workers(self, minutes: int) -> None:
        """The first dies or stalls after its claim; the second takes over; both do the work."""
        database = self.town.database
        self.clock.pass_(minutes=minutes)
        stalled = database.run(timers.claim)
        self.clock.pass_(seconds=31)
        second = database.run(timers.claim)
        for timer in second:
            assert database.run(timers.fire, timer, step_due)
        for timer in stalled:
            assert not database.run(timers.fire, timer, step_due)

    @rule(hours=st.sampled_from([-24, 24]))
    def jump(self, hours: int) -> None:
        """The wall clock jumps; the auditor sweeps before anything is done."""
        self.clock.pass_(hours=hours)
        self.town.audit()

    @rule()
    def audit(self) -> None:
        self.town.run_timers()
        self.town.audit()

    @rule(who=st.sets(keys, min_size=1, max_size=3), hours=st.sampled_from([4, 48]))
    def be_away(self, who: set[str], hours: int) -> None:
        """What changes daily changes in the middle of a chain, too."""
        away(self.town, *sorted(who), hours=hours)

    @rule(key=keys, kind=st.sampled_from(CHANGES), hours=st.sampled_from([4, 48]))
    def cover(self, key: str, kind: str, hours: int) -> None:
        """Somebody else has the duty of the rota from now on."""
        now = self.clock.now
        span = {"start_at": now, "end_at": now + timedelta(hours=hours), "instead_of": None}
        new = change(rota="nachtdienst", kind=kind, person=key, **span)
        enter(self.town, lambda tx: store.add_change(tx, new))

    @rule(key=keys)
    def leave_the_house(self, key: str) -> None:
        gone = Departure(municipality=ARS, person=key, left_at=self.clock.now, noted_by="test")
        enter(self.town, lambda tx: store.keep_departure(tx, gone))

    @rule(key=keys)
    def come_back(self, key: str) -> None:
        enter(self.town, lambda tx: store.remove_departure(tx, ARS, key))

    @rule()
    def crisis(self) -> None:
        self.town.database.run(holding.release_all, ARS)

    @rule()
    def declare_crisis(self) -> None:
        with suppress(CrisisGoesOn):
            self.town.database.run(holding.declare_crisis, ARS, Actor(name="test"))

    @rule()
    def end_crisis(self) -> None:
        running = [c for c in self.town.database.read(crises_now) if c.end_at is None]
        ended = [
            replace(each, end_at=max(self.clock.now, each.start_at + timedelta(seconds=1)))
            for each in running
        ]
        enter(self.town, lambda tx: [store.save_crisis(tx, each) for each in ended])

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def everything_live_has_somebody_and_a_due_time_with_its_timer(self) -> None:
        live = [a for a in map(self.town.assignment, self.versions) if a.state != CLOSED]
        for assignment in live:
            assert assignment.next_due_at is not None
            assert assignment.lead is not None
        lost = self.town.database.read(
            timers.without_timer, ESCALATE, {assignment.id for assignment in live}
        )
        assert not lost

    @invariant()
    def what_was_said_names_nobody_excluded_and_no_step_twice(self) -> None:
        said = self.town.said_with_subjects()
        new, self.seen = said[self.seen :], len(said)
        for type, subject, data in new:
            self._check(type.removeprefix("responsibility."), subject, data)

    def _check(self, type: str, incident: str, data: dict[str, Any]) -> None:
        told = {each.get("person") for each in data.get("recipients", ())}
        if type in ("offered", "reminded"):
            told.add(data.get("person"))
        assert not told & self.excluded[incident], (type, data)
        if type == "escalated":
            step = (incident, data["round"], data["step"])
            assert step not in self.steps, step
            self.steps.add(step)
        if type == "taken_over":
            assert self.taker.get(incident) in (None, data["person"])
            self.taker[incident] = data["person"]
        elif type == "handed_over":
            self.taker[incident] = data["person"]
        elif type == "lapsed":
            self.taker[incident] = None

    # ------------------------------------------------------------------ how

    def _facts(self, incident: str, **changes: Any) -> dict[str, Any]:
        out = tuple(sorted(self.excluded[incident]))
        given = {"registered_at": self.clock.now, "excluded": out, **changes}
        return facts(**given) | {"version": self.versions[incident]}

    def _bring(self, event: contracts.Event) -> None:
        service = sorted(type(event).producers)[0]
        envelope = contracts.wrap(event, service=service, id=ids.uuid7(), time=self.clock.now)
        for queue in subscriptions.queues_of(type(event).type):
            self.delivered.append((queue, envelope))
            self.town.worker.deliver(queue, envelope)

    def _do(self, incident: str, act: Any) -> bool:
        id = self.town.assignment(incident).id
        try:
            self.town.database.run(lambda tx: act(tx, handlers.locked(tx, id)))
        except REFUSALS:
            return False
        return True


Engine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestEngine = Engine.TestCase
