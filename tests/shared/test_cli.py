# SPDX-License-Identifier: EUPL-1.2
"""The command line: exit 0 fine, 1 findings, 2 unusable; `--json` everywhere."""

import json
import os
from typing import Any

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from rueckhalt_shared.cli import Commands, group_of, rueckhalt
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.plumbing import inbox
from rueckhalt_shared.service import installed
from tests.shared.event_path import envelope
from tests.support import NOON, free_port


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("RUECKHALT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUECKHALT_DATA", str(tmp_path))
    yield
    KeyStore.of(f"sqlite:///{tmp_path}/identity.db").close()


def run(*arguments):
    return CliRunner().invoke(rueckhalt, arguments, catch_exceptions=False)


def told(*arguments):
    result = run(*arguments, "--json")
    return json.loads(result.stdout), result.exit_code


def new_key(*more):
    wanted = ("--sender", "desk", "--scope", "incident:create", "--municipality", "160770999999")
    return told("key", "new", *wanted, *more)


def test_the_version_is_told():
    document, status = told("version")

    assert status == 0
    assert document["version"] == "0.1.0"


@pytest.mark.parametrize("option", ["--version", "-V"])
@pytest.mark.parametrize("name", ["rueckhalt", "rueckhalt-intake"])
def test_the_version_is_an_option_too(name, option):
    group = rueckhalt if name == "rueckhalt" else group_of(installed(frozenset({"intake"}))[0])

    result = CliRunner().invoke(group, [option])

    assert (result.exit_code, result.stdout) == (0, f"{name} 0.1.0\n")


def test_a_key_is_made_listed_exchanged_and_ended(tmp_path):
    made, _ = new_key("--mode", "test")
    fresh, _ = told("key", "rotate", made["id"])
    ended, _ = told("key", "revoke", made["id"])
    listed, _ = told("key", "list")

    assert made["api_key"].startswith("rk_test_")
    assert ended == {"revoked": made["id"]}
    assert [key["id"] for key in listed] == [made["id"], fresh["id"]]
    assert "secret" not in json.dumps(listed)
    store = KeyStore.of(f"sqlite:///{tmp_path}/identity.db")
    assert store.authenticate(made["api_key"]) is None
    assert store.authenticate(fresh["api_key"]).mode == "test"


def test_for_people_the_key_stands_alone_in_its_line():
    made, _ = new_key()
    result = run("key", "rotate", made["id"])

    assert result.stdout.splitlines()[0].startswith("rk_live_")


