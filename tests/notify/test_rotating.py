# SPDX-License-Identifier: EUPL-1.2
"""Rotation of keys, and addresses an older version left in clear: online, and killed half-way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from rueckhalt_notify import commands, keeping
from rueckhalt_notify.app import create_database, create_worker, service
from rueckhalt_notify.contacts import handlers
from rueckhalt_notify.settings import Settings
from rueckhalt_notify.vault.master_key import MasterKeyRefused
from rueckhalt_notify.vault.opening import vault_of
from rueckhalt_shared.contracts.ids import person_id
from rueckhalt_shared.database import Database
from rueckhalt_shared.migrations import upgrade
from tests.notify.conftest import Opened
from tests.notify.test_vault import listed, load, rows
from tests.notify.town import CONTACTS, TOWN, registered

OLD = "kanarina.alt@zeisig.example"
OFFICE = "wache@musterstadt.example"


def rotate(database: Database) -> keeping.Rotated:
    return keeping.rotate(database, vault_of(database), tell=lambda _: None)


def masters(database: Database) -> set[str]:
    query = text("SELECT id FROM master_keys")
    return {row.id for row in database.read(lambda tx: tx.execute(query).all())}


@pytest.fixture
def elsewhere(settings: Settings, database: Database) -> Iterator[Database]:
    """Another process, which has opened every key already."""
    opened = create_database(settings)
    assert listed(opened)
    yield opened
    opened.dispose()


def test_a_rotation_leaves_nothing_on_the_former_keys(
    settings: Settings, database: Database
) -> None:
    before, addresses = rows(database), [c.address for c in listed(database)]
    old_master = masters(database)
    old_file = (settings.data / "notify.kek").read_bytes()

    done = rotate(database)

    assert (done.addresses, done.keys_left, done.masters_left) == (len(before), 0, ())
    assert [contact.address for contact in listed(database)] == addresses
    assert {row["key_id"] for row in rows(database)}.isdisjoint(row["key_id"] for row in before)
    assert masters(database).isdisjoint(old_master)
    assert (settings.data / "notify.kek").read_bytes() != old_file
    assert sorted(p.name for p in settings.data.glob("notify.kek*")) == ["notify.kek"]


def test_another_process_reads_and_writes_on_through_a_rotation(
    opened: Opened, settings: Settings, database: Database, elsewhere: Database
) -> None:
    rotate(database)

    load(elsewhere, "neu.person;neu@musterstadt.example", "dritte.person;dritte@stadt.example")
    load(elsewhere, "fern.person;fern@kreis.example", municipality="095640000000")

    for each in (database, elsewhere, opened(settings)):
        assert len(listed(each)) == len(CONTACTS.splitlines()) - 1 + 3
    assert len(masters(database)) == 1


def test_a_key_somebody_sealed_with_meanwhile_stays_until_the_next_rotation(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = keeping._dropped
    former = rows(database)[0]["key_id"]

    def late(of: Database, key_id: str) -> bool:
        late_one = text(
            "UPDATE contacts SET key_id = :key WHERE id = (SELECT min(id) FROM contacts)"
        )
        of.run(lambda tx: tx.execute(late_one, {"key": former}))
        return real(of, key_id)

    monkeypatch.setattr(keeping, "_dropped", late)
    done = rotate(database)
    assert (done.keys_left, len(done.masters_left)) == (1, 1)
    monkeypatch.undo()

    assert former in {row["key_id"] for row in rows(database)}


def test_a_given_master_key_is_exchanged_with_both_at_hand(
    opened: Opened, settings: Settings, empty_database: Database
) -> None:
    old = replace(settings, kek="ab" * 32)
    database = opened(old)
    load(database, "anna.aydin;a@b.de")
    with pytest.raises(MasterKeyRefused):
        vault_of(opened(replace(settings, kek="cd" * 32))).unlock()
    both = opened(replace(settings, kek="cd" * 32, kek_previous="ab" * 32))
    assert [contact.address for contact in listed(both)] == ["a@b.de"]

    done = rotate(both)

    assert (done.addresses, done.masters_left) == (1, ())
    alone = opened(replace(settings, kek="cd" * 32))
    vault_of(alone).unlock()
    assert [contact.address for contact in listed(alone)] == ["a@b.de"]


def test_an_office_keeps_its_notices_and_is_told_once(
    database: Database, tell: Any, send: Any, mailer: Any, notices: Any
) -> None:
    tell(registered(), queue="notify.announce-incidents")

    rotate(database)
    tell(
        registered(subject="0198a000-0000-7000-8000-0000000000ff"),
        queue="notify.announce-incidents",
    )
    send()

    offices = [row["owner_id"] for row in rows(database) if row["owner_kind"] == "office"]
    assert len(offices) == 1
    assert {notice["owner_id"] for notice in notices()} == set(offices)
    assert [letter.to for letter in mailer.letters] == [OFFICE] * 2


@pytest.fixture
def unmigrated(settings: Settings) -> Settings:
    """An installation without tables."""
    return settings


@pytest.fixture
def old_database(unmigrated: Settings) -> Iterator[Database]:
    """What version 0.1 leaves behind: addresses in clear, the office's id made of its address."""
    upgrade(unmigrated.database_url, "rueckhalt_notify.migrations", target="0003")
    raw = Database(unmigrated.database_url, "notify")
    columns = (
        "id, municipality, owner_kind, owner_id, channel, address, language, state,"
        " max_level, rank, soft_bounces, version"
    )
    add = text(
        f"INSERT INTO contacts ({columns}) VALUES"
        " (:id, :town, :kind, :owner, 'mail', :address, 'de', 'usable', 0, 0, 0, 1)"
    )
    people = [
        {
            "id": f"p{n}",
            "kind": "person",
            "owner": person_id(TOWN, f"p{n}"),
            "address": f"{n}.{OLD}",
        }
        for n in range(keeping.BATCH + 5)
    ]
    office = {
        "id": "office",
        "kind": "office",
        "owner": person_id(TOWN, f"office:{OFFICE}"),
        "address": OFFICE,
    }
    raw.run(lambda tx: tx.execute(add, [each | {"town": TOWN} for each in [*people, office]]))
    raw.dispose()
    upgrade(unmigrated.database_url, "rueckhalt_notify.migrations")
    opened = create_database(unmigrated)
    yield opened
    opened.dispose()


