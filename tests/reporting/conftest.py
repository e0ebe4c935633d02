# SPDX-License-Identifier: EUPL-1.2
"""A reporting service in the hand: its database, its worker, its app, and who may ask it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from rueckhalt_reporting.app import Settings, create_app, create_worker
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.reporting.events import NOW, QUEUE, TOWN
from tests.support import FakeClock, sqlite_database

Tell = Callable[..., None]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def database(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    opened = sqlite_database(tmp_path, "rueckhalt_reporting", clock=clock)
    yield opened
    opened.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        service="reporting",
        data=tmp_path,
        services=frozenset({"reporting"}),
        bus_url=f"rkbus://{tmp_path}/bus.db",
        identity_url=f"sqlite:///{tmp_path}/identity.db",
        municipality=TOWN,
    )


@pytest.fixture
def worker(settings: Settings, database: Database) -> Worker:
    return create_worker(settings, database)


@pytest.fixture
def tell(worker: Worker) -> Tell:
    """Bring an event as the bus would."""
    numbers = iter(range(1, 100_000))

    def bring(event: Event, *, at: datetime = NOW, id: str | None = None) -> None:
        service = min(type(event).producers)
        envelope = contracts.wrap(event, service=service, id=id or f"e{next(numbers)}", time=at)
        worker.deliver(QUEUE, envelope)

    return bring


@pytest.fixture
def key(settings: Settings) -> Callable[..., dict[str, str]]:
    """Headers of a new key with these scopes."""
    numbers = iter(range(1000))

    def headers(*scopes: str, municipalities: tuple[str, ...] = (TOWN,)) -> dict[str, str]:
        plain = KeyStore(settings.identity_url).create(
            sender=f"reader-{next(numbers)}",
            scopes=scopes or ("stats:internal",),
            municipalities=municipalities,
            mode="live",
        )
        return {"Authorization": f"Bearer {plain}"}

    return headers


@pytest.fixture
def client(settings: Settings, database: Database) -> FlaskClient:
    return create_app(settings, database).test_client()