@pytest.mark.parametrize(
    "arguments",
    [
        ("key", "revoke", "nope"),
        ("key", "new", "--sender", "x\x1b", "--scope", "incident:read", "--municipality", "*"),
        ("key", "new", "--sender", "x" * 81, "--scope", "incident:read", "--municipality", "*"),
        ("key", "new", "--sender", "x", "--scope", "eat", "--municipality", "160770999999"),
        ("key", "new", "--sender", "x", "--scope", "incident:read", "--municipality", "99"),
        ("quarantine", "replay"),
        ("quarantine", "list", "--only", "kitchen"),
        ("up", "--demo", "--empty"),
        ("up", "--demo", "--host", "0.0.0.0"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_ends_with_2_and_a_reason(arguments):
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stderr.strip()
    assert "Traceback" not in result.output


def test_databases_are_upgraded_and_checked():
    upgraded, status = told("db", "upgrade")

    assert status == 0
    assert set(upgraded) == {"intake", "routing", "notify", "reporting"}
    checked, status = told("check", "--only", "reporting")
    assert checked["reporting"]["migrations"]["status"] == "ok"
    assert checked["reporting"]["bus"]["status"] == "degraded"  # no worker has run yet
    assert status == 1


def test_settings_that_cannot_be_used_are_all_told(monkeypatch):
    monkeypatch.setenv("RUECKHALT_THREADS", "many")
    monkeypatch.setenv("RUECKHALT_LANGUAGE", "fr")

    result = run("check")

    assert result.exit_code == 2
    assert "RUECKHALT_THREADS" in result.stderr
    assert "RUECKHALT_LANGUAGE" in result.stderr


def test_the_bus_is_declared_and_its_queues_are_counted():
    declared, _ = told("bus", "declare")
    depths, status = told("bus", "status")

    assert status == 0
    assert set(declared) == set(depths)
    assert set(depths.values()) == {0}


def quarantine_one(tmp_path):
    event = envelope()
    row = {"queue": "reporting.collect-facts", "event_id": event.id, "type": event.type}
    row |= {"source": "intake", "event_at": NOON, "received_at": NOON, "state": "quarantined"}
    database = Database(f"sqlite:///{tmp_path}/reporting.db", "reporting")
    row |= {"body": event.to_json(), "cause": "KeyError: x", "attempts": 8}
    database.run(lambda tx: tx.execute(insert(inbox), row))
    database.dispose()
    return event.id


def test_quarantined_events_are_listed_shown_and_replayed(tmp_path):
    told("db", "upgrade", "--only", "reporting")
    assert told("quarantine", "list", "--only", "reporting") == ([], 0)
    event = quarantine_one(tmp_path)

    listed, status = told("quarantine", "list", "--only", "reporting")
    shown, _ = told("quarantine", "show", event, "--only", "reporting")
    replayed, _ = told("quarantine", "replay", event, "--only", "reporting")

    assert (listed[0]["event_id"], status) == (event, 1)
    assert shown[0]["cause"] == "KeyError: x"
    assert replayed == {"replayed": 1}
    assert told("quarantine", "list", "--only", "reporting") == ([], 0)


def test_an_event_that_is_not_there_cannot_be_replayed():
    told("db", "upgrade", "--only", "reporting")

    assert run("quarantine", "replay", "nope", "--only", "reporting").exit_code == 2


def test_commands_of_the_services_appear():
    names = rueckhalt.list_commands(click.Context(rueckhalt))

    assert {"up", "check", "db", "bus", "quarantine", "key", "version"} <= set(names)
    assert {"plan", "import", "summaries"} <= set(names)


def test_two_services_may_bring_parts_of_one_group(monkeypatch):
    first, second = click.Group("a"), click.Group("b")
    first.add_command(click.Group("import", commands={"contacts": click.Command("contacts")}))
    second.add_command(click.Group("import", commands={"plan": click.Command("plan")}))
    services = [type("S", (), {"name": g.name, "commands": g}) for g in (first, second)]
    monkeypatch.setattr("rueckhalt_shared.service.installed", lambda: services)

    merged = Commands().get_command(click.Context(rueckhalt), "import")

    assert set(merged.commands) == {"contacts", "plan"}


def test_two_services_with_the_same_command_are_asked_one_after_another(monkeypatch):
    def bring(name: str, status: int) -> Any:
        @click.command("run")
        @click.option("--dry-run", is_flag=True)
        @click.option("--json", "as_json", is_flag=True)
        def run_it(*, dry_run: bool, as_json: bool) -> None:
            click.echo(json.dumps([dry_run]) if as_json else f"dry run: {dry_run}")
            if status:
                raise click.exceptions.Exit(status)

        group = click.Group(name, commands={"r": click.Group("r", commands={"run": run_it})})
        return type("S", (), {"name": name, "commands": group})

    monkeypatch.setattr(
        "rueckhalt_shared.service.installed", lambda: [bring("intake", 1), bring("notify", 0)]
    )
    both = Commands("rueckhalt")

    plain = CliRunner().invoke(both, ["r", "run", "--dry-run"])
    told = CliRunner().invoke(both, ["r", "run", "--json"])

    assert plain.output.splitlines() == ["intake:", "dry run: True", "notify:", "dry run: True"]
    assert (plain.exit_code, told.exit_code) == (1, 1)
    assert json.loads(told.output) == {"intake": [False], "notify": [False]}


def test_every_command_offers_json():
    def leaves(group, path=()):
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from leaves(command, (*path, name))
            else:
                yield (*path, name), command

    without = [
        path
        for path, command in leaves(rueckhalt)
        if not any("--json" in parameter.opts for parameter in command.params)
    ]

    assert without == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("bus", "status"),
        ("quarantine", "list"),
        ("quarantine", "show", "some-event"),
        ("quarantine", "replay", "--all"),
        ("key", "list"),
        ("key", "revoke", "nope"),
        ("plan", "show"),
        ("assignments", "list"),
        ("notices", "list"),
        ("summaries", "rebuild"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("folder", ["new", "."])
def test_a_look_makes_nothing_and_says_where_no_installation_is(arguments, folder, tmp_path):
    data = tmp_path / folder

    result = run(*arguments, "--data", str(data))

    assert list(tmp_path.iterdir()) == []
    assert result.exit_code == 2
    assert "no installation" in result.stderr
    assert str(data.resolve()) in result.stderr


def test_a_service_without_its_database_is_a_finding_of_the_check(tmp_path):
    told("db", "upgrade", "--only", "reporting")

    checked, status = told("check", "--only", "intake,reporting")

    assert status == 1
    assert checked["intake"]["database"]["status"] == "failed"
    assert "db upgrade" in checked["intake"]["database"]["reason"]
    assert not (tmp_path / "intake.db").exists()


def test_before_the_first_start_the_check_finds_no_bus_and_makes_none(tmp_path):
    told("db", "upgrade", "--only", "reporting")

    checked, _ = told("check", "--only", "reporting")
    looked = run("bus", "status")

    assert checked["reporting"]["broker"]["status"] == "failed"
    assert "bus declare" in checked["reporting"]["broker"]["reason"]
    assert (looked.exit_code, "bus declare" in looked.stderr) == (2, True)
    assert not (tmp_path / "bus.db").exists()


def test_a_broker_that_does_not_answer_is_a_finding(monkeypatch):
    told("db", "upgrade", "--only", "reporting")
    monkeypatch.setenv("RUECKHALT_BUS_URL", f"amqp://nobody@127.0.0.1:{free_port()}/")

    checked, _ = told("check", "--only", "reporting")

    assert checked["reporting"]["broker"]["status"] == "failed"
