# SPDX-License-Identifier: EUPL-1.2
"""One bad event: eight attempts, then quarantine, and nobody else waits for it."""

import pytest

from tests.faults.conftest import EMBEDDED, RABBITMQ
from tests.faults.load import Load
from tests.faults.saboteurs import BAD_FORM
from tests.faults.settling import depth, hurry_parked, settled
from tests.support import eventually

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
WORKER = ("reporting", "worker")
STATES = "SELECT state, attempts, cause FROM inbox WHERE state <> 'done'"


def counted(checker):
    return set(checker.column("reporting", "SELECT incident FROM facts WHERE month IS NOT NULL"))


def quarantined(checker):
    hurry_parked(checker, "reporting")
    return checker.rows("reporting", f"{STATES} AND state = 'quarantined'")


def everything_is_published(checker):
    return not checker.rows("intake", "SELECT id FROM outbox WHERE published_at IS NULL")


def test_an_event_that_always_fails_is_quarantined_while_others_flow_and_comes_by_replay(
    build, check, sink
):
    town = build("embedded")
    checker, load = check(town), Load(town)
    town.kill(*WORKER)
    town.start(*WORKER, saboteur="raise_at_the_bad_one")

    bad = load.post(form=BAD_FORM)
    good = {load.post() for _ in range(20)}
    eventually(lambda: counted(checker) == good, within=30, what="the others are counted")
    (row,) = eventually(lambda: quarantined(checker), within=60, what="quarantine")
    town.kill(*WORKER)
    town.start(*WORKER)
    listed = town.run("reporting", "quarantine", "list", expected=1)
    town.run("reporting", "quarantine", "replay", "--all")
    findings = settled(checker, load, sink, within=60)

    assert row["attempts"] == 8
    assert "Poisoned" in row["cause"]
    assert "Poisoned" in listed
    assert findings.is_clean, findings.told()
    assert bad in counted(checker)


@pytest.mark.parametrize("set_up", [EMBEDDED, RABBITMQ])
def test_of_ten_events_the_one_that_kills_its_process_is_quarantined_and_nine_are_done(
    set_up, build, check
):
    town = build(set_up)
    checker, load = check(town), Load(town)
    town.kill(*WORKER)

    bad = load.post(form=BAD_FORM)
    good = {load.post() for _ in range(9)}
    eventually(lambda: everything_is_published(checker), within=30)
    deaths = Deaths(town)
    (row,) = eventually(lambda: deaths.one_more() or quarantined(checker), within=120, step=0.1)
    eventually(lambda: counted(checker) == good, within=60, what="nine are done")

    assert deaths.count == 8  # once among the others, seven times alone
    assert row["attempts"] == 8
    assert bad not in counted(checker)
    assert depth(town, "rk.dead") == 0


class Deaths:
    """Starts the worker again as often as it dies."""

    def __init__(self, town):
        self._town = town
        self.count = 0
        self._start()

    def one_more(self):
        """Look after the worker; nothing to wait for comes of it."""
        if self._town.processes[WORKER].poll() is not None:
            self.count += 1
            self._start()

    def _start(self):
        self._town.start(*WORKER, saboteur="die_at_the_bad_one")
