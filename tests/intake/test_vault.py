# SPDX-License-Identifier: EUPL-1.2
"""The vault: padded, bound to its place, opened by the right key only, keys swept when unused."""

import shutil
import sqlite3
import stat
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rueckhalt_intake.app import Settings, create_app, create_worker
from rueckhalt_intake.vault import rotating, store
from rueckhalt_intake.vault.domain import KIB, Frame, Place, Tampered, is_fresh, padded, unpadded
from rueckhalt_intake.vault.master_key import MasterKey, MasterKeyRefused, parsed
from rueckhalt_intake.vault.opening import keys_database, open_vault
from rueckhalt_intake.vault.sealing import KeyMissing, Vault
from rueckhalt_intake.vault.sweeping import KeySweep
from rueckhalt_shared.database import Database, Unavailable
from tests.intake.town import THREAT, Sender
from tests.support import NOON, FakeClock, plumbing_database

HERE = Place("incident-1", "narrative", 1)


@pytest.fixture
def beside(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    database = plumbing_database(tmp_path / "intake.db", clock=clock)
    yield database
    database.dispose()


@pytest.fixture
def vault(tmp_path: Path, beside: Database) -> Iterator[Vault]:
    vault = opened(tmp_path, beside)
    yield vault
    vault.keys.dispose()


def opened(folder: Path, beside: Database, *, given: str = "", reports: bool = False) -> Vault:
    return open_vault(
        keys_database("", beside=beside),
        given=given,
        path=folder / "intake.kek",
        holds_reports=reports,
        pool=4,
    )


def key_count(vault: Vault) -> int:
    return vault.keys.read(store.count)


@pytest.mark.parametrize(
    ("length", "size"),
    [
        (0, 1 * KIB),
        (1020, 1 * KIB),
        (1021, 4 * KIB),
        (16 * KIB - 4, 16 * KIB),
        (16 * KIB, 64 * KIB),
        (64 * KIB, 128 * KIB),
        (1000 * KIB, 1024 * KIB),
    ],
)
def test_padding_hides_the_length(length: int, size: int) -> None:
    content = b"x" * length

    assert len(padded(content)) == size
    assert unpadded(padded(content)) == content


def test_what_is_sealed_opens_again_and_says_its_key(vault: Vault) -> None:
    key = vault.new_key()

    blob = vault.seal(key, "Ich weiß, wo du wohnst\0🔪", HERE)

    assert blob.startswith(f"v1|{key.id}|".encode())
    assert vault.open(blob, HERE) == "Ich weiß, wo du wohnst\0🔪"


@pytest.mark.parametrize(
    "place",
    [
        Place("incident-2", "narrative", 1),
        Place("incident-1", "particulars", 1),
        Place("incident-1", "narrative", 2),
    ],
    ids=["incident", "field", "version"],
)
def test_a_sealed_field_opens_at_its_place_only(vault: Vault, place: Place) -> None:
    blob = vault.seal(vault.new_key(), "geheim", HERE)

    with pytest.raises(Tampered):
        vault.open(blob, place)


def test_changed_bytes_do_not_open(vault: Vault) -> None:
    blob = vault.seal(vault.new_key(), "geheim", HERE)

    for at in (0, 3, -1, len(blob) // 2):
        changed = bytearray(blob)
        changed[at] ^= 1
        with pytest.raises((Tampered, KeyMissing)):
            vault.open(bytes(changed), HERE)


def test_the_key_of_another_incident_does_not_open(vault: Vault) -> None:
    blob = vault.seal(vault.new_key(), "geheim", HERE)
    frame = Frame.from_bytes(blob)

    swapped = Frame(vault.new_key().id, frame.nonce, frame.sealed).to_bytes()

    with pytest.raises(Tampered):
        vault.open(swapped, HERE)


@pytest.mark.parametrize("blob", [b"", b"v1|", b"v2|abc|" + bytes(40), b"v1|a-b|" + bytes(40)])
def test_what_is_no_frame_is_refused(vault: Vault, blob: bytes) -> None:
    with pytest.raises(Tampered):
        vault.open(blob, HERE)


def test_every_incident_gets_a_key_of_its_own(vault: Vault) -> None:
    ids = [vault.new_key().id for _ in range(20)]

    assert len(set(ids)) == 20


def test_a_key_is_safe_before_it_is_used(vault: Vault) -> None:
    key = vault.new_key()

    assert vault.keys.read(store.find, key.id) is not None


def test_keys_that_lay_too_long_are_not_used(vault: Vault, clock: FakeClock) -> None:
    first = vault.new_key()
    clock.pass_(minutes=31)

    assert vault.new_key().made_at == first.made_at + timedelta(minutes=31)


@pytest.mark.parametrize("hours", [24, -24])
def test_a_clock_that_jumped_makes_keys_stale(hours: int) -> None:
    assert not is_fresh(NOON, NOON + timedelta(hours=hours))


def test_without_a_key_store_no_key_is_handed_out(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(vault.keys, "run", away)

    with pytest.raises(Unavailable):
        [vault.new_key() for _ in range(10)]


def test_the_first_start_makes_a_private_master_key(tmp_path: Path, vault: Vault) -> None:
    path = tmp_path / "intake.kek"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "intake-keys.db").stat().st_mode) == 0o600


def test_the_next_start_opens_what_the_first_one_sealed(
    tmp_path: Path, beside: Database, vault: Vault
) -> None:
    blob = vault.seal(vault.new_key(), "geheim", HERE)

    again = opened(tmp_path, beside, reports=True)

    assert again.open(blob, HERE) == "geheim"
    assert again.mark_of("x", "y") == vault.mark_of("x", "y")


def test_a_missing_master_key_refuses_the_start_and_makes_no_new_one(
    tmp_path: Path, beside: Database, vault: Vault
) -> None:
    (tmp_path / "intake.kek").unlink()

    with pytest.raises(MasterKeyRefused, match="the master key is missing"):
        opened(tmp_path, beside, reports=True)
    assert not (tmp_path / "intake.kek").exists()


def test_a_wrong_master_key_refuses_the_start(
    tmp_path: Path, beside: Database, vault: Vault
) -> None:
    with pytest.raises(MasterKeyRefused, match="another master key"):
        opened(tmp_path, beside, given="00" * 32)


def test_reports_without_their_key_store_refuse_the_start(tmp_path: Path, beside: Database) -> None:
    with pytest.raises(MasterKeyRefused, match="from the same backup"):
        opened(tmp_path, beside, reports=True)
    assert not (tmp_path / "intake.kek").exists()


def test_an_older_backup_needs_the_master_key_of_its_time(
    tmp_path: Path, beside: Database, vault: Vault
) -> None:
    path, kept = tmp_path / "intake.kek", tmp_path / "backup"
    blob = vault.seal(vault.new_key(), "geheim", HERE)
    kept.mkdir()
    with sqlite3.connect(tmp_path / "intake-keys.db") as connection:
        connection.execute("VACUUM INTO ?", [str(kept / "intake-keys.db")])
    connection.close()
    old = path.rename(kept / "intake.kek")
    shutil.copy(old, path)
    to = rotating.target(given="", path=path)
    sum(rotating.rotate(vault, to))
    rotating.settle_folder(path, to)
    assert rotating.drop(vault, path, vault.masters.preferred.id) == path
    vault.keys.dispose()
    for part in tmp_path.glob("intake-keys.db*"):
        part.unlink()
    shutil.copy(kept / "intake-keys.db", tmp_path)

    with pytest.raises(MasterKeyRefused, match=vault.masters.preferred.id):
        opened(tmp_path, beside, reports=True)
    shutil.copy(old, path)
    again = opened(tmp_path, beside, reports=True)

    assert again.open(blob, HERE) == "geheim"
    again.keys.dispose()


def test_a_given_master_key_leaves_no_file(tmp_path: Path, beside: Database) -> None:
    opened(tmp_path, beside, given="ab" * 32)

    assert not (tmp_path / "intake.kek").exists()


def test_a_service_with_reports_and_without_its_key_does_not_start(
    settings: Settings, database: Database, town: Sender
) -> None:
    town.post(THREAT)
    (settings.data / "intake.kek").unlink()
    database.context.clear()

    with pytest.raises(MasterKeyRefused):
        create_app(settings, database)
    with pytest.raises(MasterKeyRefused):
        create_worker(settings, database)


@pytest.mark.parametrize("text", ["", "short", "g" * 64, "AAAA" * 20, "ä" * 44])
def test_a_master_key_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(MasterKeyRefused, match="32"):
        parsed(text)


def test_base64_and_hexadecimal_name_the_same_master_key() -> None:
    secret = bytes(range(32))

    assert parsed(secret.hex()).id == MasterKey(secret).id
    assert parsed("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").id == MasterKey(secret).id


def test_a_master_key_never_shows_itself(vault: Vault) -> None:
    assert "secret" not in repr(vault.new_key())
    assert "cipher" not in repr(vault.new_key())


class Sweep:
    """A sweep with its clocks in the hand."""

    def __init__(self, vault: Vault, clock: FakeClock, used: Collection[str]) -> None:
        self.clock = clock
        self.seconds = 0.0
        self.sweep = KeySweep(
            vault.keys, lambda keys: set(keys) & set(used), monotonic=lambda: self.seconds
        )

    def after(self, *, minutes: float) -> None:
        self.clock.pass_(minutes=minutes)
        self.seconds += minutes * 60
        self.sweep.run()


def test_keys_without_incident_are_swept_and_used_ones_stay(vault: Vault, clock: FakeClock) -> None:
    used = vault.new_key()
    sweep = Sweep(vault, clock, [used.id])

    sweep.after(minutes=61)
    sweep.after(minutes=11)

    kept = vault.keys.read(lambda tx: tx.execute(select(store.data_keys.c.id)).scalars().all())
    assert kept == [used.id]


def test_young_keys_are_left_alone(vault: Vault, clock: FakeClock) -> None:
    vault.new_key()
    sweep = Sweep(vault, clock, [])

    for _ in range(5):
        sweep.after(minutes=11)

    assert key_count(vault) >= 4


def test_one_look_is_not_enough_to_drop_a_key(vault: Vault, clock: FakeClock) -> None:
    vault.new_key()
    sweep = Sweep(vault, clock, [])
    clock.pass_(hours=24)  # the clock jumps while a request still holds the key

    sweep.after(minutes=0)
    sweep.after(minutes=1)

    assert key_count(vault) >= 4
