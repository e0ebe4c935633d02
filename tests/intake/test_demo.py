# SPDX-License-Identifier: EUPL-1.2
"""The sample of Musterstadt: sixty invented reports, accepted, historic, posted once."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from rueckhalt_intake.app import Settings, create_app, service
from rueckhalt_intake.demo import DAYS, sample
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import SCOPES, KeyStore
from tests.intake.town import ARS, Sender
from tests.support import NOON


class Client:
    """Speaks like the demo's client, without a socket."""

    def __init__(self, town: Sender) -> None:
        self.town = town

    def get(self, service: str, path: str) -> Any:
        return self.town.get(path).json

    def post_lines(self, service: str, path: str, documents: Iterable[Any]) -> list[Any]:
        return self.town.bulk(*documents)


def demo_town(settings: Settings, database: Database, keys: KeyStore) -> Sender:
    demo = replace(settings, mode="demo")
    service.prepare_demo(demo)
    app: Flask = create_app(demo, database)
    key = keys.create(sender="demo", scopes=SCOPES, municipalities=[ARS], mode="demo")
    return Sender(app.test_client(), key)


def test_the_sample_is_the_same_at_every_first_start() -> None:
    assert list(sample(NOON)) == list(sample(NOON))


def test_sixty_reports_lie_in_fourteen_months() -> None:
    reports = list(sample(NOON))

    months = Counter(report["registered_at"][:7] for report in reports)
    assert len(reports) == 60
    assert len(months) >= 14
    assert DAYS / 30 > 14
    assert len({report["reference"] for report in reports}) == 60


def test_the_sample_is_posted_once_and_historic(
    settings: Settings,
    database: Database,
    keys: KeyStore,
    events: Callable[[], list[dict[str, Any]]],
) -> None:
    town = demo_town(settings, database, keys)

    for _ in range(2):
        service.seed_demo(Client(town))

    told = [event["data"] for event in events()]
    assert len(told) == 60
    assert {(data["imported"], data["mode"]) for data in told} == {(True, "demo")}
    assert "unknown" not in {data["cluster"] for data in told}
    assert "Erfundenes Beispiel" not in json.dumps(told)


@pytest.mark.usefixtures("database")
def test_a_list_of_units_that_is_there_stays(settings: Settings) -> None:
    path = settings.data / "units.csv"
    path.write_text("unit,cluster\nbauamt,technik\n", encoding="utf-8")

    service.prepare_demo(settings)

    assert path.read_text(encoding="utf-8") == "unit,cluster\nbauamt,technik\n"


def test_the_sample_town_has_help_of_its_own_once(settings: Settings, database: Database) -> None:
    demo = replace(settings, mode="demo", municipality=ARS, municipality_name="Musterstadt")
    service.prepare_demo(demo)
    service.prepare_demo(demo)

    page = create_app(demo, database).test_client().get("/help", headers={"Accept": "text/html"})

    assert page.text.count("Stadt Musterstadt (erfunden)") == 1
    assert "030 23125 012" in page.text
