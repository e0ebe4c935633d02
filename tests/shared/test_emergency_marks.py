# SPDX-License-Identifier: EUPL-1.2
"""The red mark of an emergency on other services' pages: for whoever is signed in there only."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import MetaData

from rueckhalt_shared import emergencies, shell
from rueckhalt_shared.contracts import PlanProved, PlanPublished
from rueckhalt_shared.database import Database
from rueckhalt_shared.emergencies import Marks
from tests.support import NOON, FakeClock

TOWN, KREIS, OTHER = "160770999999", "16077", "095640000000"
UNTIL = NOON + timedelta(hours=72)


@pytest.fixture
def marks() -> Marks:
    return Marks(MetaData())


@pytest.fixture
def database(tmp_path: Path, marks: Marks, clock: FakeClock) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path}/service.db", "intake", clock=clock)
    marks.table.create(found.engine)
    yield found
    found.dispose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def said(
    until: datetime | None, *, version: int = 1, town: str = TOWN, kind: Any = PlanPublished
) -> Any:
    return kind(
        subject="plan",
        municipality=town,
        version=version,
        plan_version=version,
        valid_until=NOON + timedelta(days=400),
        cells_weak=0,
        cells_none=0,
        by_urgency={},
        emergency_until=until,
    )


def shown(database: Database, marks: Marks, who: shell.Account) -> str:
    app = Flask(__name__)
    shell.install(app, shell.Frame())
    shell.show_account(app, lambda: who)
    shell.show_alarm(app, marks.reader(database, TOWN))
    with app.test_request_context("/"):
        return shell.alarm()


def person(*places: str) -> shell.Account:
    return shell.Account(name="Anna Aydin", places=frozenset(places))


def test_whoever_is_signed_in_there_sees_it_and_nobody_else(
    database: Database, marks: Marks
) -> None:
    database.run(marks.note, said(UNTIL))

    assert "Notveröffentlichung bis" in shown(database, marks, person(TOWN))
    assert "Notveröffentlichung bis" in shown(database, marks, person("*"))
    assert shown(database, marks, person(OTHER)) == ""
    assert shown(database, marks, shell.Account()) == ""


def test_the_pages_beside_the_services_show_what_the_services_have_heard(
    database: Database, marks: Marks
) -> None:
    database.run(marks.note, said(UNTIL))
    front, deaf = Flask("front"), Flask("routing")
    for who, app in ((person(TOWN), front), (person(TOWN), deaf)):
        shell.install(app, shell.Frame())
        shell.show_account(app, lambda who=who: who)

    emergencies.show_beside(front, [deaf, marks.shown_on(Flask("intake"), database, TOWN)])
    emergencies.show_beside(deaf, [])

    with front.test_request_context("/account"):
        assert "Notveröffentlichung bis" in shell.alarm()
    with deaf.test_request_context("/account"):
        assert shell.alarm() == ""


def test_without_routing_nothing_is_heard_and_nothing_shown(
    database: Database, marks: Marks
) -> None:
    assert shown(database, marks, person(TOWN)) == ""


def test_a_regular_plan_takes_the_mark_away_and_an_older_event_changes_nothing(
    database: Database, marks: Marks
) -> None:
    database.run(marks.note, said(UNTIL))
    database.run(marks.note, said(None, version=3))
    database.run(marks.note, said(UNTIL, version=2, kind=PlanProved))

    assert shown(database, marks, person(TOWN)) == ""


def test_a_towns_own_plan_counts_before_the_one_of_its_kreis(
    database: Database, marks: Marks
) -> None:
    database.run(marks.note, said(UNTIL, town=KREIS))
    assert shown(database, marks, person(TOWN)) != ""

    database.run(marks.note, said(None))

    assert shown(database, marks, person(TOWN)) == ""


def test_an_emergency_that_is_over_without_a_plan_before_it_stays_red(
    database: Database, marks: Marks, clock: FakeClock
) -> None:
    database.run(marks.note, said(UNTIL))
    clock.pass_(hours=73)

    assert "abgelaufen" in shown(database, marks, person(TOWN))


@pytest.mark.parametrize("service", ["intake", "notify", "reporting"])
@pytest.mark.parametrize("event", [PlanPublished, PlanProved])
def test_each_service_beside_routing_hears_of_it(service: str, event: Any) -> None:
    app = import_module(f"rueckhalt_{service}.app")
    marks = import_module(f"rueckhalt_{service}.emergencies").MARKS

    heard = app.service.subscriptions.consumer(f"{service}.mark-emergencies", event.type)

    assert heard == marks.note
