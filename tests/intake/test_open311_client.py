# SPDX-License-Identifier: EUPL-1.2
"""Lists of others are looked through: hits wait for a person once, and no failure loses one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from rueckhalt_intake.app import Settings, entrance_of, service
from rueckhalt_intake.commands import intake
from rueckhalt_intake.inbound import store as arrivals
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.open311 import asking, checking, domain, handlers
from rueckhalt_intake.open311.asking import Calling
from rueckhalt_intake.open311.domain import Endpoint, Entry, Standing
from rueckhalt_intake.open311.pulling import Pulling
from rueckhalt_shared import states
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.line import Answer, Limits
from tests.intake.town import ARS
from tests.servers.open311 import OtherHouse, pages_of, says
from tests.support import NOON, FakeClock

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
HERE = ("127.0.0.0/8",)
LIST = "klarschiff"


def klarschiff(number: int, text: str, **changes: Any) -> dict[str, Any]:
    """An entry as Klarschiff tells it with `extensions=true`."""
    return {
        "service_request_id": number,
        "status_notes": None,
        "status": "open",
        "service_code": "42",
        "service_name": "Vandalismus/Schmiererei/Graffiti",
        "description": text,
        "agency_responsible": "Amt 66",
        "service_notice": None,
        "requested_datetime": (NOON - timedelta(days=2)).isoformat(),
        "updated_datetime": (NOON - timedelta(days=1, minutes=number)).isoformat(),
        "expected_datetime": None,
        "address": "Holbeinplatz 14, 18069 Rostock",
        "adress_id": None,
        "lat": 54.0924,
        "long": 12.0991,
        "media_url": "http://169.254.169.254/bild.jpg",
        "zipcode": None,
        "extended_attributes": {
            "detailed_status": "RECEIVED",
            "media_urls": ["http://127.0.0.1:22/zwei.jpg"],
            "photo_required": False,
            "trust": 1,
            "votes": 0,
        },
    } | changes


HATE = klarschiff(7, "Ein HAKEN\u00adKREUZ und Schmähungen an der Synagoge")
HOLE = klarschiff(8, "Schlagloch in der Lindenallee", service_code="9")


@pytest.fixture
def house() -> Iterator[OtherHouse]:
    house = OtherHouse()
    yield house
    house.close()


@pytest.fixture
def endpoint(house: OtherHouse) -> Endpoint:
    return Endpoint(
        name=LIST,
        url=house.url,
        municipality=ARS,
        jurisdiction_id="rostock.de",
        api_key="geheim",
        keywords=("hakenkreuz", "schmaehung"),
        forms=("symbol",),
    )


@pytest.fixture
def pulling(settings: Settings, database: Database, endpoint: Endpoint) -> Pulling:
    return Pulling([endpoint], entrance_of(settings, database), Calling(HERE))


def waiting(database: Database) -> list[Any]:
    return database.read(lambda tx: tx.execute(select(arrivals.arrivals)).mappings().all())


def said(settings: Settings, database: Database) -> list[dict[str, Any]]:
    """What waits, opened."""
    entrance = entrance_of(settings, database)
    rows = database.read(lambda tx: arrivals.listed(tx, ["*"], "live", state="waiting", limit=99))
    found = [database.read(lambda tx, r=row: arrivals.find(tx, r.id)) for row in rows]
    return [entrance.opened(each) for each in found if each is not None]


def standing(database: Database) -> Standing:
    return database.read(handlers.standings, [LIST])[0]


def test_a_hit_waits_for_a_person_and_nothing_is_reported_or_fetched(
    pulling: Pulling, house: OtherHouse, settings: Settings, database: Database
) -> None:
    house.script = pages_of([HATE, HOLE])

    pulling.run(database)

    (one,) = said(settings, database)
    assert one["subject"] == "Vandalismus/Schmiererei/Graffiti"
    assert one["answers"]["forms"] == ["symbol"]
    for text in ("Schmähungen an der Synagoge", "Holbeinplatz 14", "54.0924, 12.0991", "zwei.jpg"):
        assert text in one["answers"]["narrative"]
    assert database.read(incidents.holds_reports) is False
    assert house.asked[0]["jurisdiction_id"] == "rostock.de"
    assert (house.asked[0]["extensions"], house.asked[0]["api_key"]) == ("true", "geheim")
    assert set(house.paths) == {"/citysdk/requests.json"}


def test_the_same_entry_comes_once_however_often_it_is_told(
    pulling: Pulling, house: OtherHouse, database: Database, clock: FakeClock
) -> None:
    house.script = says([HATE, HATE, HOLE])  # a server without pages, and without updated_after
    for _ in range(3):
        pulling.run(database)
        clock.pass_(minutes=16)

    assert len(waiting(database)) == 1
    assert len(house.asked) == 6


def test_pages_are_followed_to_their_end_and_each_category_is_asked_for(
    settings: Settings, database: Database, house: OtherHouse, endpoint: Endpoint
) -> None:
    many = [klarschiff(number, "Hakenkreuz") for number in range(250)]
    house.script = pages_of([*many, klarschiff(900, "Hakenkreuz", service_code="43")])
    several = replace(endpoint, service_codes=("42", "43"))

    Pulling([several], entrance_of(settings, database), Calling(HERE)).run(database)

    assert len(waiting(database)) == 251
    pages = [(each["service_code"], each["page"]) for each in house.asked]
    assert pages == [*(("42", str(n)) for n in (1, 2, 3, 4)), ("43", "1"), ("43", "2")]


def test_the_next_look_asks_from_where_the_last_one_ended_and_a_little_before(
    pulling: Pulling, house: OtherHouse, database: Database, clock: FakeClock
) -> None:
    house.script = pages_of([HATE])
    pulling.run(database)
    clock.pass_(minutes=14)
    pulling.run(database)  # not its turn yet
    early = len(house.asked)
    clock.pass_(minutes=2)
    pulling.run(database)

    assert early == 2
    first, *_, last = (datetime.fromisoformat(each["updated_after"]) for each in house.asked)
    assert first == NOON - domain.FIRST_LOOK
    assert last == datetime.fromisoformat(HATE["updated_datetime"]) - domain.OVERLAP


def test_a_server_that_tells_everything_each_time_brings_what_has_changed_only(
    pulling: Pulling, house: OtherHouse, settings: Settings, database: Database, clock: FakeClock
) -> None:
    old = (NOON - timedelta(days=40)).isoformat()
    house.script = says([HATE, klarschiff(2, "Hakenkreuz", updated_datetime=old)])

    pulling.run(database)

    assert len(waiting(database)) == 1


def test_without_any_list_nothing_is_said_of_them(
    settings: Settings, database: Database, client: FlaskClient
) -> None:
    Pulling([], entrance_of(settings, database), Calling()).run(database)

    assert "open311" not in client.get("/readyz").json["checks"]
    assert handlers.STATE not in database.read(states.states)


def test_a_time_in_the_future_hides_nothing_that_comes_after(
    pulling: Pulling, house: OtherHouse, database: Database, clock: FakeClock
) -> None:
    house.script = says([klarschiff(1, "Hakenkreuz", updated_datetime="2099-01-01T00:00:00Z")])
    pulling.run(database)
    clock.pass_(minutes=16)
    house.script = pages_of([HATE])
    pulling.run(database)

    assert len(waiting(database)) == 2


def endless(line: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
    line.send_response(200)
    line.send_header("Content-Length", str(2 << 30))
    line.end_headers()
    while True:
        line.wfile.write(b"[" * 65536)


def silent(line: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
    line.rfile.read(1)  # until the other side hangs up


def elsewhere(line: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
    line.send_response(302)
    line.send_header("Location", "http://127.0.0.1:1/secret")
    line.end_headers()


FAILING: dict[str, tuple[Any, str]] = {
    "fault": (says({"x": 1}, 500), "answers 500"),
    "html": (says(b"<html>Wartung</html>", kind="text/html"), "not JSON"),
    "cut": (says(b'[{"service_request_id": 1'), "not JSON"),
    "object": (says({"requests": []}), "no list"),
    "deep": (says(b"[" * 100_000), "not JSON"),
    "2 GB": (endless, "TooMuch"),
    "slow": (silent, "TimeoutError"),
    "redirect": (elsewhere, "answers 302"),
    "denied": (says([{"code": 403, "description": "geheim"}], 403), "answers 403"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_a_failing_server_loses_nothing_and_the_next_look_goes_on(
    pulling: Pulling,
    house: OtherHouse,
    database: Database,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    seconds = 0.3 if kind == "slow" else 20.0
    monkeypatch.setattr(asking, "LIMITS", Limits(seconds=seconds, most_bytes=1 << 20))
    house.script, cause = FAILING[kind]
    pulling.run(database)
    failed = standing(database)
    house.script = pages_of([HATE])
    clock.pass_(minutes=16)
    pulling.run(database)

    assert failed.failures == 1
    assert cause in (failed.cause or "")
    assert failed.seen_until is None
    assert len(waiting(database)) == 1
    assert standing(database).failures == 0


def test_a_server_that_breaks_in_the_middle_is_asked_for_the_same_again(
    pulling: Pulling, house: OtherHouse, database: Database, clock: FakeClock
) -> None:
    entries = [klarschiff(number, "Hakenkreuz") for number in range(150)]
    good = pages_of(entries)

    def breaks(line: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        (good if asked["page"] == "1" else says([], 500))(line, asked)

    house.script = breaks
    pulling.run(database)
    half = len(waiting(database)), standing(database).seen_until
    house.script = good
    clock.pass_(minutes=16)
    pulling.run(database)

    assert half == (100, None)
    assert len(waiting(database)) == 150


def test_pauses_double_up_to_six_hours_and_failures_are_shown(
    pulling: Pulling, house: OtherHouse, database: Database, clock: FakeClock, client: FlaskClient
) -> None:
    house.script = says([], 500)
    pauses = []
    for _ in range(8):
        pulling.run(database)
        after = standing(database)
        assert after.next_at is not None
        pauses.append((after.next_at - clock.now) / timedelta(minutes=1))
        clock.now = after.next_at

    assert pauses == [15, 30, 60, 120, 240, 360, 360, 360]
    told = client.get("/readyz").json["checks"]["open311"]
    assert told["status"] == "degraded"
    assert "klarschiff: answers 500, 8 times in a row" in told["reason"]
    found = checking.looked_at(database, pulling.endpoints)
    assert found == {"status": "degraded", "reason": "klarschiff: answers 500"}
    house.script = says([])
    pulling.run(database)
    assert "open311" not in client.get("/readyz").json["checks"]


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        7,
        None,
        {},
        {"service_request_id": None},
        {"service_request_id": []},
        {"service_request_id": True},
        {"description": "Hakenkreuz"},
    ],
)
def test_what_is_no_entry_is_passed_over(
    pulling: Pulling, house: OtherHouse, database: Database, entry: Any
) -> None:
    house.script = says([entry, HATE])

    pulling.run(database)

    assert len(waiting(database)) == 1


def test_a_hostile_entry_is_text_and_nothing_else(
    pulling: Pulling, house: OtherHouse, settings: Settings, database: Database
) -> None:
    nasty = '<script>alert(1)</script> Hakenkreuz \x00 \u202e "=HYPERLINK(1)'
    raw = json.dumps(
        [
            klarschiff(
                1,
                nasty + "\ud800",
                service_name=["x"],
                address={"a": 1},
                lat="x" * 9999,
                extended_attributes=[1],
                requested_datetime="gestern",
                updated_datetime=12,
            )
        ]
    )
    house.script = says(raw.encode())

    pulling.run(database)

    (one,) = said(settings, database)
    assert nasty.strip() in one["text"]
    assert one["subject"] == ""
    assert standing(database).failures == 0


def test_the_line_goes_to_listed_networks_only(
    settings: Settings, database: Database, house: OtherHouse, endpoint: Endpoint
) -> None:
    house.script = pages_of([HATE])

    Pulling([endpoint], entrance_of(settings, database), Calling()).run(database)

    assert house.asked == []
    assert "https" in (standing(database).cause or "")


def test_two_processes_look_once(
    settings: Settings, database: Database, house: OtherHouse, endpoint: Endpoint
) -> None:
    entrance = entrance_of(settings, database)
    first, second = (Pulling([endpoint], entrance, Calling(HERE)) for _ in range(2))
    taken = database.run(handlers.take_up, endpoint, first.owner)

    second.run(database)

    assert taken is not None
    assert house.asked == []


@pytest.mark.parametrize(
    ("text", "keyword", "held"),
    [
        ("SCHMÄHUNGEN", "schmähung", True),
        ("Schmaehung", "schmähung", True),
        ("Schma\u0308hung", "SCHMAEHUNG", True),
        ("schmahung", "Schmähung", True),
        ("Nazischmierereien", "schmiererei", True),
        ("Haken\u00adkreuz", "hakenkreuz", True),
        ("weiße  Kraft", "weisse kraft", True),
        ("STRASSE", "straße", True),
        ("Schlagloch", "hakenkreuz", False),
        ("", "hakenkreuz", False),
    ],
)
def test_keywords_are_found_in_any_spelling(text: str, keyword: str, held: bool) -> None:
    assert domain.holds(text, [keyword]) is held


def test_category_and_keyword_must_both_fit() -> None:
    both = Endpoint(
        name="x", url="", municipality=ARS, service_codes=("42",), keywords=("hakenkreuz",)
    )
    entry = Entry(id="1", service_code="42", description="Hakenkreuz")

    assert domain.concerns(both, entry)
    assert not domain.concerns(both, replace(entry, service_code="9"))
    assert not domain.concerns(both, replace(entry, description="Schlagloch"))
    assert domain.concerns(replace(both, keywords=()), replace(entry, description=""))


def test_our_client_looks_through_our_own_server(
    settings: Settings,
    database: Database,
    client: FlaskClient,
    keys: KeyStore,
    endpoint: Endpoint,
) -> None:
    key = keys.create(sender="nachbar", scopes=["incident:create"], municipalities=[ARS])
    header = {"Authorization": f"Bearer {key}"}
    for code in ("symbol", "threat"):
        body = {"municipality": ARS, "forms": [code], "narrative": "Hakenkreuz"}
        assert client.post("/v1/incidents", json=body, headers=header).status_code == 201

    def call(url: str, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        answer = client.get(f"{parts.path}?{parts.query}", headers=dict(headers))
        return Answer(status=answer.status_code, headers={}, body=answer.data)

    ours = replace(
        endpoint,
        url="https://meldung.example/open311/v2",
        jurisdiction_id=ARS,
        api_key=key,
        keywords=(),
        service_codes=("symbol",),
    )
    loop = Pulling([ours], entrance_of(settings, database), call)

    loop.look(database, ours, at_once=True)
    loop.look(database, ours, at_once=True)

    assert standing(database).cause is None
    (one,) = said(settings, database)
    assert "Hakenkreuz" not in json.dumps(one)


def test_the_command_shows_what_would_come_and_then_brings_it(
    house: OtherHouse, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUECKHALT_SERVICES", "intake")
    monkeypatch.setenv("RUECKHALT_INTAKE_OPEN311_NETWORKS", "127.0.0.0/8")
    now = datetime.now(UTC).isoformat()
    house.script = says([HATE | {"updated_datetime": now}, HOLE | {"updated_datetime": now}])
    (tmp_path / "schluessel").write_text("geheim\n")
    (tmp_path / "open311.yaml").write_text(
        f"open311:\n  - name: {LIST}\n    url: {house.url}\n    municipality: '{ARS}'\n"
        "    api_key_file: schluessel\n    keywords: [hakenkreuz]\n    interval: 1h\n"
    )

    def run(*told: str) -> Any:
        given = ["open311", *told, "--data", str(tmp_path)]
        return CliRunner().invoke(intake, given, obj=service)

    shown, before = run("pull", "--dry-run"), len(waiting(database))
    brought, listed = run("pull"), run("list")
    house.script = says([], 503)
    failed = run("pull", "--name", LIST)

    assert (shown.exit_code, before) == (0, 0), shown.output
    assert "1 of 2 would come in" in shown.output
    assert (brought.exit_code, len(waiting(database))) == (0, 1), brought.output
    assert LIST in listed.output
    assert (failed.exit_code, "answers 503" in failed.output) == (1, True)
    assert run("pull", "--name", "x").exit_code == 2
    assert house.asked[0]["api_key"] == "geheim"
