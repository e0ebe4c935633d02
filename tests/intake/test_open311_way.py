# SPDX-License-Identifier: EUPL-1.2
"""The whole way of an entry from another house: pulled, read on record, made a report, or not."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app, entrance_of
from rueckhalt_intake.inbound import store as arrivals
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.open311.asking import Calling
from rueckhalt_intake.open311.domain import Endpoint
from rueckhalt_intake.open311.pulling import Pulling
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from tests.intake.staff import Person, signed_in
from tests.intake.town import ANNA, ARS
from tests.servers.open311 import OtherHouse, says
from tests.support import NOON, FakeClock

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
WORDS = "Hakenkreuz <b>an</b> der Synagoge"


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    here = replace(settings, municipality=ARS, municipality_name="Musterstadt")
    return create_app(here, database)


@pytest.fixture
def house() -> Iterator[OtherHouse]:
    house = OtherHouse()
    entry: dict[str, Any] = {
        "service_request_id": 4711,
        "service_code": "42",
        "service_name": "Graffiti",
        "description": WORDS,
        "address": "Holbeinplatz 14",
        "requested_datetime": (NOON - timedelta(days=2)).isoformat(),
        "updated_datetime": (NOON - timedelta(days=1)).isoformat(),
    }
    house.script = says([entry])
    yield house
    house.close()


@pytest.fixture
def pulling(settings: Settings, database: Database, house: OtherHouse) -> Pulling:
    endpoint = Endpoint(
        name="klarschiff",
        url=house.url,
        municipality=ARS,
        keywords=("hakenkreuz",),
        forms=("symbol",),
    )
    return Pulling([endpoint], entrance_of(settings, database), Calling(("127.0.0.0/8",)))


@pytest.fixture
def anna(app: Flask, keys: KeyStore) -> Person:
    return signed_in(app.test_client(), keys, "anna", ANNA)


def count(database: Database, table: Any) -> int:
    return len(database.read(lambda tx: tx.execute(select(table)).all()))


def address(anna: Person) -> str:
    """The only arrival on the list."""
    found = re.search(r'href="(/inbound/[0-9a-f-]{36})"', anna.page("/inbound").text)
    assert found is not None
    return found[1]


def test_an_entry_is_read_on_record_and_becomes_a_report_by_a_person(
    pulling: Pulling, anna: Person, database: Database, clock: FakeClock
) -> None:
    pulling.run(database)
    listed = anna.page("/inbound").text
    where = address(anna)
    opened = anna.send(where).text
    done = anna.send(
        where, f"{where}/report", forms=["symbol"], narrative="Wie gemeldet.", named="no"
    )
    clock.pass_(minutes=16)
    pulling.run(database)

    assert "Mängelmelder (Open311)" in listed
    assert "Hakenkreuz" not in listed
    assert "Hakenkreuz &lt;b&gt;an&lt;/b&gt; der Synagoge" in opened
    assert "Ort: Holbeinplatz 14" in opened
    assert re.search(r'value="symbol"[^>]* checked', opened)
    assert done.status_code == 200
    row = database.read(lambda tx: tx.execute(select(incidents.incidents)).mappings().one())
    assert row["coded"]["forms"] == ["symbol"]
    assert count(database, arrivals.arrivals) == 1
    assert not re.search(r'href="(/inbound/[0-9a-f-]{36})"', anna.page("/inbound").text)


def test_what_was_dismissed_does_not_come_back_by_the_next_look(
    pulling: Pulling, anna: Person, database: Database, clock: FakeClock
) -> None:
    pulling.run(database)
    where = address(anna)
    anna.send(f"{where}/dismiss", reason="no_incident")
    for _ in range(3):
        clock.pass_(minutes=16)
        pulling.run(database)

    assert count(database, arrivals.arrivals) == 1
    assert count(database, incidents.incidents) == 0
