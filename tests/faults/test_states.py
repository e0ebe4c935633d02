# SPDX-License-Identifier: EUPL-1.2
"""kill -9 before every write of each state of an assignment, then on: as if nothing had happened.

A fork does one deed (a timer fires, an answer comes, a proof is made) and is killed before its
first write, before its second …, before and after the commit. Another one goes on half a minute
later. What was said and what stands then is what an undisturbed deed leaves: nothing lost,
nothing doubled, nothing to whoever is in conflict. The short form kills at some of the places.
"""

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from rueckhalt_routing.assignments import answers, handlers, holding, offering
from rueckhalt_routing.certificates import handlers as certificates
from rueckhalt_routing.certificates.running import Proving
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.drills import handlers as drills
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Envelope
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.settings import ServiceSettings
from tests.faults.conftest import LONG
from tests.routing.conftest import migrated  # noqa: F401 - a fixture
from tests.routing.test_holding import holding_plan
from tests.routing.town import ARS, PREFIX, Town, person
from tests.support import FakeClock, outbox

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600 if LONG else 240)]

SATURDAY = datetime(2026, 11, 21, 22, 10, tzinfo=UTC)
EXCLUDED = "farid.fischer"
EXCLUDED_ID = person(EXCLUDED)
EVERY = 1 if LONG else 3
"""Every how many places the deed is killed."""
PASSING = ("at", "by", "until", "id", "decision", "assignment", "valid", "certificate", "gap")
Deed = Callable[[Town], None]


@dataclass(frozen=True)
class State:
    """How a state is reached, what happens in it, and what goes on after a kill."""

    reach: Deed
    deed: Deed
    again: Deed | None = None
    """Done after the kill; none: the deed itself, as a timer or the bus would do it again."""


# ---------------------------------------------------------------------------- ways to a state


def report(town: Town, **changes: Any) -> None:
    given = {"registered_at": town.clock.now, "excluded": (person(EXCLUDED),), **changes}
    town.report(subject="01a20000-0000-7000-8000-000000000001", **given)


def only(town: Town) -> Any:
    return town.assignment(town.database.read(_incident))


def _incident(tx: Transaction) -> str:
    return str(tx.execute(text("SELECT incident_id FROM assignments")).scalar_one())


def held(town: Town) -> None:
    report(town)


def at_opening(town: Town) -> None:
    held(town)
    town.clock.now = datetime(2026, 11, 23, 7, tzinfo=UTC)


def asked(town: Town) -> None:
    report(town, severity=3)
    town.clock.pass_(minutes=10)


def in_vain(town: Town) -> None:
    report(town, severity=3)
    while only(town).round < 3:
        town.pass_(minutes=5)
    town.clock.now = only(town).next_due_at


def act(town: Town, work: Any) -> None:
    id = only(town).id
    town.database.run(lambda tx: work(tx, handlers.locked(tx, id)))


def taken(town: Town) -> None:
    report(town, severity=2, forms=("threat",))
    act(town, lambda tx, a: answers.take_over(tx, a, "david.dorn"))


def to_be_reminded(town: Town) -> None:
    taken(town)
    town.clock.pass_(hours=7)


def overdue(town: Town) -> None:
    to_be_reminded(town)
    town.run_timers()
    town.clock.pass_(hours=2)


def offered(town: Town) -> None:
    taken(town)
    to = {"to": "eva.engel", "by": person("david.dorn")}
    act(town, lambda tx, a: offering.offer(tx, a, **to))


def unanswered(town: Town) -> None:
    offered(town)
    town.clock.pass_(hours=3)


def drilling(town: Town) -> None:
    town.database.run(drills.start, ARS, severity=3)
    town.clock.pass_(minutes=10)


def drill_over(town: Town) -> None:
    drilling(town)
    town.run_timers()
    town.clock.pass_(days=5)


