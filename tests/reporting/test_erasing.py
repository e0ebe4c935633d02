# SPDX-License-Identifier: EUPL-1.2
"""An erased incident stays a count and leads back to nobody."""

from datetime import timedelta

from sqlalchemy import text

from rueckhalt_reporting.facts import handlers
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import IncidentErasureOrdered
from rueckhalt_shared.database import Database
from rueckhalt_shared.worker import Worker
from tests.reporting.conftest import Tell
from tests.reporting.events import NOW, TOWN, amended, assigned, registered, taken_over
from tests.support import outbox

CASE = "incident-1"


def order(worker: Worker, *, town: str = TOWN) -> None:
    event = IncidentErasureOrdered(
        subject=CASE, municipality=town, order="o", scope="case", due_at=NOW, version=9
    )
    worker.deliver(
        "reporting.erase-incidents", contracts.wrap(event, service="intake", id="x", time=NOW)
    )


def counts(database: Database) -> list[tuple[object, ...]]:
    query = text("SELECT * FROM rollups WHERE n <> 0 ORDER BY 1, 2, 3, 4")
    return database.read(lambda tx: [tuple(row) for row in tx.execute(query)])


def walk(tell: Tell) -> None:
    tell(registered(CASE))
    tell(assigned(CASE), at=NOW)
    tell(taken_over(CASE, taken_over_at=NOW + timedelta(minutes=42)))


def test_the_figures_stay_and_the_key_goes(worker: Worker, tell: Tell, database: Database) -> None:
    walk(tell)
    before = counts(database)

    order(worker)

    row = database.read(lambda tx: tx.execute(text("SELECT * FROM facts")).mappings().one())
    assert counts(database) == before
    assert row["incident"].startswith("erased-")
    assert str(row["assigned_at"]).startswith("2000-01-01")
    assert [each["type"] for each in outbox(database)] == ["de.rueckhalt.incident.erased.v1"]


def test_counted_again_from_the_facts_nothing_differs(
    worker: Worker, tell: Tell, database: Database
) -> None:
    walk(tell)
    order(worker)
    before = counts(database)

    wrong = [database.run(handlers.rebuild_month, m) for m in database.read(handlers.months)]

    assert not any(wrong)
    assert counts(database) == before


def test_late_events_count_nothing_twice(worker: Worker, tell: Tell, database: Database) -> None:
    walk(tell)
    order(worker)
    before = counts(database)

    tell(registered(CASE))
    tell(amended(CASE))
    tell(taken_over(CASE))

    assert counts(database) == before


def test_an_order_of_another_town_erases_nothing(
    worker: Worker, tell: Tell, database: Database
) -> None:
    walk(tell)

    order(worker, town="095640000000")

    query = text("SELECT incident FROM facts")
    assert database.read(lambda tx: tx.execute(query).scalars().all()) == [CASE]
    assert outbox(database) == []
