# SPDX-License-Identifier: EUPL-1.2
"""Addresses at rest: sealed, bound to their place, and no start without the right master key."""

import stat
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from rueckhalt_notify import keeping
from rueckhalt_notify.app import check, create_app, create_worker
from rueckhalt_notify.contacts import handlers, sealing, sheet, store
from rueckhalt_notify.contacts.domain import Contact
from rueckhalt_notify.contacts.store import contacts as table
from rueckhalt_notify.settings import Settings
from rueckhalt_notify.vault.domain import Frame, KeyMissing, Place, Tampered, padded, unpadded
from rueckhalt_notify.vault.master_key import MasterKeyRefused
from rueckhalt_notify.vault.opening import vault_of
from rueckhalt_notify.vault.sealing import Key
from rueckhalt_shared.contracts.ids import person_id
from rueckhalt_shared.database import Database
from rueckhalt_shared.settings import BadSettings
from tests.notify.conftest import Opened
from tests.notify.town import ANNA, GRETA, NEIGHBOUR, TOWN, assigned, lead, registered, told

HERE = Place(TOWN, "c1", "address")
ADDRESS = "anna.aydin@musterstadt.example"


def rows(database: Database) -> list[dict[str, Any]]:
    """The contacts as they lie in the table."""
    query = select(table).order_by(table.c.id)
    return database.read(lambda tx: [dict(row) for row in tx.execute(query).mappings()])


def listed(database: Database) -> list[Contact]:
    return database.read(handlers.list_contacts, within=["*"], state=None, after="", limit=500)


def load(database: Database, *lines: str, municipality: str = TOWN) -> None:
    text = "\n".join(("person;adresse", *lines))
    database.run(
        handlers.import_lines,
        sheet.read_lines(text.encode()),
        municipality=municipality,
        reaches=lambda _: True,
    )


@pytest.mark.parametrize(("length", "size"), [(0, 64), (62, 64), (63, 128), (320, 384)])
def test_padding_hides_the_length(length: int, size: int) -> None:
    text = "x" * length

    assert len(padded(text)) == size
    assert unpadded(padded(text)) == text


@pytest.mark.parametrize("blob", [b"", b"v1|", b"v2|abc|" + bytes(40), b"v1|a-b|" + bytes(40)])
def test_what_is_no_frame_is_refused(blob: bytes) -> None:
    with pytest.raises(Tampered):
        Frame.from_bytes(blob)


def test_every_address_lies_sealed_with_the_id_of_its_key(database: Database) -> None:
    for row in rows(database):
        assert row["sealed"].startswith(f"v1|{row['key_id']}|".encode())
        assert "@" not in row["address"]
    assert ADDRESS in {contact.address for contact in listed(database)}


def test_each_municipality_has_a_key_of_its_own(database: Database, paula: str) -> None:
    keys = {(row["municipality"], row["key_id"]) for row in rows(database)}

    assert sorted(town for town, _ in keys) == sorted((TOWN, NEIGHBOUR))
    assert len({key for _, key in keys}) == 2


def test_a_mail_still_finds_its_way(database: Database, tell: Any, send: Any, mailer: Any) -> None:
    tell(assigned(lead(ANNA)))
    send()

    assert [letter.to for letter in mailer.letters] == [ADDRESS]


@pytest.fixture
def swapped(database: Database) -> str:
    """Anna's first address lies in her row sealed for another one; the id of her contact."""
    one, other, *_ = sorted(rows(database), key=lambda row: (row["owner_id"] != ANNA, row["rank"]))
    swap = update(table).where(table.c.id == one["id"]).values(sealed=other["sealed"])
    database.run(lambda tx: tx.execute(swap))
    return str(one["id"])


def test_an_address_of_another_row_does_not_open(database: Database, swapped: str) -> None:
    (shut,) = [contact for contact in listed(database) if contact.id == swapped]

    assert (shut.address, shut.is_usable) == ("", False)
    with pytest.raises(Tampered, match=swapped):
        database.run(sealing.seal_some, retired=[rows(database)[0]["key_id"]], limit=9)


def test_an_address_that_does_not_open_holds_back_nobody(
    database: Database, swapped: str, tell: Any, send: Any, mailer: Any
) -> None:
    tell(assigned(lead(ANNA), told(GRETA)))
    send()

    assert sorted(mailer.addresses()) == ["anna.zweit", "greta.gross"]