def without_timer(town: Town) -> None:
    asked(town)
    town.database.run(lambda tx: tx.execute(text("DELETE FROM timers")))


def proved(town: Town) -> None:
    Proving(town.clock).run(town.database)
    town.clock.pass_(days=1)


def gap_to_come(town: Town) -> None:
    """A gap in seventeen days that no proof has seen."""
    away = [
        f"{{person: {key}, from: 2026-12-08, until: 2026-12-09}}"
        for key in ("anna.aydin", "lars.lind", "ines.iwanow", "bernd.brandt", "david.dorn")
    ]
    plan = sample_plan() + f"\nabsences: [{', '.join(away)}]\n"
    town.database.run(plans.publish, plans.draft_of(plan), author="test")


def with_gap(town: Town) -> None:
    """Seen and told; the next reminder is due."""
    gap_to_come(town)
    Proving(town.clock).run(town.database)
    town.clock.pass_(days=4)


# ---------------------------------------------------------------------------- deeds


def timers(town: Town) -> None:
    town.run_timers()


def sweep(town: Town) -> None:
    town.audit()


def prove(town: Town) -> None:
    Proving(town.clock).run(town.database)
    town.database.run(certificates.remind)


def remind(town: Town) -> None:
    town.database.run(certificates.remind)


def crisis(town: Town) -> None:
    try:
        town.database.run(holding.declare_crisis, ARS, Actor(name="test"), reason="")
    except Exception as error:  # declared already: whoever pressed the button sees so
        if type(error).__name__ != "CrisisGoesOn":
            raise


def declared_again(town: Town) -> None:
    crisis(town)
    sweep(town)


def answered(key: str, verb: str) -> Deed:
    """The same event each time, as the bus delivers it again."""

    def deliver(town: Town) -> None:
        found = only(town)
        answer = contracts.NoticeAnswered(
            subject=found.incident_id,
            municipality=ARS,
            version=1,
            notice="01a20000-0000-7000-8000-000000000002",
            assignment=found.id,
            person=person(key),
            verb=verb,
            at=found.assigned_at,
        )
        id = "01a20000-0000-7000-8000-000000000003"
        envelope: Envelope = contracts.wrap(answer, service="notify", id=id, time=SATURDAY)
        town.worker.deliver("routing.note-answers", envelope)

    return deliver


STATES = {
    "held, delivered at the opening": State(at_opening, timers),
    "held, a crisis is declared": State(held, crisis, declared_again),
    "held, somebody takes over": State(held, answered("bernd.brandt", "take_over")),
    "asked, the next step": State(asked, timers),
    "asked, somebody declines": State(asked, answered("clara.conrad", "decline")),
    "exhausted, the emergency list": State(in_vain, timers),
    "taken, a reminder": State(to_be_reminded, timers),
    "taken, nothing was noted in time": State(overdue, timers),
    "offered, accepted": State(offered, answered("eva.engel", "take_over")),
    "offered, declined": State(offered, answered("eva.engel", "decline")),
    "offered, nobody answers": State(unanswered, timers),
    "offered, taker is in conflict": State(offered, answered(EXCLUDED, "take_over")),
    "a drill, the next step": State(drilling, timers),
    "a drill, confirmed": State(drilling, answered("clara.conrad", "confirm")),
    "a drill, its end": State(drill_over, timers),
    "a lost timer, healed": State(without_timer, sweep),
    "a certificate, the first": State(lambda town: None, prove),
    "a certificate, a new day": State(proved, prove),
    "a gap, found": State(gap_to_come, prove),
    "a gap, its reminder": State(with_gap, remind),
}


# ---------------------------------------------------------------------------- kills


