# SPDX-License-Identifier: EUPL-1.2
"""Where intake is not deployed, routing itself lets closed assignments go after their time."""

from pathlib import Path

import pytest

from rueckhalt_routing.app import Settings
from rueckhalt_routing.retention import Retention, round_of
from rueckhalt_shared.contracts import IncidentClosed
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.settings import BadSettings, ServiceSettings
from tests.routing.test_erasing import PLAN_ONLY, filled
from tests.routing.town import ARS, Town
from tests.support import NOON

ALONE = frozenset({"routing", "notify"})


@pytest.fixture
def retention(town: Town, tmp_path: Path) -> Retention:
    """Three years, after its first round."""
    tombstones.install(town.database, ServiceSettings(service="routing", data=tmp_path))
    made = Retention(36)
    made.daily(town.database)
    return made


def close(town: Town, incident: str) -> None:
    closed = IncidentClosed(subject=incident, municipality=ARS, closed_at=NOON, version=5)
    town.hear(closed)


def test_a_closed_assignment_goes_after_its_time_with_all_its_rows(
    town: Town, retention: Retention
) -> None:
    incident = town.report().incident_id
    close(town, incident)
    town.pass_(hours=24 * 1090)
    retention.daily(town.database)
    assert "assignments" in filled(town.database)

    town.pass_(hours=24 * 10)
    retention.daily(town.database)

    assert filled(town.database) <= PLAN_ONLY
    assert town.database.read(tombstones.count)[0] == 1


def test_an_open_assignment_is_never_due(town: Town, retention: Retention) -> None:
    town.report()
    town.pass_(hours=24 * 3000)

    retention.daily(town.database)

    assert "assignments" in filled(town.database)


def test_with_intake_its_classes_and_holds_decide() -> None:
    assert round_of(36, frozenset({"intake", "routing"})) is None
    assert round_of(0, ALONE) is None
    assert round_of(36, ALONE) is not None


def test_a_senseless_time_stops_the_start() -> None:
    with pytest.raises(BadSettings, match="RETENTION_MONTHS"):
        Settings(service="routing", retention_months=-1)