def test_changed_bytes_do_not_open(database: Database) -> None:
    row = rows(database)[0]
    vault, place = vault_of(database), Place(row["municipality"], row["id"], "address")

    for at in (0, 5, 40, -1):
        changed = bytearray(row["sealed"])
        changed[at] ^= 1
        with pytest.raises((Tampered, KeyMissing)):
            database.read(vault.open, bytes(changed), place)


def test_the_database_itself_refuses_the_same_address_twice(database: Database) -> None:
    again = replace(listed(database)[0], id="another")

    with pytest.raises(IntegrityError):
        database.run(store.add, again)


def test_a_key_that_was_rolled_back_never_seals_anything(empty_database: Database) -> None:
    vault = vault_of(empty_database)
    made: list[Key] = []

    def make(tx: Any) -> None:
        made.append(vault.key_for(tx, TOWN))
        tx.execute(select(table))
        raise LookupError

    with pytest.raises(LookupError):
        empty_database.run(make)
    load(empty_database, f"anna.aydin;{ADDRESS}")

    assert rows(empty_database)[0]["key_id"] != made[0].id
    with pytest.raises(KeyMissing):
        empty_database.read(vault.open, made[0].seal("x", HERE), HERE)


def test_nothing_that_is_shown_of_a_key_or_contact_tells_it(database: Database) -> None:
    key = database.run(vault_of(database).key_for, TOWN)

    assert "cipher" not in repr(key)
    assert "marking" not in repr(key)
    assert ADDRESS not in repr(listed(database))


def test_configured_addresses_are_known_again_and_stored_once(
    database: Database, tell: Any, send: Any, mailer: Any
) -> None:
    for number in range(2):
        event = registered(subject=f"0198a000-0000-7000-8000-00000000000{number}")
        tell(event, queue="notify.announce-incidents")
    send()

    offices = [row for row in rows(database) if row["owner_kind"] == "office"]
    assert [letter.to for letter in mailer.letters] == ["wache@musterstadt.example"] * 2
    assert len(offices) == 1
    guessed = person_id(TOWN, "office:wache@musterstadt.example")
    assert offices[0]["owner_id"] != guessed


Start = Callable[[Settings, Database], object]
STARTS = pytest.mark.parametrize("start", [create_app, create_worker])


@STARTS
def test_a_missing_master_key_refuses_the_start_and_makes_no_new_one(
    opened: Opened, settings: Settings, database: Database, start: Start
) -> None:
    path = settings.data / "notify.kek"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()

    with pytest.raises(MasterKeyRefused, match=r"the master key is missing.*put it back"):
        start(settings, opened(settings))
    assert not path.exists()


@STARTS
def test_a_wrong_master_key_refuses_the_start(
    opened: Opened, settings: Settings, database: Database, start: Start
) -> None:
    another = replace(settings, kek="ab" * 32)

    with pytest.raises(MasterKeyRefused, match="another master key"):
        start(another, opened(another))


def test_the_check_names_a_missing_master_key_and_makes_none(
    opened: Opened, settings: Settings, empty_database: Database
) -> None:
    path = settings.data / "notify.kek"
    assert check(settings, opened(settings))["keys"] == {"status": "ok"}
    assert not path.exists()
    load(empty_database, f"anna.aydin;{ADDRESS}")
    path.unlink()

    assert "is missing" in check(settings, opened(settings))["keys"]["reason"]


@pytest.mark.parametrize("kek", ["short", "g" * 64, "AAAA" * 20])
def test_a_master_key_of_another_shape_is_refused(
    opened: Opened, settings: Settings, empty_database: Database, kek: str
) -> None:
    bad = replace(settings, kek=kek)

    with pytest.raises(BadSettings, match="RUECKHALT_NOTIFY_KEK: must be 32 bytes"):
        create_app(bad, opened(bad))


def test_a_former_key_without_a_new_one_is_a_mistake(settings: Settings) -> None:
    with pytest.raises(BadSettings, match="KEK_PREVIOUS"):
        replace(settings, kek_previous="ab" * 32)


def test_a_given_master_key_leaves_no_file(
    opened: Opened, settings: Settings, empty_database: Database
) -> None:
    given = replace(settings, kek="ab" * 32)
    database = opened(given)
    load(database, f"anna.aydin;{ADDRESS}")

    assert [contact.address for contact in listed(database)] == [ADDRESS]
    assert not (settings.data / "notify.kek").exists()


def test_sealing_what_is_sealed_does_nothing(database: Database) -> None:
    before = rows(database)

    assert keeping.seal_clear(database) is False
    assert rows(database) == before