def test_old_addresses_are_read_until_they_are_sealed_and_then_gone(
    settings: Settings, old_database: Database
) -> None:
    before = {contact.id: contact.address for contact in listed(old_database)}
    assert f"7.{OLD}" in before.values()

    while keeping.seal_clear(old_database):
        pass

    assert {contact.id: contact.address for contact in listed(old_database)} == before
    assert all(row["sealed"] for row in rows(old_database))
    assert "@" not in str([row["address"] for row in rows(old_database)])
    if old_database.dialect == "sqlite":
        raw = b"".join(p.read_bytes() for p in settings.data.glob("notify.db*"))
        assert OLD.encode() not in raw
        assert OFFICE.encode() not in raw


def test_the_worker_seals_and_a_sealed_old_office_is_known_again(
    settings: Settings, old_database: Database
) -> None:
    create_worker(settings, old_database)
    while keeping.seal_clear(old_database):
        pass

    found = old_database.run(handlers.office_contacts, TOWN, [OFFICE], "de")

    assert [contact.id for contact in found] == ["office"]


def test_an_old_address_that_is_imported_again_is_no_second_contact(
    old_database: Database,
) -> None:
    load(old_database, f"p7;7.{OLD}")

    assert len(listed(old_database)) == keeping.BATCH + 6


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("RUECKHALT_DATA", str(settings.data))
    monkeypatch.setenv("RUECKHALT_NOTIFY_DATABASE_URL", settings.database_url)
    return lambda *words: CliRunner().invoke(commands.notify, list(words), obj=service)


def test_the_command_line_tells_and_rotates(command: Any, database: Database) -> None:
    before = command("keys", "status", "--json")
    done = command("keys", "rotate", "--json")
    after = command("keys", "status", "--json")

    assert (before.exit_code, done.exit_code, after.exit_code) == (0, 0, 0), done.output
    first, last = json.loads(before.output), json.loads(after.output)
    assert first["keys"][0]["addresses"] == json.loads(done.output)["addresses"] == 5
    assert last["keys"][0]["key"] != first["keys"][0]["key"]
    assert last["master"] != first["master"]


def test_the_status_finds_what_is_in_clear(
    command: Any, old_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUECKHALT_NOTIFY_DATABASE_URL", old_database.url)

    found = command("keys", "status")

    assert found.exit_code == 1
    assert f"{keeping.BATCH + 6} addresses in clear" in found.output


def test_without_any_address_there_is_nothing_to_rotate(
    command: Any, empty_database: Database
) -> None:
    assert json.loads(command("keys", "rotate", "--json").output)["addresses"] == 0


@pytest.mark.faults
@pytest.mark.parametrize(
    "point",
    ["keys.before_renewed", "keys.after_retired", "keys.after_batch:1", "keys.before_forgotten"],
)
def test_a_rotation_that_is_killed_goes_on_where_it_was(
    opened: Opened, point: str, settings: Settings, empty_database: Database
) -> None:
    lines = [f"p{n};{n}.{OLD}" for n in range(keeping.BATCH + 50)]
    load(empty_database, *lines)
    before = sorted(contact.address for contact in listed(empty_database))
    program = [Path(sys.executable).parent / "rueckhalt-notify", "keys", "rotate", "--json"]
    given = os.environ | {
        "RUECKHALT_DATA": str(settings.data),
        "RUECKHALT_NOTIFY_DATABASE_URL": settings.database_url,
        "RUECKHALT_TEST": "1",
    }

    killed = subprocess.run(program, env=given | {"RUECKHALT_CRASH_AT": point}, check=False)
    assert killed.returncode == -signal.SIGKILL
    meanwhile = opened(settings)
    create_worker(settings, meanwhile)  # it starts
    assert sorted(contact.address for contact in listed(meanwhile)) == before
    load(meanwhile, "neu.person;neu@musterstadt.example")

    done = subprocess.run(program, env=given, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    alone = opened(settings)
    assert len(listed(alone)) == len(before) + 1
    assert len(masters(alone)) == 1
    assert len({row["key_id"] for row in rows(alone)}) == 1
    assert sorted(p.name for p in settings.data.glob("notify.kek*")) == ["notify.kek"]