class Killer:
    """Ends this process before its nth write or commit, as kill -9 does."""

    def __init__(self, database: Database, at: int) -> None:
        self.left = at
        for engine in (database.engine,):
            event.listen(engine, "before_cursor_execute", self._statement)
            event.listen(engine, "commit", self._commit)

    def _statement(self, *given: Any) -> None:
        if given[2].lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            self._pass()

    def _commit(self, _connection: Any) -> None:
        self._pass()

    def _pass(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def opened(path: Path, now: datetime) -> Town:
    context = {"plans": {}, "catch_all": "auffang", "webhook": False, "base_url": "http://x"}
    clock = FakeClock(now)
    database = Database(f"sqlite:///{path}", "routing", clock=clock, context=context)
    tombstones.install(database, ServiceSettings(service="routing", data=path.parent))
    return Town(database, clock)


def killed(path: Path, state: State, now: datetime, at: int) -> bool:
    """Do the deed in a fork that dies at a place; false when it came through alive."""
    child = os.fork()
    if child == 0:
        try:
            town = opened(path, now)
            Killer(town.database, at)
            state.deed(town)
        except BaseException:
            os._exit(70)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in (0, -signal.SIGKILL), f"the deed failed by itself: {ended}"
    return ended != 0


def copied(start: Path, to: Path) -> Path:
    for old in to.parent.glob(f"{to.name}*"):
        old.unlink()
    for suffix in ("", "-wal"):
        source = Path(f"{start}{suffix}")
        if source.exists():
            shutil.copy(source, f"{to}{suffix}")
    return to


def outcome(town: Town) -> tuple[Counter[str], list[tuple[Any, ...]], list[int]]:
    """What was said, how the assignments stand, how much waits or is kept: without instants."""
    said = Counter(
        json.dumps([each["type"].removeprefix(PREFIX), _lasting(each["data"])], sort_keys=True)
        for each in outbox(town.database)
    )
    columns = "state, step, round, person, taken_by, offered_to, told, red, excluded"
    query = text(f"SELECT {columns} FROM assignments")
    rows = town.database.read(lambda tx: [tuple(map(str, row)) for row in tx.execute(query)])
    return said, rows, town.database.read(_counted)


def _counted(tx: Transaction) -> list[int]:
    tables = ("timers", "steps_taken", "certificates", "plan_gaps")
    queries = (text(f"SELECT count(*) FROM {name}") for name in tables)
    return [tx.execute(query).scalar_one() for query in queries]


def _lasting(data: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in data.items() if not any(word in k.split("_") for word in PASSING)}


def places() -> Iterator[int]:
    """Where to kill: everywhere, or the first three and then each third."""
    return (place for place in count(1) if place <= 3 or place % EVERY == 0)


@pytest.mark.parametrize("name", STATES)
def test_a_kill_before_any_write_leaves_what_no_kill_would(
    name: str,
    tmp_path: Path,
    migrated: Path,  # noqa: F811 - a fixture
) -> None:
    state = STATES[name]
    start = tmp_path / "start.db"
    shutil.copy(migrated, start)
    town = opened(start, SATURDAY)
    plan = holding_plan() + "\nemergency: [jonas.jung, karla.kern]\n"
    town.database.run(plans.publish, plans.draft_of(plan), author="test")
    state.reach(town)
    now = town.clock.now
    town.database.dispose()

    whole = opened(copied(start, tmp_path / "whole.db"), now)
    (state.again or state.deed)(whole)
    wanted = outcome(whole)
    whole.database.dispose()

    kills = 0
    for place in places():
        path = copied(start, tmp_path / "killed.db")
        if not killed(path, state, now, place):
            break
        kills += 1
        survivor = opened(path, now + timedelta(seconds=31))
        (state.again or state.deed)(survivor)
        found = outcome(survivor)
        survivor.database.dispose()
        assert found == wanted, (name, place)

    assert kills >= 2
    lines = [json.loads(line)[1] for line in wanted[0]]
    told = {each.get("person") for line in lines for each in [line, *line.get("recipients", ())]}
    assert person(EXCLUDED) not in told or not any(EXCLUDED_ID in row[-1] for row in wanted[1])
