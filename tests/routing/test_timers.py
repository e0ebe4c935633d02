# SPDX-License-Identifier: EUPL-1.2
"""Timers: claimed by lease, done exactly once, by whomever, whatever dies in between."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_routing.assignments.falling_due import step_due
from rueckhalt_routing.timers import handlers as timers
from rueckhalt_routing.timers.running import run_due
from rueckhalt_shared.database import Database, Transaction
from tests.routing.town import Town
from tests.support import sqlite_database

WORKS = {timers.ESCALATE: step_due}
ROOT = Path(__file__).resolve().parent.parent.parent
WORKER = """
import sys
from datetime import datetime
from rueckhalt_routing.assignments.falling_due import step_due
from rueckhalt_routing.timers.handlers import ESCALATE
from rueckhalt_routing.timers.running import run_due
from rueckhalt_shared.database import Database
now = datetime.fromisoformat(sys.argv[2])
database = Database(sys.argv[1], "routing", clock=lambda: now, context={"plans": {}})
while run_due(database, {ESCALATE: step_due}):
    pass
"""


def work_in_another_process(town: Town, **environment: str) -> int:
    """Run everything due in a process of its own; answers how it ended."""
    command = [sys.executable, "-c", WORKER, town.database.url, town.clock.now.isoformat()]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False)
    return ended.returncode


def test_a_claimed_timer_is_nobody_elses_until_its_lease_ends(town: Town) -> None:
    town.report(severity=3)
    town.clock.pass_(minutes=10)

    first = town.database.run(timers.claim)
    second = town.database.run(timers.claim)
    town.clock.pass_(seconds=timers.LEASE.total_seconds())
    third = town.database.run(timers.claim)

    assert (len(first), len(second), len(third)) == (1, 0, 1)
    assert third[0].attempt == 2


def test_a_stalled_worker_that_wakes_up_does_nothing(town: Town) -> None:
    town.report(severity=3)
    town.clock.pass_(minutes=10)
    [stalled] = town.database.run(timers.claim)
    town.clock.pass_(seconds=31)

    town.run_timers()
    done = town.database.run(timers.fire, stalled, step_due)

    assert not done
    assert town.said_types() == ["responsibility.assigned", "responsibility.escalated"]


def test_a_timer_moved_by_an_answer_does_not_fire_for_the_old_step(town: Town) -> None:
    assignment = town.report(severity=3)
    town.clock.pass_(minutes=10)
    [claimed] = town.database.run(timers.claim)
    town.answer(assignment, "clara.conrad", "decline")

    done = town.database.run(timers.fire, claimed, step_due)

    assert not done
    assert town.assignment(assignment.incident_id).step == 1


def test_two_workers_take_each_step_once(town: Town, tmp_path: Path) -> None:
    count = 60
    for _ in range(count):
        town.report(severity=3)
    town.clock.pass_(minutes=10)
    other = Database(town.database.url, "routing", clock=town.clock, context={"plans": {}})
    start = threading.Barrier(2)

    def work(database: Database) -> None:
        start.wait()
        while run_due(database, WORKS):
            pass

    threads = [threading.Thread(target=work, args=(db,)) for db in (town.database, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.dispose()

    escalated = [data["assignment"] for type, data in town.said() if type.endswith("escalated")]
    assert len(escalated) == len(set(escalated)) == count


@pytest.mark.parametrize("point", ["timer.after_claim", "timer.after_commit"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_killed_worker_leaves_the_step_to_the_next_one(town: Town, point: str, nth: int) -> None:
    for _ in range(3):
        town.report(severity=3)
    town.clock.pass_(minutes=10)

    killed = work_in_another_process(town, RUECKHALT_TEST="1", RUECKHALT_CRASH_AT=f"{point}:{nth}")
    town.clock.now += timedelta(seconds=31)
    town.run_timers()

    assert killed == (-signal.SIGKILL if (point, nth) != ("timer.after_claim", 2) else 0)
    escalated = [data["assignment"] for type, data in town.said() if type.endswith("escalated")]
    assert len(escalated) == len(set(escalated)) == 3


def test_work_that_fails_is_tried_again_and_holds_back_nobody_else(town: Town) -> None:
    first = town.report(severity=3)
    town.report(severity=3)
    town.clock.pass_(minutes=10)
    failing = True

    def work(tx: Transaction, ref: str) -> None:
        if failing and ref == first.id:
            raise ZeroDivisionError
        step_due(tx, ref)

    run_due(town.database, {timers.ESCALATE: work})
    after_failure = town.said_types().count("responsibility.escalated")
    failing = False
    town.clock.pass_(seconds=5)
    run_due(town.database, {timers.ESCALATE: work})

    assert after_failure == 1
    assert town.said_types().count("responsibility.escalated") == 2


def test_metadata_and_migrations_agree(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from rueckhalt_routing import app, tables
    from rueckhalt_shared.plumbing import plumbing

    assert app.service.name == "routing"
    both: Any = [tables.metadata, plumbing]
    database = sqlite_database(tmp_path, "rueckhalt_routing")
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, both)
    database.dispose()

    assert found == []
