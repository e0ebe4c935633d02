# SPDX-License-Identifier: EUPL-1.2
"""An erased incident leaves no assignment, no decision, no timer; its source can go alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from rueckhalt_routing.erasing import ERASER
from rueckhalt_routing.tables import metadata
from rueckhalt_shared.contracts import IncidentErasureOrdered
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.settings import ServiceSettings
from tests.routing.town import ARS, Town, person
from tests.support import NOON

PLAN_ONLY = {"plans", "persons", "reach"}
Order = Callable[..., None]


@pytest.fixture
def order(town: Town, tmp_path: Path) -> Order:
    """Give an order as intake would."""
    tombstones.install(town.database, ServiceSettings(service="routing", data=tmp_path))

    def give(incident: str, *, scope: str = "case", version: int = 9, by: str = ARS) -> None:
        town.hear(
            IncidentErasureOrdered(
                subject=incident,
                municipality=by,
                order=f"{scope}-{version}",
                scope=scope,
                due_at=NOON,
                version=version,
            )
        )

    return give


def filled(database: Database) -> set[str]:
    """The tables of routing that hold any row."""
    return {
        name
        for name, table in metadata.tables.items()
        if database.read(lambda tx, t=table: tx.execute(select(t).limit(1)).first())
    }


def test_every_row_of_the_incident_goes(town: Town, order: Order) -> None:
    town.database.context["webhook"] = True
    assignment = town.report()
    town.pass_(hours=100)
    assert filled(town.database) >= {"assignments", "decisions", "steps_taken", "timers"}

    order(assignment.incident_id)

    assert filled(town.database) <= PLAN_ONLY
    assert town.database.read(ERASER.held) == set()


def test_a_late_correction_assigns_nobody(town: Town, order: Order) -> None:
    assignment = town.report()
    order(assignment.incident_id)

    with pytest.raises(AssertionError):
        town.report(subject=assignment.incident_id)

    assert filled(town.database) <= PLAN_ONLY


def test_an_order_of_another_town_erases_nothing(town: Town, order: Order) -> None:
    assignment = town.report()

    order(assignment.incident_id, by="095640000000")

    assert town.assignment(assignment.incident_id) == assignment


def test_the_source_is_forgotten_and_the_accused_stays_left_out(town: Town, order: Order) -> None:
    source, accused = person("lars.lind"), person("greta.gross")
    incident = town.report(excluded=(source, accused)).incident_id
    town.amend(incident, version=2, excluded=(accused,))

    order(incident, scope="source", version=2)

    rows = town.database.read(lambda tx: repr(_everything(tx)))
    assert source not in rows
    assert accused in rows


def test_the_source_is_forgotten_only_after_the_correction_has_come(
    town: Town, order: Order
) -> None:
    source = person("lars.lind")
    incident = town.report(excluded=(source,)).incident_id

    order(incident, scope="source", version=2)

    assert source in town.database.read(lambda tx: repr(_everything(tx)))


def _everything(tx):
    names = ("assignments", "decisions")
    return [tx.execute(select(metadata.tables[name])).all() for name in names]
