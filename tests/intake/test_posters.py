# SPDX-License-Identifier: EUPL-1.2
"""The poster: a page and a PDF that everybody can read, whose code leads to the town's doors."""

import io
import json
from dataclasses import replace
from pathlib import Path

import page
import pikepdf
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from rueckhalt_intake.app import Settings, service
from rueckhalt_intake.help import posters
from rueckhalt_intake.help.reading import read_seeds, row_of
from rueckhalt_intake.towns import Town
from rueckhalt_shared.migrations import upgrade
from tests.intake.people import Meet
from tests.intake.town import ARS
from tests.support import NOON

TOWN = Town(ars=ARS, name="Musterstadt „am <b>Wald</b>“ #let x")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, municipality=ARS, municipality_name="Musterstadt")


@pytest.mark.parametrize("language", posters.LANGUAGES)
def test_the_pdf_is_accessible_and_says_where_to_go(language: str) -> None:
    made = posters.poster_of(TOWN, language, base_url="https://hilfe.example/intake/")

    raw = posters.pdf_of(made, now=NOON)

    with pikepdf.open(io.BytesIO(raw)) as pdf:
        assert len(pdf.pages) == 1
        assert str(pdf.Root.Lang).startswith("en" if language == "en" else "de")
        assert str(pdf.docinfo.Title) == made.texts["title"]
    assert made.address == f"https://hilfe.example/intake/at/{ARS}"
    validated(raw)


def validated(raw: bytes) -> None:
    """PDF/UA-1, asked of somebody else than the one who made it."""
    found = page.validate_pdf_bytes(raw, profile=page.ValidationProfile.PDF_UA_1)

    assert found.is_compliant, found


def test_everybody_can_print_the_page_and_it_asks_nobody_else(client: FlaskClient) -> None:
    page = client.get("/poster?lang=de").text

    assert "Hier gibt es Hilfe" in page
    assert 'src="data:image/svg+xml' in page
    assert f"https://meldung.example/intake/at/{ARS}" in page


def test_staff_gets_the_pdf_and_others_do_not(meet: Meet, client: FlaskClient) -> None:
    address = f"/help/entries/{ARS}/poster.pdf?lang=en"

    answer = meet("petra", "plan_owner").get(address)

    assert answer.data.startswith(b"%PDF-")
    assert meet("ruth", "reporter").get(address).status_code == 403


def test_the_directory_and_the_poster_by_hand(tmp_path: Path, settings: Settings) -> None:
    upgrade(f"sqlite:///{tmp_path}/intake.db", service.migrations)
    assert service.commands is not None
    file, pdf = tmp_path / "hilfe.csv", tmp_path / "plakat.pdf"
    row = row_of(read_seeds()[2]) | {"id": "eigen", "name": "Eigene Stelle", "ars_prefix": ""}
    row["checked_at"] = "2020-01-01"
    file.write_text(",".join(row) + "\n" + ",".join(f'"{cell}"' for cell in row.values()))

    def run(*arguments: str) -> tuple[int, str]:
        told = [*arguments, "--data", str(tmp_path)]
        result = CliRunner().invoke(service.commands, told)  # type: ignore[arg-type]
        return result.exit_code, result.output

    tried = run("help", "import", str(file), "--municipality", ARS, "--dry-run")
    empty = run("help", "list")
    taken = run("help", "import", str(file), "--municipality", ARS, "--json")
    listed = run("help", "list")
    checked = run("help", "check")
    run("help", "export", ARS, str(tmp_path / "out.csv"))
    file.write_text("id,name\n")
    refused = run("help", "import", str(file), "--municipality", ARS)
    nowhere = run("help", "import", str(file), "--municipality", "77")

    assert tried[0] == 0
    assert "added: 1 eigen" in tried[1]
    assert "nothing" in empty[1]
    assert json.loads(taken[1])["added"] == ["eigen"]
    assert "Eigene Stelle" in listed[1]
    assert checked[0] == 1
    assert "Eigene Stelle" in (tmp_path / "out.csv").read_text()
    assert refused[0] == nowhere[0] == 2
    assert "Line 1, field kind: this column is missing." in refused[1]
    assert run("poster", str(pdf))[0] == 2
