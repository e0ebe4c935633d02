# SPDX-License-Identifier: EUPL-1.2
"""Rotation of the master key: the service goes on, nothing is lost, and an old key is dropped only
when nothing hangs on it. The same on both databases."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from rueckhalt_intake.app import Settings, checks, create_app, service, vault_of
from rueckhalt_intake.commands import intake
from rueckhalt_intake.vault import rotating, store
from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_intake.vault.master_key import MasterKeyRefused, parsed
from rueckhalt_intake.vault.sealing import Vault
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from tests.intake.town import ARS, THREAT, Sender, report
from tests.support import FakeClock

FIRST, SECOND = "11" * 32, "22" * 32
SCOPES = ("incident:create", "incident:read")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "sqlite":
        return settings
    url = request.getfixturevalue("postgres").create_database()
    return replace(settings, database_url=url)


@pytest.fixture
def database(settings: Settings, clock: FakeClock) -> Iterator[Database]:
    upgrade(settings.database_url, service.migrations)
    database = Database(settings.database_url, "intake", clock=clock)
    yield database
    close(database)


def close(database: Database) -> None:
    """What a process does at its end."""
    if "vault" in database.context:
        database.context.pop("vault").keys.dispose()
    database.dispose()


@pytest.fixture
def started(
    database: Database, keys: KeyStore, clock: FakeClock
) -> Iterator[Callable[[Settings], Sender]]:
    """Start another process of intake, with the town's own system in front of it."""
    key = keys.create(sender="kita", scopes=SCOPES, municipalities=[ARS])
    databases: list[Database] = []

    def start(settings: Settings) -> Sender:
        databases.append(Database(settings.database_url, "intake", clock=clock))
        return Sender(create_app(settings, databases[-1]).test_client(), key)

    yield start
    for each in databases:
        close(each)


def rotated(settings: Settings, database: Database) -> int:
    """Rotate as the command does; how many keys were moved."""
    vault = vault_of(settings, database)
    to = rotating.target(given=settings.kek, path=settings.kek_path)
    moved = sum(rotating.rotate(vault, to))
    if not settings.kek:
        rotating.settle_folder(settings.kek_path, to)
    return moved


def hanging(vault: Vault) -> dict[str, int]:
    return vault.keys.read(store.counts)


def narrative(town: Sender, incident: dict[str, Any]) -> str:
    return str(town.show(incident)["narrative"])


def test_every_key_moves_and_everything_opens_as_before(
    settings: Settings, database: Database, started: Callable[..., Sender]
) -> None:
    town = started(settings)
    old = [town.post(report(reference=f"Az {n}")).json for n in range(20)]
    first = vault_of(settings, database).keys.read(store.wrapping)

    moved = rotated(settings, database)

    vault = vault_of(settings, database)
    second = vault.keys.read(store.wrapping)
    assert second != first
    assert hanging(vault) == {second: moved}
    assert moved >= 20
    again = started(settings)
    assert [narrative(again, each) for each in old] == [THREAT["narrative"]] * 20
    assert again.post(report(reference="Az 3")).json == old[3]


def test_a_running_process_takes_the_new_key_at_once(
    settings: Settings, database: Database, started: Callable[..., Sender]
) -> None:
    running = started(settings)
    before = running.post(THREAT).json

    rotated(settings, database)
    after = [running.post(THREAT).json for _ in range(3 * settings.key_pool)]

    vault = vault_of(settings, database)
    assert set(hanging(vault)) == {vault.keys.read(store.wrapping)}
    assert {narrative(running, each) for each in (before, *after)} == {THREAT["narrative"]}


def test_reports_are_accepted_and_opened_between_all_batches(
    settings: Settings,
    database: Database,
    started: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotating, "BATCH", 3)
    running = started(settings)
    old = [running.post(THREAT).json for _ in range(12)]
    vault = vault_of(settings, database)

    batches = 0
    for _ in rotating.rotate(vault, rotating.target(given="", path=settings.kek_path)):
        batches += 1
        fresh = running.post(THREAT)
        assert fresh.status_code == 201
        assert narrative(running, old[batches % 12]) == THREAT["narrative"]
        assert narrative(running, fresh.json) == THREAT["narrative"]

    assert batches >= 4
    assert set(hanging(vault)) == {vault.keys.read(store.wrapping)}


