# SPDX-License-Identifier: EUPL-1.2
"""The queues of the system: named after their service, bound to types that exist."""

import pytest

from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import topology

EVERYTHING = frozenset(topology.SERVICES)
SNAPSHOT = {
    "intake.note-responsibility",
    "intake.note-anchors",
    "intake.mark-emergencies",
    "notify.mark-emergencies",
    "reporting.mark-emergencies",
    "intake.keep-ledger",
    "routing.assign-incidents",
    "routing.remind-of-deadlines",
    "routing.tell-of-messages",
    "routing.note-answers",
    "routing.note-failures",
    "routing.keep-ledger",
    "notify.send-notices",
    "notify.announce-incidents",
    "notify.send-audit-heads",
    "notify.keep-ledger",
    "intake.count-receipts",
    "routing.erase-incidents",
    "notify.erase-incidents",
    "reporting.erase-incidents",
    "reporting.collect-facts",
    "reporting.keep-ledger",
}


def test_the_names_of_the_queues_are_an_api():
    assert set(topology.QUEUES) == SNAPSHOT


@pytest.mark.parametrize("queue", topology.QUEUES)
def test_a_queue_belongs_to_a_service_and_binds_types_that_exist(queue):
    known = {contracts.routing_key(event) for event in contracts.EVENTS}

    assert queue.split(".")[0] in topology.SERVICES
    assert set(topology.QUEUES[queue]) <= known
    assert len(set(topology.QUEUES[queue])) == len(topology.QUEUES[queue])


def test_with_routing_nobody_announces_incidents_unasked():
    assert set(topology.queues_for(EVERYTHING)) == SNAPSHOT - {"notify.announce-incidents"}


def test_without_routing_notify_announces_incidents_itself():
    assert set(topology.queues_for(frozenset({"intake", "notify"}))) == {
        "intake.note-responsibility",
        "intake.mark-emergencies",
        "notify.mark-emergencies",
        "intake.keep-ledger",
        "notify.send-notices",
        "notify.announce-incidents",
        "notify.keep-ledger",
        "notify.send-audit-heads",
        "intake.note-anchors",
        "intake.count-receipts",
        "notify.erase-incidents",
    }


def test_nothing_deployed_needs_no_queue():
    assert topology.queues_for(frozenset()) == {}
