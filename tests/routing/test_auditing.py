# SPDX-License-Identifier: EUPL-1.2
"""The sweep of each minute: everything live has somebody and a due time, also after clock jumps."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from rueckhalt_routing.assignments.auditing import Auditor
from rueckhalt_routing.assignments.falling_due import step_due
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_routing.timers.running import run_due
from rueckhalt_routing.timers.watching import ClockWatch
from rueckhalt_shared.states import states
from tests.routing.test_presence import away
from tests.routing.town import Town, person
from tests.support import NOON


class RealTime:
    """The clock that nobody sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Watched:
    """A town with a watched clock: `pass_` is real time, `jump` sets the wall clock."""

    def __init__(self, town: Town, heartbeat: Path) -> None:
        self.town, self.real, self.heartbeat = town, RealTime(), heartbeat
        self.watch = ClockWatch(self.real)
        self.auditor = Auditor(self.watch, heartbeat)
        self.tick()

    def tick(self) -> None:
        while run_due(self.town.database, {ESCALATE: step_due}, watch=self.watch):
            pass

    def pass_(self, **span: float) -> None:
        self.town.clock.pass_(**span)
        self.real.seconds += timedelta(**span).total_seconds()
        self.tick()

    def jump(self, **span: float) -> None:
        self.town.clock.pass_(**span)
        self.tick()

    def sweep(self) -> None:
        self.auditor.sweep(self.town.database)


@pytest.fixture
def watched(town: Town, tmp_path: Path) -> Watched:
    return Watched(town, tmp_path / "heartbeat")


def change(town: Town, statement: str) -> None:
    town.database.run(lambda tx: tx.execute(text(statement)))


def test_a_clean_sweep_alone_touches_the_heartbeat(watched: Watched) -> None:
    watched.town.report()
    change(watched.town, "DELETE FROM timers")

    watched.sweep()
    assert not watched.heartbeat.exists()
    watched.tick()
    watched.sweep()

    assert watched.heartbeat.exists()
    assert watched.town.database.read(states)["auditor"].state == "clean"


