# SPDX-License-Identifier: EUPL-1.2
"""What an operator types: erase, hold, receipts, deletion classes, tombstones and the audit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import Context
from click.testing import CliRunner, Result

from rueckhalt_intake.app import service
from rueckhalt_intake.commands import intake
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.cli import rueckhalt
from rueckhalt_shared.commands.audit import audit
from rueckhalt_shared.commands.tombstones import tombstones
from rueckhalt_shared.database import Database
from tests.intake.town import ARS, THREAT, Sender

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on this test's folder, as this operator."""
    monkeypatch.setenv("RUECKHALT_SERVICES", "intake")

    def invoke(*arguments: str, by: str = "erika") -> Result:
        monkeypatch.setenv("LOGNAME", by)
        group = {"audit": audit, "tombstones": tombstones}.get(arguments[0])
        given = [*(arguments[1:] if group else arguments), "--data", str(tmp_path)]
        return CliRunner().invoke(group or intake, given, obj=service)

    return invoke


@pytest.fixture
def incident(town: Sender) -> str:
    return str(town.post(THREAT).json["id"])


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_incident_is_erased_and_its_receipts_are_shown(
    run: Run, incident: str, town: Sender
) -> None:
    order = told(run("erase", incident, "--reason", "withdrawn", "--json"))

    shown = run("erasures", "show", order["id"])
    listed = told(run("erasures", "list", "--json"))

    assert order["ordered_by"] == "cli:erika"
    assert "intake: not yet" in shown.stdout
    assert [each["id"] for each in listed] == [order["id"]]
    assert town.get(f"/v1/incidents/{incident}").status_code == 410
    assert run("erase", incident).exit_code == 2


def test_a_hold_refuses_an_order_with_its_reason(run: Run, incident: str) -> None:
    hold = told(run("hold", "set", incident, "--reason", "12 Js 3/26", "--json"))

    refused = run("erase", incident)
    lifted = run("hold", "lift", hold["id"], "--reason", "beendet")

    assert refused.exit_code == 2
    assert "12 Js 3/26" in refused.output
    assert lifted.exit_code == 0
    assert "12 Js 3/26" in run("hold", "list", incident).stdout
    assert run("erase", incident).exit_code == 0


def test_an_incident_nobody_knows_ends_with_2(run: Run) -> None:
    result = run("erase", "11111111-2222-4333-8444-555555555555")

    assert result.exit_code == 2
    assert "no incident" in result.output


def test_nothing_is_due_in_a_young_installation(run: Run, incident: str) -> None:
    assert run("retention", "run", "--dry-run").stdout == "nothing is due\n"


def test_tombstones_are_written_to_a_file_and_read_back(
    run: Run, incident: str, tmp_path: Path
) -> None:
    run("erase", incident)
    file = tmp_path / "kept" / "tombstones.json"
    file.parent.mkdir()

    exported = told(run("tombstones", "export", str(file), "--json"))
    replayed = told(run("tombstones", "replay", str(file), "--json"))

    assert exported == {"intake": 1}
    assert replayed == {"intake": {"tombstones": 0, "erased_again": 0}}
    assert incident not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_another_file_is_no_export(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("[]")

    assert run("tombstones", "replay", str(file)).exit_code == 2


def test_the_audit_is_verified_against_a_head_kept_outside(
    run: Run, incident: str, database: Database, tmp_path: Path
) -> None:
    done = Act(municipality=ARS, who="x", act="a", fields="f", why="w", incident=incident)
    for _ in range(3):
        database.run(record, done)
    run("audit", "head", "--export", str(tmp_path / "outside"))
    (kept,) = (tmp_path / "outside").glob("audit-head-intake-*.json")
    assert "whole" in run("audit", "verify", "--anchor", str(kept)).stdout

    cut = "DELETE FROM audit_rows WHERE n = 3"
    database.run(lambda tx: tx.connection.exec_driver_sql(cut))

    assert run("audit", "verify").exit_code == 0
    found = run("audit", "verify", "--anchor", str(kept))
    assert found.exit_code == 1
    assert f"intake {ARS}: row 3 missing" in found.stdout


def test_the_audit_is_read_by_two(run: Run, incident: str, town: Sender) -> None:
    town.get(f"/v1/incidents/{incident}")
    days = ("--from", "2000-01-01", "--until", "2100-01-01")
    asked = told(run("audit", "request", "--municipality", ARS, *days, "--why", "audit", "--json"))
    request = asked["intake"]

    assert run("audit", "read", request).exit_code == 2
    assert run("audit", "confirm", request).exit_code == 2
    assert run("audit", "confirm", request, by="otto").exit_code == 0
    rows = told(run("audit", "read", request, "--json"))

    assert [row["act"] for row in rows] == ["incident.opened", "audit.asked", "audit.confirmed"]
    assert rows[1]["who"] == "cli:erika"


def test_looking_at_the_keys_makes_nothing(run: Run, tmp_path: Path) -> None:
    result = run("keys", "status", "--data", str(tmp_path / "none"))

    assert result.exit_code == 2
    assert not list(tmp_path.glob("*.kek"))


def test_one_program_knows_all_of_it() -> None:
    names = set(rueckhalt.list_commands(Context(rueckhalt)))

    assert names >= {"erase", "erasures", "hold", "retention", "tombstones", "audit", "keys"}
