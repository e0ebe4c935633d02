# SPDX-License-Identifier: EUPL-1.2
"""From intake to notify by its API, over a real connection; and how `up` makes the two known."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from rueckhalt_intake.app import Settings as IntakeSettings
from rueckhalt_intake.tidings.handing_over import NotifyApi
from rueckhalt_notify.app import create_app, create_database
from rueckhalt_notify.settings import Settings
from rueckhalt_notify.tidings import handlers
from rueckhalt_shared.contracts.ids import uuid7
from rueckhalt_shared.database import Database
from rueckhalt_shared.folder import claim
from rueckhalt_shared.introducing import introduced
from rueckhalt_shared.keys import EVERYWHERE, TIDINGS, KeyStore
from rueckhalt_shared.migrations import upgrade

TOWN = "160770999999"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        service="notify",
        data=tmp_path,
        services=frozenset({"intake", "notify"}),
        bus_url=f"rkbus:///{tmp_path}/bus.db",
        identity_url=f"sqlite:///{tmp_path}/identity.db",
        database_url=f"sqlite:///{tmp_path}/notify.db",
        base_url="https://rueckhalt.example/notify",
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    upgrade(settings.database_url, "rueckhalt_notify.migrations")
    opened = create_database(settings)
    yield opened
    opened.dispose()


@pytest.fixture
def url(settings: Settings, database: Database) -> Iterator[str]:
    """Notify on a port of this machine."""
    server = make_server("127.0.0.1", 0, create_app(settings, database), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def word() -> dict[str, str]:
    told = {"id": str(uuid7()), "incident": str(uuid7()), "municipality": TOWN}
    return told | {"language": "de", "address": "mia@privat.example"}


@pytest.mark.enable_socket
def test_a_word_reaches_notify_once(url: str, settings: Settings, database: Database) -> None:
    key = KeyStore(settings.identity_url).create(
        sender="intake", scopes=[TIDINGS], municipalities=[EVERYWHERE]
    )
    body = word()
    line = NotifyApi(url, key)

    said = [line.hand_over(body) for _ in range(2)]

    assert said == [202, 202]
    assert [each.id for each in database.read(handlers.due, limit=9)] == [body["id"]]


@pytest.mark.enable_socket
def test_a_wrong_key_and_a_shut_port_are_answers_too(url: str) -> None:
    assert NotifyApi(url, "rk_live_x_y").hand_over(word()) == 401
    assert NotifyApi("http://127.0.0.1:9", "rk_live_x_y").hand_over(word()) is None


def test_up_introduces_intake_to_notify_and_keeps_the_key(tmp_path: Path) -> None:
    folder = claim(tmp_path / "house", mode="real", empty=False)
    bare = IntakeSettings(
        service="intake",
        data=tmp_path,
        services=frozenset({"intake", "notify"}),
        identity_url=f"sqlite:///{tmp_path}/identity.db",
    )
    told = {"folder": folder, "url": "http://127.0.0.1:1/notify"}

    first = introduced(bare, "intake", "notify", TIDINGS, **told)
    again = introduced(bare, "intake", "notify", TIDINGS, **told)
    store = KeyStore.of(bare.identity_url)
    (key,) = store.list()
    store.revoke(key.id)
    anew = introduced(bare, "intake", "notify", TIDINGS, **told)
    own = introduced(anew, "intake", "notify", TIDINGS, folder=folder, url="http://[::1]:2")

    assert not bare.tells_reporters
    assert first.tells_reporters
    assert first.notify_key == again.notify_key != anew.notify_key
    assert own == anew
    caller = store.authenticate(anew.notify_key)
    assert caller is not None
    assert caller.scopes == {TIDINGS}
    folder.leave()
