# SPDX-License-Identifier: EUPL-1.2
"""A report that was only redelivered after a crash is decided by its retry, not by the auditor."""

import pytest

from rueckhalt_routing.assignments import store
from rueckhalt_shared import contracts
from rueckhalt_shared.consuming import park_in
from rueckhalt_shared.contracts import ids
from tests.routing.town import Town, facts
from tests.support import NOON


@pytest.mark.parametrize(("cause", "attempts"), [("redelivered", 1), ("by HTTP", 0)])
def test_the_auditor_leaves_a_parked_report_a_minute_for_its_retry(
    town: Town, cause: str, attempts: int
) -> None:
    incident = ids.uuid7()
    report = contracts.IncidentRegistered(subject=incident, **facts(severity=3))
    envelope = contracts.wrap(report, service="intake", id=ids.uuid7(), time=NOON)
    queue = "routing.assign-incidents"
    town.database.run(park_in, queue, envelope, cause=cause, attempts=attempts, pause=0.0)

    town.audit()
    before = town.database.read(store.find, incident)
    town.worker.retrying.run_due()

    assert before is None
    assert town.said_types() == ["responsibility.assigned"]
    assert town.assignment(incident).red is None


def test_after_a_minute_the_auditor_gives_a_parked_report_to_the_catch_all(town: Town) -> None:
    incident = ids.uuid7()
    report = contracts.IncidentRegistered(subject=incident, **facts(severity=3))
    envelope = contracts.wrap(report, service="intake", id=ids.uuid7(), time=NOON)
    queue = "routing.assign-incidents"
    town.database.run(park_in, queue, envelope, cause="ValueError", attempts=1, pause=0.0)

    town.clock.pass_(seconds=60)
    town.audit()

    assert town.assignment(incident).red == "event_failed"
