# SPDX-License-Identifier: EUPL-1.2
"""Units are shown as people call them, not as a machine spells them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from rueckhalt_reporting.app import Settings, create_app
from rueckhalt_reporting.units import BadUnits, Units
from rueckhalt_shared.database import Database
from tests.reporting import events
from tests.reporting.events import TOWN

Tell = Callable[..., None]
Key = Callable[..., dict[str, str]]
MONTH = f"/v1/summaries/{TOWN}/2026-10"
SHEET = f"""municipality,unit,cluster,label
{TOWN},buergeramt,publikum,Bürgeramt
{TOWN},rathaus_empfang,publikum,Empfang im Rathaus
160770888888,bauamt,technik,Bauamt
160770999998,bauamt,technik,Amt für Bau
,feuerwehr,ordnung,Feuerwehr
,awm,technik,
"""


@pytest.fixture
def sheet(settings: Settings) -> Path:
    path = settings.data / "units.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


@pytest.fixture
def answers(settings: Settings, database: Database, key: Key, tell: Tell) -> Callable[[str], str]:
    """Answers the summary of a month with two incidents in two units."""
    tell(events.registered("one", unit="buergeramt", registered_at=events.NOW))
    tell(events.registered("two", unit="stadt_gruen", registered_at=events.NOW))
    month = f"/v1/summaries/{TOWN}/{events.NOW:%Y-%m}"

    def ask(suffix: str) -> str:
        client: FlaskClient = create_app(settings, database).test_client()
        return client.get(f"{month}{suffix}", headers=key()).text

    return ask


@pytest.mark.parametrize("suffix", [".html", ".csv", "?lang=de"], ids=["html", "csv", "json"])
def test_a_unit_has_the_label_of_the_file_else_its_code_in_readable_form(
    sheet: Path, answers: Callable[[str], str], suffix: str
) -> None:
    told = answers(suffix)

    assert "Bürgeramt" in told
    assert "Stadt gruen" in told
    assert suffix != ".html" or "stadt_gruen" not in told


def test_a_label_is_text_whatever_it_says(sheet: Path, answers: Callable[[str], str]) -> None:
    sheet.write_text(f"{SHEET},stadt_gruen,grün,<img src=x onerror=alert(1)>\n", encoding="utf-8")

    told = answers(".html")

    assert "<img src=x" not in told
    assert "&lt;img src=x" in told


def test_without_a_file_codes_are_readable(answers: Callable[[str], str]) -> None:
    told = answers(".html")

    assert "Buergeramt" in told
    assert "Stadt gruen" in told


def test_a_code_that_two_towns_call_differently_has_no_label_in_their_district(sheet: Path) -> None:
    units = Units.from_file(sheet)

    assert units.labels("16077") == {
        "buergeramt": "Bürgeramt",
        "rathaus_empfang": "Empfang im Rathaus",
        "feuerwehr": "Feuerwehr",
    }
    assert units.labels("160770888888") == {"bauamt": "Bauamt", "feuerwehr": "Feuerwehr"}


@pytest.mark.parametrize("content", [b"name,label\nx,X\n", b"unit,label\nx,\xff\n", b""])
def test_a_file_that_cannot_be_read_stops_the_start_and_is_named(
    settings: Settings, database: Database, sheet: Path, content: bytes
) -> None:
    sheet.write_bytes(content)

    with pytest.raises(BadUnits, match=r"units\.csv"):
        create_app(settings, database)
