# SPDX-License-Identifier: EUPL-1.2
"""An event that kills its process meets quarantine and takes no neighbour along (C14)."""

from pathlib import Path

from sqlalchemy import select

from rueckhalt_shared.contracts import routing_key
from rueckhalt_shared.parcels import DEAD, Outgoing
from rueckhalt_shared.plumbing import inbox
from tests.shared.conformance.buses import Bus, child
from tests.shared.event_path import QUEUE, closed, envelope
from tests.support import plumbing_database

# One interpreter that forks for each life of the worker: starting Python anew takes far longer.
LIVE_UNTIL_QUIET = """
from datetime import timedelta
from rueckhalt_shared.consuming import Consuming
from rueckhalt_shared.database import Database, utcnow
from rueckhalt_shared.retrying import Retrying
from tests.shared.event_path import QUEUE, Desk

class Fatal(Desk):
    def hear(self, tx, event):
        if event.subject == "GUILTY":
            os.kill(os.getpid(), 9)

def live(ahead):
    subscriptions = Fatal().subscriptions
    clock = lambda: utcnow() + timedelta(seconds=ahead)
    database = Database(sys.argv[3], "routing", clock=clock)
    consuming = Consuming(database, lambda: pipe, subscriptions, [QUEUE])
    while consuming.take_batch(pipe, wait=3.0 if ahead == 400 else 0.2):
        pass
    retrying = Retrying(database, subscriptions)
    while retrying.run_due():
        pass
    pipe.close()
    os._exit(0)

kills = 0
for start in range(15):
    life = os.fork()
    if life == 0:
        live(start * 400)
    kills += os.WIFSIGNALED(os.waitpid(life, 0)[1])
say(kills)
"""


def test_of_ten_events_the_one_that_kills_is_quarantined_and_nine_are_done(
    bus: Bus, tmp_path: Path
) -> None:
    bus.shorten_leases()
    pipe = bus.pipe()
    pipe.declare({QUEUE: (routing_key(type(closed())),)})
    events = [envelope("GUILTY"), *(envelope(f"INNOCENT-{number}") for number in range(9))]
    pipe.publish(
        [
            Outgoing(id=e.id, type=e.type, routing_key=e.routing_key, body=e.to_json())
            for e in events
        ]
    )
    database = plumbing_database(tmp_path / "routing.db", "routing")

    with child(bus, LIVE_UNTIL_QUIET, arguments=[database.url]) as worker:
        kills = int(worker.line())

    query = select(inbox.c.event_id, inbox.c.state)
    states = {row.event_id: row.state for row in database.read(lambda tx: list(tx.execute(query)))}
    assert states == {e.id: "done" for e in events} | {events[0].id: "quarantined"}
    assert kills == 8  # once among the others, seven times alone
    assert pipe.depth(QUEUE) == pipe.depth(DEAD) == 0
