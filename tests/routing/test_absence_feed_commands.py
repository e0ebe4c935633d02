# SPDX-License-Identifier: EUPL-1.2
"""`absence feed add|list|accept-empty|remove` on the command line, by the clock on the wall."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rueckhalt_routing.absence_feeds import handlers
from rueckhalt_routing.absence_feeds.fetching import ConsoleFetcher, Fetched
from rueckhalt_routing.absence_feeds.running import fetch_due
from rueckhalt_routing.app import Settings, create_database, service
from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.house import house_in
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.settings import from_env
from tests.routing.test_absence_feeds import calendar
from tests.routing.town import ARS

SOON = f"{datetime.now(UTC) + timedelta(days=30):%Y%m%d}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An installation with Musterstadt's plan."""
    upgrade(f"sqlite:///{tmp_path}/routing.db", service.migrations)
    (tmp_path / "plan.yaml").write_text(sample_plan(), "utf-8")
    run(tmp_path, "plan", "load", str(tmp_path / "plan.yaml"))
    return tmp_path


@pytest.fixture
def house(data: Path) -> Iterator[Database]:
    """Its database, as the worker opens it."""
    settings = from_env(Settings, "routing", given={"data": data, "municipality": ARS})
    database = create_database(settings)
    tombstones.install(database, settings)
    yield database
    database.dispose()


def run(data: Path, *words: str, given: str | None = None) -> Result:
    more = [] if words[0] == "plan" else ["--municipality", ARS]
    told = [*words, "--data", str(data), *more]
    return CliRunner().invoke(routing, told, input=given)


def told(data: Path, *words: str, given: str | None = None) -> Any:
    answer = run(data, "absence", "feed", *words, "--json", given=given)
    return json.loads(answer.stdout)


def fetch(database: Database, id: str, body: bytes) -> None:
    """Let it be fetched now, whenever it would be its turn."""
    actor = Actor(name="test")
    database.run(lambda tx: handlers.fetch_soon(tx, house_in(tx, ARS), actor, id))
    fetch_due(database, ConsoleFetcher(Fetched(body=body)), every=timedelta(minutes=30))


def test_a_calendar_is_named_listed_and_removed(data: Path, house: Database) -> None:
    url = "webcal://kalender.example/geheim.ics\n"
    added = told(data, "add", "-", "--person", "anna.aydin", given=url)
    fetch(house, added["id"], calendar(SOON))
    fine = run(data, "absence", "feed", "list")
    fetch(house, added["id"], calendar(SOON, more=["RRULE:FREQ=SECONDLY"]))
    broken = run(data, "absence", "feed", "list", "--lang", "en")
    gone = told(data, "remove", added["id"])

    assert added["host"] == "kalender.example"
    assert (fine.exit_code, broken.exit_code) == (0, 1)
    assert "geheim" not in str(added) + fine.stdout
    assert "line 8, RRULE: repeats more often than daily" in broken.stdout
    assert gone == {"id": added["id"], "removed": 1}
    assert told(data, "list") == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "https://x.example/a"), "either --person KEY or --unit CODE"),
        (("add", "http://x.example/a", "--person", "anna.aydin"), "must begin with https://"),
        (("add", "https://x.example/a", "--person", "wer"), "'wer' is not known"),
        (("remove", "x"), "is not known"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(
    data: Path, words: tuple[str, ...], sentence: str
) -> None:
    answer = run(data, "absence", "feed", *words)

    assert answer.exit_code == 2
    assert sentence in answer.output


def test_a_command_agrees_to_an_empty_calendar(data: Path, house: Database) -> None:
    added = told(data, "add", "https://x.example/a", "--unit", "hauptamt")
    fetch(house, added["id"], calendar(SOON))
    fetch(house, added["id"], calendar())

    listed = told(data, "list")
    agreed = told(data, "accept-empty", added["id"])

    assert [each["state"] for each in listed] == ["empty"]
    assert agreed["removed"] == listed[0]["brought"] > 1
    assert [each["brought"] for each in told(data, "list")] == [0]