def test_a_second_rotation_after_the_first_makes_a_third_key(
    settings: Settings, database: Database
) -> None:
    rotated(settings, database)
    rotated(settings, database)

    files = sorted(path.name for path in settings.data.glob("intake*.kek"))
    assert len(files) == 3
    assert "intake-next.kek" not in files
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in settings.data.glob("*.kek"))


def test_a_rotation_that_stopped_half_way_goes_on_with_the_same_key(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "BATCH", 2)
    vault = vault_of(settings, database)
    [vault.new_key() for _ in range(10)]
    to = rotating.target(given="", path=settings.kek_path)
    next(rotating.rotate(vault, to))
    half = hanging(vault)
    assert len(half) == 2

    rotated(settings, database)

    assert set(hanging(vault)) == {to.id}
    assert len(list(settings.data.glob("intake*.kek"))) == 2


def test_given_keys_rotate_from_the_previous_to_the_new_one(
    settings: Settings, database: Database, started: Callable[..., Sender]
) -> None:
    first = replace(settings, kek=FIRST)
    incident = started(first).post(THREAT).json
    both = replace(settings, kek=SECOND, kek_previous=FIRST)
    running = started(both)
    vault = vault_of(both, database)
    assert set(hanging(vault)) == {parsed(FIRST).id}  # nothing moves by itself

    rotated(both, database)

    assert set(hanging(vault)) == {parsed(SECOND).id}
    assert narrative(running, incident) == THREAT["narrative"]
    assert narrative(started(replace(settings, kek=SECOND)), incident) == THREAT["narrative"]
    assert list(settings.data.glob("*.kek")) == []


def test_the_old_key_may_not_go_while_anything_hangs_on_it(
    settings: Settings,
    database: Database,
    started: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotating, "BATCH", 2)
    incident = started(replace(settings, kek=FIRST)).post(THREAT).json
    both = replace(settings, kek=SECOND, kek_previous=FIRST)
    vault = vault_of(both, database)
    next(rotating.rotate(vault, parsed(SECOND)))  # and then it was killed

    with pytest.raises(MasterKeyRefused, match=f"still hang on the master key {parsed(FIRST).id}"):
        started(replace(settings, kek=SECOND))
    with pytest.raises(MasterKeyRefused, match="still hang"):
        started(replace(settings, kek=FIRST))  # the new one is needed as well

    assert narrative(started(both), incident) == THREAT["narrative"]


@pytest.mark.parametrize("wrong", ["", "33" * 32])
def test_without_the_right_master_key_nothing_starts_and_none_is_made(
    settings: Settings, started: Callable[..., Sender], wrong: str
) -> None:
    started(replace(settings, kek=FIRST)).post(THREAT)

    with pytest.raises(MasterKeyRefused, match="No new key was made"):
        started(replace(settings, kek=wrong))

    assert list(settings.data.glob("*.kek")) == []


def test_a_damaged_key_stops_nothing_and_stays_with_its_master_key(
    settings: Settings, database: Database, started: Callable[..., Sender]
) -> None:
    good, bad = (started(settings).post(THREAT).json for _ in range(2))
    vault = vault_of(settings, database)
    query = text("SELECT key_id FROM incidents WHERE id = :id")
    key = database.read(lambda tx: tx.execute(query, {"id": bad["id"]}).scalar_one())
    found = vault.keys.read(store.find, key)
    assert found is not None
    broken = store.Rehung(found, found.master, found.wrapped[:-1] + b"\0")
    vault.keys.run(store.rehang, [broken])

    rotated(settings, database)

    town = started(settings)
    assert narrative(town, good) == THREAT["narrative"]
    assert hanging(vault)[found.master] == 1
    with pytest.raises(Tampered):
        vault.key_of(key)
    rotated(settings, database)  # and the next rotation is not held up by it
    assert len(hanging(vault)) == 2
    assert narrative(started(settings), good) == THREAT["narrative"]


