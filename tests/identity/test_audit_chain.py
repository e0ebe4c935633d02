# SPDX-License-Identifier: EUPL-1.2
"""What administrators do to accounts and keys is a chain like the others: verified, shown, kept."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from rueckhalt_intake.app import service
from rueckhalt_shared.audit import chain, store
from rueckhalt_shared.audit.chain import Anchor, Row
from rueckhalt_shared.commands.audit import audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.identity.browser import Town
from tests.identity.house import ARS, Household
from tests.shared.test_audit import ALL, MUTATIONS

Run = Callable[..., Result]


def administered(identity: Database, keys: KeyStore, *, rounds: int = 1) -> None:
    """Somebody lets people and systems in, and out again."""
    for number in range(rounds):
        name = f"person.{number}"
        identity.run(accounts.add_account, name, held=[("reporter", ARS)])
        identity.run(accounts.set_roles, name, [("responsible", ARS)])
        identity.run(accounts.disable, name)
        plain = keys.create(sender=f"s{number}", scopes=["incident:create"], municipalities=[ARS])
        keys.revoke(plain.split("_")[2])


def test_ten_thousand_mutations_of_the_identity_chain_are_all_found(house: Household) -> None:
    administered(house.people.database, house.keys, rounds=8)
    chance = random.Random(7)
    whole: list[Row] = house.people.database.read(lambda tx: list(store.rows(tx, ARS)))
    anchor = Anchor(ARS, len(whole), whole[-1].hash)
    assert len(whole) >= 40
    assert chain.verify(ARS, whole, [anchor]) is None
    unnoticed = []

    for number in range(MUTATIONS):
        mutation = ALL[number % len(ALL)]
        mutated = mutation(list(whole), chance)
        if mutated != whole and chain.verify(ARS, mutated, [anchor]) is None:
            unnoticed.append((number, mutation.__name__))

    assert unnoticed == []


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`rueckhalt-intake audit …` on an installation with an identity store."""
    monkeypatch.setenv("RUECKHALT_SERVICES", "intake")
    settings = service.settings_from_env({"data": tmp_path})
    upgrade(settings.database_url, service.migrations)
    keys = KeyStore(settings.identity_url)
    administered(keys.database.prepare(), keys)
    keys.close()

    def invoke(*arguments: str, by: str = "erika") -> Result:
        monkeypatch.setenv("LOGNAME", by)
        return CliRunner().invoke(audit, [*arguments, "--data", str(tmp_path)], obj=service)

    return invoke


def damage(folder: Path, statement: str) -> None:
    identity = Database(f"sqlite:///{folder}/identity.db", "identity")
    identity.run(lambda tx: tx.execute(text(statement)))
    identity.dispose()


def test_the_command_line_names_the_first_bad_row_of_it(run: Run, tmp_path: Path) -> None:
    assert "whole" in run("verify").stdout

    damage(tmp_path, "UPDATE audit_rows SET body = replace(body, 'key.', 'kee.') WHERE n = 4")

    found = run("verify")
    assert found.exit_code == 1
    assert f"identity {ARS}: row 4 was changed" in found.stdout


def test_what_was_cut_off_shows_against_the_mail_that_was_kept(run: Run, tmp_path: Path) -> None:
    run("head", "--export", str(tmp_path / "outside"))
    (kept,) = (tmp_path / "outside").glob("audit-head-identity-*.json")
    mail = tmp_path / "gespeichert.txt"
    mail.write_text(f"Guten Tag,\n\nbitte aufbewahren.\n\n{kept.read_text('utf-8')}\n", "utf-8")
    assert "whole" in run("verify", "--head", str(mail)).stdout

    damage(tmp_path, "DELETE FROM audit_rows WHERE n = 5")

    assert run("verify").exit_code == 0
    found = run("verify", "--head", str(mail))
    assert found.exit_code == 1
    assert f"identity {ARS}: row 5 missing" in found.stdout


def test_a_head_signed_elsewhere_is_refused(run: Run, tmp_path: Path) -> None:
    run("head", "--export", str(tmp_path / "outside"))
    (kept,) = (tmp_path / "outside").glob("audit-head-identity-*.json")
    told = json.loads(kept.read_text("utf-8"))
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(told | {"public_key": "ab" * 32}), "utf-8")

    answer = run("verify", "--head", str(forged))

    assert answer.exit_code == 2
    assert "another key" in answer.output


def test_it_is_read_by_two_on_the_command_line(run: Run) -> None:
    days = ("--from", "2000-01-01", "--until", "2100-01-01")
    asked = json.loads(
        run("request", "--municipality", ARS, *days, "--why", "audit", "--json").stdout
    )
    request = asked["identity"]

    assert run("confirm", request).exit_code == 2
    assert run("confirm", request, by="otto").exit_code == 0
    rows: list[dict[str, Any]] = json.loads(run("read", request, "--json").stdout)

    assert {"account.added", "roles.set", "account.closed", "key.made", "key.revoked"} <= {
        row["act"] for row in rows
    }


def test_it_is_shown_under_account_to_those_who_supervise(town: Town) -> None:
    town.house.add("d.schutz", ("data_protection_officer", ARS))
    officer, nobody = town.browser(), town.browser()
    officer.sign_in("d.schutz")
    nobody.sign_in()

    assert nobody.get("/account/audit").status_code == 403
    officer.submit("/account/audit", action="check", municipality=ARS)
    page = officer.get("/account/audit").text

    assert "Protokoll: Konten, Rollen und Schlüssel" in page
    assert "unversehrt" in page
    assert "Kein Anker außerhalb" in page
