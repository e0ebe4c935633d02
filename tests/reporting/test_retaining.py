# SPDX-License-Identifier: EUPL-1.2
"""Rows go five years after their month, the figures stay, and no rebuild takes them away."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from rueckhalt_reporting.commands import rebuild_all
from rueckhalt_reporting.facts.store import facts
from rueckhalt_reporting.retaining import RETENTION
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import IncidentHoldChanged
from rueckhalt_shared.database import Database
from rueckhalt_shared.worker import Worker
from tests.reporting import events
from tests.reporting.conftest import Tell
from tests.reporting.events import TOWN
from tests.reporting.test_rebuild import cells
from tests.support import FakeClock

LONG_AGO = datetime(2021, 9, 15, tzinfo=UTC)
MONTH = "2021-09"


@pytest.fixture
def old_ones(tell: Tell, database: Database) -> None:
    """Of September 2021: one closed, one imported, one still open; and a closed one of today."""
    tell(events.registered("closed", registered_at=LONG_AGO))
    tell(events.closed("closed"))
    tell(events.registered("imported", registered_at=LONG_AGO, imported=True))
    tell(events.registered("open", registered_at=LONG_AGO))
    tell(events.registered("young"))
    tell(events.closed("young"))


def run(database: Database, *, dry_run: bool = False) -> dict[str, str]:
    found = RETENTION.run(database, RETENTION.read(None), dry_run=dry_run)
    return {each.incident: each.result for each in found}


def left(database: Database) -> set[Any]:
    return database.read(lambda tx: set(tx.execute(select(facts.c.incident)).scalars()))


def hold(worker: Worker, incident: str) -> None:
    event = IncidentHoldChanged(subject=incident, municipality=TOWN, held=True, version=1)
    envelope = contracts.wrap(event, service="intake", id="h", time=LONG_AGO)
    worker.deliver("reporting.erase-incidents", envelope)


@pytest.mark.parametrize(
    ("day", "due"), [((2026, 9, 30, 21, 59), False), ((2026, 9, 30, 22), True)]
)
def test_a_row_falls_due_five_years_after_the_end_of_its_month(
    old_ones: None, database: Database, clock: FakeClock, day: tuple[int, ...], due: bool
) -> None:
    clock.now = datetime(*day, tzinfo=UTC)  # type: ignore[arg-type]

    assert bool(run(database, dry_run=True)) is due


def test_rows_go_and_every_figure_stays(old_ones: None, database: Database) -> None:
    before = cells(database)

    assert run(database) == {"closed": "erased", "imported": "erased"}

    assert left(database) == {"open", "young"}
    assert cells(database) == before
    assert MONTH not in rebuild_all(database)
    assert cells(database) == before


def test_a_dry_run_lists_and_changes_nothing(old_ones: None, database: Database) -> None:
    assert run(database, dry_run=True) == {"closed": "due", "imported": "due"}
    assert len(left(database)) == 4
    assert MONTH in rebuild_all(database)


def test_what_intake_holds_stays(old_ones: None, worker: Worker, database: Database) -> None:
    hold(worker, "closed")

    assert run(database) == {"closed": "held", "imported": "erased"}
    assert "closed" in left(database)


def test_a_late_import_into_such_a_month_counts_once_more(
    old_ones: None, tell: Tell, database: Database
) -> None:
    run(database)
    total = (MONTH, TOWN, "total", "all")
    before = cells(database)[total]

    tell(events.registered("late", registered_at=LONG_AGO, imported=True))

    assert cells(database)[total] == before + 1
    assert run(database) == {"late": "erased"}
    assert cells(database)[total] == before + 1
