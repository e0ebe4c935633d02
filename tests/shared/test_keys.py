# SPDX-License-Identifier: EUPL-1.2
"""Machine keys: made once, stored as a hash, bound, exchanged, ended."""

import sqlite3
import threading
from datetime import timedelta

import pytest

from rueckhalt_shared.keys import (
    BadSender,
    KeyStore,
    TooManyKeys,
    UnknownKey,
    UnknownRegion,
    UnknownScope,
)
from tests.support import FakeClock

ARS = "160770999999"


class Ticks:
    """Seconds that pass when told."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def store(tmp_path, clock, ticks):
    store = KeyStore(f"sqlite:///{tmp_path}/identity.db", clock=clock, ticks=ticks)
    yield store
    store.close()


def make(store, sender="ticket-system", **changes):
    wanted = {"scopes": ["incident:create"], "municipalities": [ARS], "sender": sender}
    return store.create(**(wanted | changes))


def id_of(plain):
    return plain.split("_", 3)[2]


def test_a_key_tells_its_mode_and_opens_what_it_was_made_for(store):
    plain = make(store, mode="test")

    caller = store.authenticate(plain)

    assert plain.startswith("rk_test_")
    assert caller.sender == "ticket-system"
    assert caller.mode == "test"
    assert caller.scopes == {"incident:create"}
    assert caller.municipalities == (ARS,)


def test_the_secret_is_nowhere_in_the_file(store, tmp_path):
    secret = make(store).split("_", 3)[3]

    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert secret.encode() not in stored
    assert len(secret) >= 43  # 256 bits


WRONG = {
    "shorter": lambda key: key[:-1],
    "longer": lambda key: key + "x",
    "of another mode": lambda key: key.replace("live", "test", 1),
    "twice begun": lambda key: "rk_live_" + key,
    "empty": lambda key: "",
    "only the beginning": lambda key: "rk",
    "without id and secret": lambda key: "rk_live__",
    "half a character": lambda key: "\ud800",
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_anything_but_the_key_opens_nothing(store, change):
    assert store.authenticate(change(make(store))) is None


def test_a_kreis_reaches_its_towns_and_a_town_only_itself(store):
    kreis = store.authenticate(make(store, "kreis", municipalities=["16077"]))
    town = store.authenticate(make(store, "town"))
    everywhere = store.authenticate(make(store, "all", municipalities=["*"]))

    assert kreis.reaches(ARS)
    assert town.reaches(ARS)
    assert not town.reaches("160770000001")
    assert not kreis.reaches("160780000001")
    assert everywhere.reaches("010010000000")


def test_a_sender_has_at_most_two_live_keys(store):
    first, _ = make(store), make(store)

    with pytest.raises(TooManyKeys):
        make(store)
    store.revoke(id_of(first))
    assert make(store)


def test_two_that_ask_at_once_do_not_get_a_third_key(store):
    made, refused = [], []

    def ask():
        try:
            made.append(make(store))
        except TooManyKeys as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(made), len(refused)) == (2, 6)


def test_a_rotated_key_works_beside_its_successor_until_the_overlap_ends(store, clock, ticks):
    old = make(store, mode="test")

    fresh = store.rotate(id_of(old), overlap=timedelta(days=30))

    assert store.authenticate(old)
    assert store.authenticate(fresh).mode == "test"
    clock.pass_(days=31)
    ticks.now += 6
    assert store.authenticate(old) is None
    assert store.authenticate(fresh)


def test_a_key_ends_by_itself(store, clock, ticks):
    plain = make(store, lifetime=timedelta(days=1))
    assert store.authenticate(plain)

    clock.pass_(days=1)
    ticks.now += 6

    assert store.authenticate(plain) is None


def test_a_revoked_key_is_dead_at_once_here_and_within_five_seconds_elsewhere(
    store, tmp_path, ticks
):
    other = KeyStore(f"sqlite:///{tmp_path}/identity.db", clock=FakeClock(), ticks=ticks)
    plain = make(store)
    assert other.authenticate(plain)

    store.revoke(id_of(plain))

    assert store.authenticate(plain) is None
    ticks.now += 5.0
    assert other.authenticate(plain) is None
    other.close()


def test_within_five_seconds_the_database_is_not_asked_again(store, tmp_path):
    plain = make(store)
    assert store.authenticate(plain)
    with sqlite3.connect(tmp_path / "identity.db") as database:
        database.execute("DELETE FROM keys")
    database.close()

    assert store.authenticate(plain)


def test_guessing_does_not_fill_the_memory(store):
    for number in range(1500):
        store.authenticate(f"rk_live_{number}_x")

    assert len(store._cache) <= 1000


def test_the_list_shows_everything_but_secrets(store):
    plain = make(store)

    (key,) = store.list()

    assert key.id == id_of(plain)
    assert plain.split("_", 3)[3] not in repr(key)


@pytest.mark.parametrize("region", [[], [""], ["99"], ["1607"], ["16 077 9999 99"]])
def test_a_key_is_bound_to_regions_that_can_exist(store, region):
    with pytest.raises(UnknownRegion):
        make(store, municipalities=region)


def test_unknown_scopes_and_keys_are_named(store):
    with pytest.raises(UnknownScope, match="incident:eat"):
        make(store, scopes=["incident:eat"])
    with pytest.raises(UnknownKey, match="nope"):
        store.revoke("nope")


def test_the_same_file_opens_the_same_keys_again(store, tmp_path):
    plain = make(store)

    again = KeyStore(f"sqlite:///{tmp_path}/identity.db", clock=FakeClock())

    assert again.authenticate(plain).sender == "ticket-system"
    again.close()


@pytest.mark.postgres
def test_on_postgresql_the_store_has_its_own_schema(postgres):
    store = KeyStore(postgres.create_database(), clock=FakeClock())

    plain = make(store)

    assert store.authenticate(plain).sender == "ticket-system"
    store.close()


@pytest.mark.parametrize(
    ("sender", "told"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a" * 81, "81 characters, at most 80"),
        ("desk\x1b[31m", "character 5"),
        ("desk\n", "character 5"),
        ("de\x00sk", "character 3"),
        ("desk\u202e", "character 5"),
        ("desk\ud800", "character 5"),
    ],
    ids=["empty", "blank", "long", "escape", "newline", "nul", "bidi", "surrogate"],
)
def test_a_sender_is_a_short_name_that_can_be_shown_everywhere(store, sender, told):
    with pytest.raises(BadSender, match=told) as refused:
        make(store, sender)

    assert str(refused.value).isprintable()
    assert store.list() == []


@pytest.mark.parametrize("sender", ["a" * 80, "Bürgerbüro Süd", "ticket-system/2"])
def test_a_sender_may_have_any_letters(store, sender):
    make(store, sender)

    assert [key.sender for key in store.list()] == [sender]