@pytest.mark.parametrize(
    "fault", ["DELETE FROM timers", "UPDATE assignments SET next_due_at = NULL"]
)
@pytest.mark.parametrize("state", ["open", "taken", "offered", "held"])
def test_whatever_loses_its_due_time_gets_it_back(watched: Watched, fault: str, state: str) -> None:
    incident = watched.town.report(severity=3).incident_id
    in_an_hour = (NOON + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    values = "follow_up_by = :at, offer_until = :at, held_until = :at".replace(
        ":at", f"'{in_an_hour}'"
    )
    change(watched.town, f"UPDATE assignments SET state = '{state}', {values}")
    change(watched.town, fault)

    watched.sweep()

    after = watched.town.assignment(incident)
    assert after.red == "timer_lost"
    assert after.next_due_at == (NOON if state == "open" else NOON + timedelta(hours=1))
    kept = watched.town.database.read(
        lambda tx: tx.execute(text("SELECT count(*) FROM timers")).scalar()
    )
    assert kept == 1


def test_an_assignment_that_has_lost_everybody_is_asked_around_at_once(watched: Watched) -> None:
    incident = watched.town.report(severity=3).incident_id
    change(watched.town, "UPDATE assignments SET person = NULL, partner = NULL")

    watched.sweep()

    after = watched.town.assignment(incident)
    assert after.person == person("clara.conrad")
    assert after.next_due_at == NOON + timedelta(minutes=10)


def test_a_clock_set_forward_tells_nobody_before_a_sweep_has_looked(watched: Watched) -> None:
    watched.town.report(severity=3)

    watched.jump(hours=24)
    watched.jump(hours=-24)
    watched.sweep()
    watched.pass_(minutes=9)

    assert watched.town.said_types() == ["responsibility.assigned"]
    watched.pass_(minutes=1)
    assert watched.town.said_types()[1:] == ["responsibility.escalated"]


def test_a_clock_that_stays_forward_costs_one_sweep_and_then_one_step_not_many(
    watched: Watched,
) -> None:
    incident = watched.town.report(severity=3).incident_id

    watched.jump(hours=24)
    watched.pass_(seconds=30)
    assert watched.town.said_types() == ["responsibility.assigned"]
    watched.sweep()
    watched.pass_(seconds=1)

    assert watched.town.assignment(incident).step == 1
    assert watched.town.database.read(states)["auditor"].state == "red"
    assert not watched.heartbeat.exists()


def test_a_clock_set_back_by_a_day_loses_no_step(watched: Watched) -> None:
    watched.pass_(minutes=1)
    incident = watched.town.report(severity=3).incident_id

    watched.jump(hours=-24)
    watched.sweep()
    watched.pass_(minutes=9, seconds=59)
    assert watched.town.assignment(incident).step == 0
    watched.pass_(seconds=1)

    assert watched.town.assignment(incident).step == 1
    assert watched.town.said_types().count("responsibility.escalated") == 1


def test_a_promised_talk_survives_a_clock_set_back(watched: Watched) -> None:
    assignment = watched.town.report(severity=3)
    watched.town.answer(assignment, "clara.conrad", "take_over")

    watched.jump(hours=-24)
    watched.sweep()
    watched.pass_(minutes=30)
    watched.tick()

    assert watched.town.assignment(assignment.incident_id).state == "open"


def test_a_slow_machine_is_no_jump(watched: Watched) -> None:
    watched.town.report(severity=3)

    watched.pass_(hours=3)

    assert watched.town.said_types()[1:] == ["responsibility.escalated"]


def test_a_chain_that_ran_in_vain_goes_to_the_emergency_list_red_and_without_end(
    bare_town: Town,
) -> None:
    bare_town.publish_plan(sample_plan() + "\nemergency: [jonas.jung, karla.kern]\n")
    incident = bare_town.report(severity=3).incident_id
    for _ in range(3 * 5 + 1):
        bare_town.pass_(minutes=15)

    after = bare_town.assignment(incident)
    last = bare_town.said()[-1][1]
    bare_town.pass_(minutes=14)
    quiet = len(bare_town.said())
    bare_town.pass_(minutes=1)

    assert (after.state, after.red) == ("open", "exhausted")
    assert [each["person"] for each in last["recipients"]] == [
        person("jonas.jung"),
        person("karla.kern"),
    ]
    assert len(bare_town.said()) == quiet + 1
    assert bare_town.answer(after, "karla.kern", "take_over").red is None


def test_the_emergency_list_hears_of_slow_cases_each_working_day(bare_town: Town) -> None:
    bare_town.publish_plan(sample_plan() + "\nemergency: [jonas.jung]\n")
    incident = bare_town.report(severity=0, forms=("massmail",)).incident_id
    while bare_town.assignment(incident).red != "exhausted":
        bare_town.pass_(days=3)

    after = bare_town.assignment(incident)
    assert after.next_due_at is not None
    assert timedelta() < after.next_due_at - bare_town.clock.now <= timedelta(days=3)
    opening = after.next_due_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (opening.hour, opening.minute) == (8, 0)


def test_whoever_comes_back_while_the_emergency_list_is_told_hears_at_once(
    bare_town: Town,
) -> None:
    bare_town.publish_plan(sample_plan() + "\nemergency: [anna.aydin]\n")
    people = [each.key for each in read_plan(sample_plan())[0].persons]
    away(bare_town, *(key for key in people if key not in ("anna.aydin", "lars.lind")), hours=999)
    away(bare_town, "lars.lind", hours=21 * 24 + 3)
    back = bare_town.clock.now + timedelta(days=21, hours=3)
    incident = bare_town.report(severity=1, forms=("hatepost",)).incident_id
    while (due := bare_town.assignment(incident).next_due_at) is not None and due < back:
        bare_town.clock.now = due
        bare_town.run_timers()

    assert bare_town.assignment(incident).red == "exhausted"
    assert due == back

    bare_town.clock.now = back
    bare_town.run_timers()

    told = [each["person"] for each in bare_town.said()[-1][1]["recipients"]]
    assert told == [person("anna.aydin"), person("lars.lind")]


def test_nobody_of_the_emergency_list_hears_of_what_accuses_them(bare_town: Town) -> None:
    bare_town.publish_plan(sample_plan() + "\nemergency: [jonas.jung, karla.kern]\n")
    bare_town.report(severity=3, excluded=(person("jonas.jung"),))

    for _ in range(30):
        bare_town.pass_(minutes=15)

    told = str([data.get("recipients") for _, data in bare_town.said()])
    assert person("karla.kern") in told
    assert person("jonas.jung") not in told
