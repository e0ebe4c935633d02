# SPDX-License-Identifier: EUPL-1.2
"""`absence add|list|remove|import` and `crisis declare|end` on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rueckhalt_routing.app import service
from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_shared.migrations import upgrade
from tests.routing.town import ARS

TABLE = """person;von;bis
anna.aydin;24.12.2030;26.12.2030
lars.lind;24.12.2030 12:00;24.12.2030 13:00
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An installation with Musterstadt's plan."""
    upgrade(f"sqlite:///{tmp_path}/routing.db", service.migrations)
    (tmp_path / "plan.yaml").write_text(sample_plan(), "utf-8")
    run(tmp_path, "plan", "load", str(tmp_path / "plan.yaml"))
    return tmp_path


def run(data: Path, *arguments: str) -> Result:
    more = [] if arguments[0] == "plan" else ["--municipality", ARS]
    return CliRunner().invoke(routing, [*arguments, "--data", str(data), *more])


def told(data: Path, *arguments: str) -> Any:
    result = run(data, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def table(data: Path) -> Path:
    file = data / "away.csv"
    file.write_text(TABLE, "utf-8")
    return file


def test_an_absence_is_added_listed_and_removed(data: Path) -> None:
    added = told(data, "absence", "add", "anna.aydin", "2030-12-24", "2030-12-26")
    listed = told(data, "absence", "list", "--person", "anna.aydin")
    told(data, "absence", "remove", added["id"])

    assert (added["from"], added["until"]) == ("2030-12-23T23:00+00:00", "2030-12-26T23:00+00:00")
    assert listed == [added]
    assert told(data, "absence", "list") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("niemand", "2030-12-24", "2030-12-24"), "niemand"),
        (("anna.aydin", "morgen", "2030-12-24"), "no day and no time"),
        (("anna.aydin", "2030-12-24", "2030-12-23"), "until: The end lies before the beginning."),
    ],
)
def test_what_cannot_be_ends_with_2_and_says_why(
    data: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run(data, "absence", "add", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert told(data, "absence", "list") == []


def test_removing_what_is_not_there_ends_with_2(data: Path) -> None:
    assert run(data, "absence", "remove", "0190").exit_code == 2


def test_a_file_is_tried_and_then_taken_once(data: Path, table: Path) -> None:
    tried = told(data, "absence", "import", str(table), "--dry-run")
    before = told(data, "absence", "list")
    first = told(data, "absence", "import", str(table))
    second = told(data, "absence", "import", str(table))

    assert (len(tried["added"]), tried["dry_run"], before) == (2, True, [])
    assert len(first["added"]) == 2
    assert (second["added"], second["unchanged"]) == ([], 2)
    assert [each["source"] for each in told(data, "absence", "list")] == ["csv", "csv"]


def test_a_broken_file_ends_with_2_and_names_the_line(data: Path, table: Path) -> None:
    table.write_text(TABLE + "wer;gestern;heute\n", "utf-8")

    german = run(data, "absence", "import", str(table))
    english = run(data, "absence", "import", str(table), "--lang", "en", "--json")

    assert german.exit_code == english.exit_code == 2
    assert "away.csv: Zeile 4, person: „wer“ steht nicht im Plan" in german.stdout
    assert {each["line"] for each in json.loads(english.stdout)["problems"]} == {4}
    assert told(data, "absence", "list") == []


def test_a_calendar_needs_its_person(data: Path) -> None:
    file = data / "x.ics"
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20301224")
    file.write_text("\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]), "utf-8")

    without = run(data, "absence", "import", str(file))

    assert without.exit_code == 2
    assert "ein Kalender braucht die Person" in without.stdout


def test_a_crisis_is_declared_and_ended_once(data: Path) -> None:
    codes = [
        run(data, "crisis", verb).exit_code for verb in ("end", "declare", "declare", "end", "end")
    ]

    assert codes == [1, 0, 1, 0, 1]


def test_without_a_plan_nobody_is_away(tmp_path: Path) -> None:
    upgrade(f"sqlite:///{tmp_path}/routing.db", service.migrations)

    result = run(tmp_path, "absence", "list")

    assert result.exit_code == 2
    assert "no plan counts" in result.stderr
