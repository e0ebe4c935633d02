# SPDX-License-Identifier: EUPL-1.2
"""Intake on SQLite in a folder of its own, with keys of several kinds."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from rueckhalt_intake.app import Settings, create_app, create_worker
from rueckhalt_intake.mailbox.codes import Codes
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.intake.people import Meet, Person
from tests.intake.town import ARS, Sender
from tests.intake.visitor import Visitor
from tests.support import FakeClock, outbox, sqlite_database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        service="intake",
        data=tmp_path,
        services=frozenset({"intake", "routing"}),
        identity_url=f"sqlite:///{tmp_path}/identity.db",
        database_url=f"sqlite:///{tmp_path}/intake.db",
        bus_url=f"rkbus:///{tmp_path}/bus.db",
        base_url="https://meldung.example/intake",
        known_ags=("16077043=160770043043",),
        key_pool=8,
    )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("migrated")
    sqlite_database(folder, "rueckhalt_intake").dispose()
    return folder / "intake.db"


@pytest.fixture
def database(tmp_path: Path, migrated: Path, clock: FakeClock) -> Iterator[Database]:
    path = Path(shutil.copy(migrated, tmp_path))
    database = Database(f"sqlite:///{path}", "intake", clock=clock)
    yield database
    if "vault" in database.context:
        database.context["vault"].keys.dispose()
    database.dispose()


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    return create_app(settings, database)


@pytest.fixture
def visitors(settings: Settings, database: Database) -> Callable[[], Visitor]:
    """People at the public pages of Musterstadt; their words are derived without the long wait."""
    app = create_app(replace(settings, municipality=ARS, municipality_name="Musterstadt"), database)
    held = app.extensions["rueckhalt"].extensions
    held["drafts"] = replace(held["drafts"], codes=Codes(b"salt" * 4, memory_kib=8, passes=1))
    return lambda: Visitor(app.test_client())


@pytest.fixture
def visitor(visitors: Callable[[], Visitor]) -> Visitor:
    """One of them."""
    return visitors()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def keys(settings: Settings) -> KeyStore:
    return KeyStore(settings.identity_url)


@pytest.fixture
def sender(client: FlaskClient, keys: KeyStore) -> Callable[..., Sender]:
    """Make somebody with a key: `sender("incident:create")`."""

    def make(*scopes: str, name: str = "fachverfahren", **options: Any) -> Sender:
        options.setdefault("municipalities", [ARS])
        key = keys.create(sender=name, scopes=scopes, **options)
        return Sender(client, key)

    return make


@pytest.fixture
def meet(app: Flask, keys: KeyStore) -> Meet:
    """Somebody with an account: `meet("dana", "data_protection_officer")`."""

    def make(name: str, *roles: str, **options: Any) -> Person:
        return Person(app, keys, name, *roles, **options)

    return make


@pytest.fixture
def town(sender: Callable[..., Sender]) -> Sender:
    """The town's own system: reports, and reads what was reported."""
    return sender("incident:create", "incident:read")


@pytest.fixture
def events(database: Database) -> Callable[[], list[dict[str, Any]]]:
    return lambda: outbox(database)


@pytest.fixture
def worker(settings: Settings, database: Database) -> Worker:
    return create_worker(settings, database)
