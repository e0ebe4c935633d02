# SPDX-License-Identifier: EUPL-1.2
"""The minute's round: nothing stays where nobody hears it."""

import pytest

from rueckhalt_shared.states import states
from rueckhalt_shared.sweeper import Sweeper
from tests.shared.event_path import ListPipe, envelope
from tests.support import FakeClock, outbox, plumbing_database


@pytest.fixture
def database(tmp_path):
    return plumbing_database(tmp_path / "intake.db", "intake", clock=FakeClock())


@pytest.fixture
def pipe():
    return ListPipe()


@pytest.fixture
def sweeper(database, pipe):
    return Sweeper(database, lambda: pipe, frozenset({"intake", "routing"}))


def test_an_event_that_is_heard_now_is_published_again_with_its_id(sweeper, pipe):
    event = envelope()
    pipe.deliver(event, queue="rk.unrouted")

    assert sweeper.reroute() == 1

    assert pipe.published == [event.id]
    assert pipe.acked == ["0"]


def test_what_nobody_hears_or_another_service_said_is_given_back(sweeper, pipe):
    pipe.deliver(envelope().to_json().replace("incident.closed", "deadline.near").encode())
    pipe.deliver(envelope().to_json().replace("/intake/", "/notify/").encode())
    pipe.deliver(b"unreadable")

    assert sweeper.reroute() == 0

    assert pipe.acked == []
    assert pipe.published == []
    assert pipe.closed == 1


def test_a_round_states_the_ledger_and_notes_that_it_runs(sweeper, database):
    sweeper.sweep()

    assert [e["type"] for e in outbox(database)] == ["de.rueckhalt.ledger.stated.v1"]
    assert database.read(states)["sweeper"].state == "running"
