# SPDX-License-Identifier: EUPL-1.2
"""The same on PostgreSQL, where transactions really run side by side."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.assignments import answers, domain, showing
from rueckhalt_routing.assignments.falling_due import step_due
from rueckhalt_routing.assignments.store import EVERYTHING
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_routing.timers.running import run_due
from rueckhalt_routing.timers.store import due_of
from rueckhalt_shared.database import Database
from rueckhalt_shared.migrations import upgrade
from tests.routing.town import ARS, Town, person
from tests.servers import PrivatePostgres
from tests.support import FakeClock

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(
    postgres: PrivatePostgres, clock: FakeClock, context: dict[str, Any]
) -> Iterator[Database]:
    url = postgres.create_database()
    upgrade(url, "rueckhalt_routing.migrations")
    database = Database(url, "routing", clock=clock, context=context)
    yield database
    database.dispose()


def side_by_side(*works: Callable[[], None]) -> None:
    """Run all works at once and wait for them."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work_timers(town: Town) -> None:
    while run_due(town.database, {ESCALATE: step_due}):
        pass


def take_over(town: Town, id: str, key: str, ends: list[str]) -> None:
    act = partial(answers.take_over, person=key)
    try:
        town.database.run(showing.change, id, act, sight=EVERYTHING)
        ends.append("taken")
    except domain.TakenByAnother:
        ends.append("late")


def test_the_whole_way_of_an_incident(town: Town) -> None:
    assignment = town.report(severity=3)
    town.pass_(minutes=10)
    town.amend(assignment.incident_id, severity=3, relation="colleague")
    taken = town.answer(assignment, "farid.fischer", "take_over")
    town.close(assignment.incident_id)
    town.audit()

    assert taken.taken_by == person("farid.fischer")
    assert town.said_types() == [
        "responsibility.assigned",
        "responsibility.escalated",
        "responsibility.taken_over",
        "responsibility.completed",
    ]


def test_a_town_decides_and_names_people_by_the_plan_of_its_landkreis(
    bare_town: Town, settings: Settings, key: str
) -> None:
    """Row-level security lets the town read what counts for it from above, and nothing beside."""
    plan = sample_plan()
    bare_town.publish_plan(plan.replace(f'"{ARS}"', '"16077"'))
    bare_town.publish_plan(plan.replace(f'"{ARS}"', '"160770888888"'))
    assignment = bare_town.report()
    client = create_app(settings, bare_town.database).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    counts = client.get(f"/v1/plan?municipality={ARS}").json
    tried = client.get(f"/v1/responsible?municipality={ARS}&forms=threat").json
    shown = client.get(f"/v1/assignments/{assignment.id}").json
    taken = client.post(f"/v1/assignments/{assignment.id}/take-over").json
    back = client.post(f"/v1/assignments/{assignment.id}/hand-back").json
    why = client.get(f"/v1/assignments/{assignment.id}/explanation").json

    assert (counts["municipality"], counts["inherited"]) == ("16077", True)
    assert (tried["red"], bool(tried["name"])) == (None, True)
    assert shown["person"] == person("bernd.brandt", "16077")
    assert shown["name"] == "Bernd Brandt"
    assert (taken["state"], back["state"]) == ("taken", "open")
    assert [step["cause"] for step in why["steps_taken"]] == ["declined"]
    left = bare_town.database.read(due_of, [assignment.id])
    assert list(left) == [assignment.id]


def test_four_timer_workers_take_each_step_once(town: Town) -> None:
    for _ in range(40):
        town.report(severity=3)
    town.clock.pass_(minutes=10)

    side_by_side(*[partial(work_timers, town)] * 4)

    escalated = [data["assignment"] for type, data in town.said() if type.endswith("escalated")]
    assert len(escalated) == len(set(escalated)) == 40


def test_of_four_takers_one_takes_over(town: Town) -> None:
    ends: list[str] = []
    id = town.report(severity=3).id

    keys = ("clara.conrad", "greta.gross", "hasan.hoff", "anna.aydin")
    side_by_side(*(partial(take_over, town, id, key, ends) for key in keys))

    assert sorted(ends) == ["late", "late", "late", "taken"]
    assert town.said_types().count("responsibility.taken_over") == 1


def test_taking_over_while_the_step_falls_due_ends_taken_and_steps_no_more(town: Town) -> None:
    ids = [town.report(severity=3).id for _ in range(10)]
    town.clock.pass_(minutes=10)
    ends: list[str] = []

    def take_all() -> None:
        for id in ids:
            take_over(town, id, "clara.conrad", ends)

    side_by_side(partial(work_timers, town), take_all, partial(work_timers, town))
    before = len(town.said())
    town.clock.pass_(minutes=20)
    town.run_timers()

    assert ends == ["taken"] * 10
    assert len(town.said()) == before
