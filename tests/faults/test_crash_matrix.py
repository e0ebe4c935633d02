# SPDX-License-Identifier: EUPL-1.2
"""kill -9 between any two writes: nothing accepted is lost, nothing counts twice."""

import threading
from contextlib import ExitStack

import pytest

from tests import programs
from tests.faults import points
from tests.faults.campaign import NOTIFY, BrokerKills, Campaign
from tests.faults.conftest import EMBEDDED, LONG, RABBITMQ, SERVERS, building
from tests.flows.mail_sink import MailSink

pytestmark = [pytest.mark.faults, pytest.mark.timeout(14400 if LONG else 900)]

KILLS = 500 if LONG else 67  # three set-ups: two hundred in the short form
REPEATS = 20 if LONG else 1
BROKER_KILLS = 3
PATIENCE = 10800 if LONG else 400


def selected(request):
    """The set-ups that this run asks for and this machine can run."""
    missing = programs.missing()
    mine = [item for item in request.session.items if item.path == request.path]
    able = [item for item in mine if not any(map(item.get_closest_marker, missing))]
    return [item.callspec.params["set_up"] for item in able]


@pytest.fixture(scope="module")
def campaigns(request, tmp_path_factory):
    """All set-ups at once; each test looks at its own."""
    with ExitStack() as ending:
        found = {}
        for set_up in selected(request):
            sink = MailSink().start()
            ending.callback(sink.stop)
            build = ending.enter_context(building(request, tmp_path_factory, sink))
            found[set_up] = Campaign(
                set_up, build(set_up), sink, quota=KILLS, repeats=REPEATS, patience=PATIENCE
            )
        broker_kills = None
        if set(found) - {"embedded"}:
            broker_kills = BrokerKills(request.getfixturevalue("broker"), count=BROKER_KILLS)
        threads = [
            threading.Thread(target=campaign.run, args=(broker_kills,))
            for campaign in found.values()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        yield found


@pytest.mark.parametrize("set_up", [EMBEDDED, RABBITMQ, SERVERS])
def test_kill_9_between_any_two_writes_loses_and_doubles_nothing(set_up, campaigns):
    campaign = campaigns[set_up]
    supervisor = campaign.supervisor

    print(campaign.told())

    assert not campaign.fault, campaign.fault
    assert not campaign.wrong()
    assert campaign.findings.is_clean, campaign.findings.told()
    assert campaign.findings.extra_mails <= supervisor.kills_of(NOTIFY)
    assert points.applicable(embedded=set_up == "embedded") <= set(supervisor.fired)
    assert not supervisor.owed()
    assert supervisor.kills >= KILLS