def test_keys_of_before_they_said_their_master_key_still_open_and_move(
    settings: Settings, database: Database, started: Callable[..., Sender]
) -> None:
    incident = started(settings).post(THREAT).json
    vault = vault_of(settings, database)
    current = vault.keys.read(store.wrapping)
    every = vault.keys.read(store.hanging_on, current, after="", limit=100)
    bare = [store.Rehung(e, e.master, e.wrapped.split(b"|", 2)[2]) for e in every]
    vault.keys.run(store.rehang, bare)

    assert narrative(started(settings), incident) == THREAT["narrative"]
    rotated(settings, database)

    assert narrative(started(settings), incident) == THREAT["narrative"]
    (after,) = vault.keys.read(store.masters)
    moved = vault.keys.read(store.hanging_on, after, after="", limit=100)
    assert all(each.wrapped.startswith(f"v1|{after}|".encode()) for each in moved)


class Operator:
    """Types commands."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RUECKHALT_SERVICES", "intake")
        monkeypatch.setenv("RUECKHALT_INTAKE_DATABASE_URL", settings.database_url)
        self._folder = settings.data

    def types(self, *arguments: str) -> Result:
        given = [*arguments, "--data", str(self._folder)]
        return CliRunner().invoke(intake, given, obj=service)


@pytest.fixture
def operator(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Operator:
    return Operator(settings, monkeypatch)


def test_an_operator_rotates_looks_and_drops(
    settings: Settings, operator: Operator, started: Callable[..., Sender]
) -> None:
    incident = started(settings).post(THREAT).json
    before = json.loads(operator.types("keys", "status", "--json").stdout)["keys"]
    assert [(each["wraps"], each["data_keys"] > 0) for each in before] == [(True, True)]

    told = json.loads(operator.types("keys", "rotate", "--json").stdout)
    shown = operator.types("keys", "status")
    needed = operator.types("keys", "drop", told["master"])
    dropped = operator.types("keys", "drop", before[0]["id"])

    assert told["moved"] == before[0]["data_keys"]
    assert (told["left"], told["unused"]) == (0, [before[0]["id"]])
    assert shown.exit_code == 0
    assert (needed.exit_code, dropped.exit_code) == (2, 0)
    assert not (settings.data / "intake.kek").exists()
    assert narrative(started(settings), incident) == THREAT["narrative"]
    assert operator.types("keys", "drop", before[0]["id"]).exit_code == 2


def test_status_has_a_finding_while_a_rotation_is_unfinished(
    settings: Settings, database: Database, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotating, "BATCH", 2)
    vault = vault_of(settings, database)
    vault.new_key()
    next(rotating.rotate(vault, rotating.target(given="", path=settings.kek_path)))

    assert operator.types("keys", "status").exit_code == 1
    assert checks(settings, database)["keys"]["status"] == "degraded"
    operator.types("keys", "rotate")
    assert operator.types("keys", "status").exit_code == 0


def test_looking_before_the_first_start_makes_no_key(
    settings: Settings, database: Database, operator: Operator
) -> None:
    assert checks(settings, database) == {}
    assert operator.types("keys", "status").exit_code == 2
    assert list(settings.data.glob("*.kek")) == []
    assert not (settings.data / "intake-keys.db").exists()


def test_check_tells_when_the_key_store_is_older_than_the_reports(
    settings: Settings, database: Database, started: Callable[..., Sender]
) -> None:
    town = started(settings)
    town.post(THREAT)
    town.post(THREAT)
    assert checks(settings, database)["keys"] == {"status": "ok"}

    vault = vault_of(settings, database)
    newest = text("SELECT key_id FROM incidents ORDER BY registered_at DESC, id LIMIT 1")
    gone = database.read(lambda tx: tx.execute(newest).scalar_one())
    vault.keys.run(store.drop, [gone])

    told = checks(settings, database)["keys"]
    assert told["status"] == "failed"
    assert "restore both from the same backup" in told["reason"]
