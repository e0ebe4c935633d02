# SPDX-License-Identifier: EUPL-1.2
"""The doors of the public pages, and which town they serve."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from rueckhalt_intake.app import Settings, create_app
from rueckhalt_intake.towns import BadTowns, Town, Towns
from rueckhalt_shared.database import Database
from tests.html_check import Page
from tests.intake.town import ARS, ELSEWHERE

HEAD = "municipality,name,host,catholic,region\n"
TWO = f"{HEAD}{ARS},Musterstadt,meldung.muster.example,,\n{ELSEWHERE},Nürnberg,,no,\n"
Visit = Callable[..., FlaskClient]


@pytest.fixture
def visit(settings: Settings, database: Database, tmp_path: Path) -> Visit:
    """Somebody at an installation with these towns."""

    def make(csv: str = "", **changes: str) -> FlaskClient:
        if csv:
            (tmp_path / "towns.csv").write_text(csv, "utf-8")
        return create_app(replace(settings, **changes), database).test_client()

    return make


def towns(tmp_path: Path, text: str) -> Towns:
    path = tmp_path / "given.csv"
    path.write_text(text, "utf-8")
    return Towns.of(path, must_exist=True, ars="", name="")


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_the_start_page_is_sound_and_shows_the_emergency_numbers(visit: Visit, lang: str) -> None:
    answer = visit(municipality=ARS, municipality_name="Musterstadt").get(f"/?lang={lang}")

    assert answer.status_code == 200
    assert Page(answer.text).faults() == []
    assert 'href="tel:110"' in answer.text
    assert 'href="tel:112"' in answer.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_door_without_a_room_behind_it_is_not_shown(visit: Visit) -> None:
    client = visit(municipality=ARS)
    there = {rule.rule for rule in client.application.url_map.iter_rules()}

    page = client.get("/").text

    for path in ("/danger", "/cards", "/help", "/report", "/case"):
        assert (f'href="{path}"' in page) is (path in there)


def test_the_title_says_nothing_to_whoever_looks_over_a_shoulder(visit: Visit) -> None:
    page = visit(municipality=ARS, municipality_name="Musterstadt").get("/?lang=de").text

    assert "<title>Start – Musterstadt</title>" in page


def test_without_a_town_the_page_says_so_and_who_helps_now(visit: Visit) -> None:
    answer = visit().get("/?lang=de")

    assert answer.status_code == 503
    assert "RUECKHALT_INTAKE_TOWNS" in answer.text
    assert 'href="tel:110"' in answer.text


def test_a_house_of_two_towns_asks_and_remembers(visit: Visit) -> None:
    client = visit(TWO)

    asked = client.get("/").text
    chosen = client.get(f"/at/{ELSEWHERE}")
    after = client.get("/?lang=de").text

    assert f"/at/{ARS}" in asked
    assert f"/at/{ELSEWHERE}" in asked
    assert chosen.status_code == 303
    assert "HttpOnly" in chosen.headers["Set-Cookie"]
    assert "Expires" not in chosen.headers["Set-Cookie"]
    assert "Diese Seiten sind für Nürnberg." in after


def test_the_host_decides_before_any_choice(visit: Visit) -> None:
    client = visit(TWO)
    client.get(f"/at/{ELSEWHERE}", base_url="http://meldung.muster.example")

    page = client.get("/?lang=de", base_url="http://meldung.muster.example").text

    assert "Diese Seiten sind für Musterstadt." in page


def test_a_town_nobody_serves_is_a_clear_404(visit: Visit) -> None:
    answer = visit(TWO).get("/at/010010000000", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "010010000000" in answer.text


def test_the_calendar_of_a_town_follows_from_its_key(tmp_path: Path) -> None:
    found = towns(tmp_path, f"{HEAD}097610000000,Augsburg,,yes,\n{ELSEWHERE},Nürnberg,,no,\n")

    augsburg, nuremberg = found.served
    assert (augsburg.land, augsburg.catholic, augsburg.region) == ("BY", True, "augsburg")
    assert (nuremberg.land, nuremberg.catholic, nuremberg.region) == ("BY", False, "")
    assert Town(ars=ARS, name="x").land == "TH"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ars,name\n", "the first line must name municipality"),
        (f"{HEAD}", "names no town"),
        (f"{HEAD}{ARS},,,,\n", "line 2: name is empty"),
        (f"{HEAD}16077,Kreis,,,\n", "line 2: municipality '16077': needs 12 digits"),
        (f"{HEAD}{ARS},A,,maybe,\n", "line 2: catholic must be yes, no or empty"),
        (f"{HEAD}{ARS},A,,,bonn\n", "line 2: region must be augsburg or empty"),
        (f"{HEAD}{ARS},A,,,\n{ARS},B,,,\n", f"municipality {ARS} stands there twice"),
        (f"{HEAD}{ARS},A,h,,\n{ELSEWHERE},B,H,,\n", "host h stands there twice"),
        ("municipality,name,mayor\n", "unknown column mayor"),
    ],
)
def test_a_fault_of_the_file_is_named_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadTowns, match=told):
        towns(tmp_path, text)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadTowns, match="No such file"):
        Towns.of(tmp_path / "none.csv", must_exist=True, ars=ARS, name="")
