# SPDX-License-Identifier: EUPL-1.2
"""`plan check|load|show` and `assignments list`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rueckhalt_routing.app import service
from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_shared.migrations import upgrade
from tests.routing.town import ARS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(routing, list(arguments))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(sample_plan(), "utf-8")
    return file


@pytest.fixture
def data(tmp_path: Path) -> str:
    upgrade(f"sqlite:///{tmp_path}/routing.db", service.migrations)
    return str(tmp_path)


def test_a_fine_plan_is_checked_without_any_server(plan: Path) -> None:
    result = run("plan", "check", str(plan), "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["findings"] == []


def test_findings_end_with_1_and_are_told_in_words(plan: Path) -> None:
    plan.write_text(sample_plan().replace(", stand_ins: [clara.conrad]}", "}", 1), "utf-8")

    result = run("plan", "check", str(plan))

    assert result.exit_code == 1
    assert "hat keine Vertretung" in result.stdout


def test_an_unusable_plan_ends_with_2_and_names_the_line(plan: Path) -> None:
    plan.write_text(sample_plan().replace("format: 1", "format: 9"), "utf-8")

    german, english = run("plan", "check", str(plan)), run("plan", "check", str(plan), "--lang=en")

    assert german.exit_code == english.exit_code == 2
    assert "Zeile 4, format" in german.stdout
    assert "line 4, format" in english.stdout


def test_a_file_that_is_no_text_ends_with_2(plan: Path) -> None:
    plan.write_bytes(b"\xff\xfe\x00")

    assert run("plan", "check", str(plan)).exit_code == 2


def test_a_plan_is_loaded_once_and_shown(plan: Path, data: str) -> None:
    tried = run("plan", "load", str(plan), "--data", data, "--dry-run", "--json")
    first = run("plan", "load", str(plan), "--data", data, "--json")
    again = run("plan", "load", str(plan), "--data", data, "--json")
    shown = run("plan", "show", "--municipality", ARS, "--data", data)

    assert [json.loads(r.stdout)["result"] for r in (tried, first, again)] == [
        "new",
        "new",
        "unchanged",
    ]
    assert shown.stdout == sample_plan()


def test_showing_a_plan_that_is_not_there_ends_with_2(data: str) -> None:
    assert run("plan", "show", "--municipality", ARS, "--data", data).exit_code == 2


def test_assignments_are_listed(data: str) -> None:
    result = run("assignments", "list", "--data", data, "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == []
