# SPDX-License-Identifier: EUPL-1.2
"""An erased incident leaves no notice, no attempt, no link; and nobody hears of it again."""

import pytest
from sqlalchemy import select, text

from rueckhalt_notify.erasing import ERASER
from rueckhalt_notify.tables import metadata
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import IncidentErasureOrdered
from rueckhalt_shared.database import Database
from rueckhalt_shared.worker import Worker
from tests.notify.conftest import Rows, Tell
from tests.notify.town import GRETA, INCIDENT, LARS, TOWN, assigned, lead, taken_over, told
from tests.support import NOON, outbox

CONTACTS_ONLY = {"contacts", "master_keys", "municipality_keys"}


def order(worker: Worker, *, town: str = TOWN) -> None:
    event = IncidentErasureOrdered(
        subject=INCIDENT, municipality=town, order="o", scope="case", due_at=NOON, version=9
    )
    worker.deliver(
        "notify.erase-incidents", contracts.wrap(event, service="intake", id="x", time=NOON)
    )


def filled(database: Database) -> set[str]:
    """The tables of notify that hold any row."""
    return {
        name
        for name, table in metadata.tables.items()
        if database.read(lambda tx, t=table: tx.execute(select(t).limit(1)).first())
    }


@pytest.mark.parametrize("sent", [True, False], ids=["sent", "waiting"])
def test_every_row_of_the_incident_goes(
    sent: bool, tell: Tell, sender, worker: Worker, database: Database
) -> None:
    tell(assigned(lead(), told(GRETA), excluded=(LARS,)))
    tell(taken_over())
    if sent:
        sender.run(database)

    order(worker)

    assert filled(database) == CONTACTS_ONLY
    assert database.read(ERASER.held) == set()
    assert outbox(database)[-1]["type"] == "de.rueckhalt.incident.erased.v1"


def test_an_answered_notice_goes_with_its_answer(
    tell: Tell, sender, worker: Worker, database: Database, notices: Rows
) -> None:
    tell(assigned())
    sender.run(database)
    answered = text(
        "INSERT INTO answers (notice_id, attempt, verb, answered_at)"
        " VALUES (:id, 1, 'take_over', '2026-11-20 12:00:00')"
    )
    database.run(lambda tx: tx.execute(answered, {"id": notices()[0]["id"]}))

    order(worker)

    assert filled(database) == CONTACTS_ONLY


def test_a_late_assignment_reaches_nobody(
    tell: Tell, sender, worker: Worker, database: Database, mailer
) -> None:
    order(worker)

    tell(assigned())
    sender.run(database)

    assert filled(database) == CONTACTS_ONLY
    assert mailer.letters == []


def test_an_order_of_another_town_erases_nothing(
    tell: Tell, worker: Worker, database: Database, notices: Rows
) -> None:
    tell(assigned())

    order(worker, town="095640000000")

    assert len(notices()) == 1
