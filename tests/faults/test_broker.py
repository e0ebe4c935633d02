# SPDX-License-Identifier: EUPL-1.2
"""The broker dies, hangs or forgets everything: intake goes on, and all arrives afterwards."""

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import pytest

from rueckhalt_shared import ledger
from rueckhalt_shared.contracts import topology
from rueckhalt_shared.database import Database, utcnow
from rueckhalt_shared.pipe import Pipe
from tests.faults.checker import Checker
from tests.faults.conftest import LONG, building
from tests.faults.load import Load
from tests.faults.settling import settled
from tests.faults.town import Town
from tests.flows.mail_sink import MailSink
from tests.flows.system import SERVICES
from tests.support import eventually

pytestmark = [pytest.mark.faults, pytest.mark.rabbitmq, pytest.mark.timeout(600)]

STOPPED = 60 if LONG else 15  # seconds
GAPS = "SELECT * FROM ledger_gaps WHERE producer IN ('intake', 'routing')"
DEAF = ("notify", "reporting")
WAITING = "SELECT id FROM outbox WHERE published_at IS NULL"


@dataclass
class Scene:
    """One installation for all of these tests; what each accepts must be there in the next."""

    town: Town
    checker: Checker
    load: Load
    sink: MailSink

    def is_assigned(self):
        """Everything accepted so far has its assignment."""
        assigned = self.checker.column("routing", "SELECT incident_id FROM assignments")
        return set(self.load.ids()) <= set(assigned)

    def posts_more(self, count):
        """Wait until so many more reports are accepted."""
        wanted = len(self.load.ids()) + count
        eventually(lambda: len(self.load.ids()) >= wanted, within=60, what="reports accepted")

    def settled(self):
        """Wait for everything."""
        return settled(self.checker, self.load, self.sink, within=120)


@pytest.fixture(scope="module")
def scene(request, tmp_path_factory):
    sink = MailSink().start()
    with building(request, tmp_path_factory, sink) as build:
        town = build("rabbitmq")
        with closing(Checker(town)) as checker:
            yield Scene(town, checker, Load(town), sink)
    sink.stop()


def test_a_broker_killed_right_after_the_queues_were_made_has_a_leader_for_each(broker):
    queues = topology.queues_for(frozenset(SERVICES))
    url = broker.new_vhost()
    with closing(Pipe(url, service="intake")) as pipe:
        pipe.declare(queues)

    broker.kill()
    broker.start()

    with closing(Pipe(url, service="intake")) as pipe:
        pipe.declare(queues)
        assert pipe.receive(list(queues), limit=1, wait=0.1) == []
    assert {queue["name"] for queue in broker.api("GET", f"queues/{url.rpartition('/')[2]}")} >= {
        *queues
    }


def test_while_the_broker_is_dead_all_is_accepted_and_arrives_when_it_is_back(scene, broker):
    with scene.load.running():
        scene.posts_more(5)
        eventually(scene.is_assigned, what="the flow")

        broker.kill()
        scene.posts_more(20)
        degraded = eventually(lambda: readiness(scene.town) == "degraded", what="readiness")
        broker.start()
        scene.posts_more(5)

    findings = scene.settled()
    assert degraded
    assert set(scene.load.answers) == {201}
    assert findings.is_clean, findings.told()


def test_a_broker_that_hangs_holds_nobody_up_and_no_stale_confirm_counts(scene, broker):
    with scene.load.running():
        scene.posts_more(5)
        eventually(scene.is_assigned, what="the flow")

        broker.suspend()
        ended = time.monotonic() + STOPPED
        try:
            eventually(lambda: time.monotonic() > ended, within=STOPPED + 5)
            waiting = len(scene.checker.rows("intake", WAITING))
        finally:
            broker.resume()
        scene.posts_more(5)

    findings = scene.settled()
    assert waiting > 0  # the backlog was kept
    assert set(scene.load.answers) == {201}
    assert findings.is_clean, findings.told()


def test_a_broker_that_lost_its_disk_gets_everything_again(scene, broker):
    town, checker = scene.town, scene.checker
    before = scene.settled()
    state_windows(town, ahead=timedelta(0))  # the first statement begins here

    for service in DEAF:
        town.kill(service, "worker")
    lost = [scene.load.post() for _ in range(20)]
    eventually(scene.is_assigned, what="assignments")
    eventually(lambda: not unpublished(checker), what="all is confirmed")
    broker.wipe()
    vhost = town.bus_url.rpartition("/")[2]
    broker.api("PUT", f"vhosts/{vhost}")
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    broker.api("PUT", f"permissions/{vhost}/guest", everything)
    for service in DEAF:
        town.start(service, "worker")
    eventually(lambda: not missing_bindings(broker, vhost), within=60, what="the topology")
    for minutes in (7, 12):
        state_windows(town, ahead=timedelta(minutes=minutes))
    checker.expects_statements = False
    findings = scene.settled()
    state_windows(town, ahead=timedelta(minutes=17))
    eventually(lambda: not gaps(scene), within=60, what="equal ledgers")

    assert before.is_clean, before.told()
    assert len(lost) == 20
    assert findings.is_clean, findings.told()


def gaps(scene):
    return [gap for service in SERVICES for gap in scene.checker.rows(service, GAPS)]


def readiness(town):
    return town.api("GET", "intake", "/readyz").json().get("status")


def unpublished(checker):
    return [row for service in ("intake", "routing") for row in checker.rows(service, WAITING)]


def missing_bindings(broker, vhost):
    there = {(b["destination"], b["routing_key"]) for b in broker.api("GET", f"bindings/{vhost}")}
    wanted = topology.queues_for(frozenset(SERVICES))
    return {(queue, key) for queue, keys in wanted.items() for key in keys} - there


def state_windows(town, *, ahead):
    """What the sweepers do every minute, at an instant to come.

    Only of those who say nothing any more: what is said after its window was stated would differ.
    """
    for service in ("intake", "routing"):
        database = Database(town.database_url(service), service, clock=lambda: utcnow() + ahead)
        try:
            database.run(ledger.state_closed_windows)
        finally:
            database.dispose()
