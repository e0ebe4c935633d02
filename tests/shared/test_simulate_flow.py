# SPDX-License-Identifier: EUPL-1.2
"""Published figures through intake's API and over its events: reporting says what was published.

Without a bus between them, so that it runs in seconds; `tests/flows` does the same over the bus.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from rueckhalt_intake import app as intake
from rueckhalt_intake import demo
from rueckhalt_reporting import app as reporting
from rueckhalt_reporting.commands import rebuild_all
from rueckhalt_shared.contracts import Envelope, unwrap
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.keys import SCOPES, KeyStore
from rueckhalt_shared.simulate import expected, load, reports
from rueckhalt_shared.simulate.sending import Sender
from tests.support import outbox, sqlite_database

TOWN = "160770999999"
TODAY = date(2026, 11, 20)
QUEUE = "reporting.collect-facts"


class Answer:
    """A werkzeug answer as `requests` would give it."""

    def __init__(self, response: Any) -> None:
        self.status_code = response.status_code
        self.text = response.text
        self.headers = response.headers
        self.json = response.get_json


class Town:
    """intake and reporting of Musterstadt, with a key that may do everything."""

    def __init__(self, folder: Path) -> None:
        identity = f"sqlite:///{folder}/identity.db"
        given: dict[str, Any] = {
            "data": folder,
            "services": frozenset({"intake", "reporting"}),
            "bus_url": f"rkbus:///{folder}/bus.db",
            "identity_url": identity,
            "base_url": "http://intake",
        }
        self.key = KeyStore(identity).create(
            sender="simulate", scopes=SCOPES, municipalities=(TOWN,), mode="live"
        )
        self.intake_database = sqlite_database(folder, "rueckhalt_intake")
        self.reporting_database = sqlite_database(folder, "rueckhalt_reporting")
        url = f"sqlite:///{folder}/intake.db"
        settings = intake.Settings(service="intake", database_url=url, **given)
        demo.prepare_demo(settings)
        self.intake = intake.create_app(settings, self.intake_database).test_client()
        self.reporting: FlaskClient = reporting.create_app(
            reporting.Settings(service="reporting", **given), self.reporting_database
        ).test_client()

    def post(self, url: str, *, data: bytes, headers: dict[str, str], timeout: float) -> Answer:
        path = url.removeprefix("http://intake")
        return Answer(self.intake.post(path, data=data, headers=headers))

    def hand_over(self) -> None:
        """Bring everything in intake's outbox to reporting, as a bus would."""
        told = [unwrap(Envelope.from_attributes(each)) for each in outbox(self.intake_database)]
        self.reporting_database.run(collect, told)

    def summary(self, period: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        found: dict[str, Any] = self.reporting.get(
            f"/v1/summaries/{TOWN}/{period}", headers=headers
        ).get_json()
        return found


def collect(tx: Transaction, told: list[Any]) -> None:
    for event in told:
        consume = reporting.subscriptions.consumer(QUEUE, type(event).type)
        assert consume is not None
        consume(tx, event)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    opened = Town(tmp_path)
    yield opened
    databases: tuple[Database, ...] = (opened.intake_database, opened.reporting_database)
    for database in databases:
        database.dispose()


@pytest.mark.parametrize(
    ("name", "bulk"), [("hamburg-2017", True), ("muenster-2023", False), ("musterstadt", True)]
)
def test_the_yearly_summary_says_exactly_what_was_published(
    town: Town, name: str, bulk: bool
) -> None:
    figures = load(name, today=TODAY)
    sender = Sender(url="http://intake", key=town.key, session=town)
    for _ in range(2):  # sent again, nothing is added
        outcome = sender.send(reports(figures, municipality=TOWN), bulk=bulk, told=lambda _: None)
        assert outcome.refused == []
    town.hand_over()

    found, wanted = town.summary(str(figures.year)), expected(figures)

    assert found["total"] == wanted.total
    assert found["forms"] == wanted.forms
    assert found["unit"] == wanted.unit
    assert found["status"] == {"closed": wanted.total}
    months = [town.summary(f"{figures.year}-{month:02}") for month in range(1, 13)]
    assert sum(month["total"] for month in months) == wanted.total
    assert sum(rebuild_all(town.reporting_database).values()) == 0
