# SPDX-License-Identifier: EUPL-1.2
"""`rueckhalt account` and `rueckhalt key --signed`: how the first person gets in."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rueckhalt_shared.cli import rueckhalt
from rueckhalt_shared.contracts.ids import person_id
from rueckhalt_shared.identity.people import People
from rueckhalt_shared.keys import KeyStore
from tests.identity.house import ARS


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KeyStore]:
    """The store of an installation of its own."""
    for name in [name for name in os.environ if name.startswith("RUECKHALT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUECKHALT_DATA", str(tmp_path))
    opened = KeyStore.of(f"sqlite:///{tmp_path.resolve()}/identity.db")
    yield opened
    opened.close()


def run(*arguments: str) -> Result:
    """As on the terminal."""
    return CliRunner().invoke(rueckhalt, arguments, catch_exceptions=False)


def told(*arguments: str) -> Any:
    """The JSON document a command answers."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_an_account_is_added_with_a_first_link_that_works(store: KeyStore) -> None:
    made = told(
        *("account", "add", "A.Beispiel", "--display", "Anna", "--role", f"reporter@{ARS}"),
        *("--url", "https://rueckhalt.example/"),
    )

    address, token = made["first_link"].rsplit("/", 1)
    assert address == "https://rueckhalt.example/account/first"
    account, _ = People(store.database).open_link(token)
    assert account.name == "a.beispiel"
    (listed,) = told("account", "list")
    assert listed["roles"] == [{"role": "reporter", "municipality": ARS}]
    assert token not in json.dumps(listed)


def test_roles_are_changed_and_accounts_closed_and_opened() -> None:
    told("account", "add", "a", "--role", f"reporter@{ARS}")

    changed = told("account", "roles", "a", "--role", f"analyst@{ARS}", "--role", "operator@*")
    assert [each["role"] for each in changed["roles"]] == ["operator", "analyst"]
    assert told("account", "disable", "a")["open"] is False
    assert run("account", "link", "a").exit_code == 2
    assert told("account", "enable", "a")["open"] is True
    assert "/account/first/" in told("account", "link", "a")["first_link"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "a", "--role", "god@160770999999"),
        ("add", "a", "--role", "reporter"),
        ("add", "a b"),
        ("disable", "nobody"),
        ("roles", "nobody"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_in_one_line(arguments: tuple[str, ...]) -> None:
    result = run("account", *arguments)

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_key_may_be_made_to_sign(store: KeyStore) -> None:
    wanted = ("--sender", "desk", "--scope", "incident:create", "--municipality", ARS)

    made = told("key", "new", *wanted, "--signed")

    assert store.authenticate(made["api_key"]) is None
    (listed,) = told("key", "list")
    assert listed["signed"] is True
    assert "signing_key" not in listed
    assert "yes" in run("key", "list").stdout


def test_an_account_is_a_person_of_the_plan_by_key_or_id(store: KeyStore) -> None:
    anna, lars = (person_id(ARS, key) for key in ("anna.aydin", "lars.lind"))
    role = ("--role", f"responsible@{ARS}")

    told("account", "add", "anna", "--person", "anna.aydin", *role)
    assert [each["person"] for each in told("account", "list")] == [anna]
    assert told("account", "person", "anna", lars.upper())["person"] == lars
    assert told("account", "person", "anna")["person"] is None
    unclear = run(
        *("account", "add", "b", "--person", "b", *role, "--role", "responsible@160770888888")
    )
    assert unclear.exit_code == 2
    assert "BadPerson" in unclear.stderr
