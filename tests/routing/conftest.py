# SPDX-License-Identifier: EUPL-1.2
"""A clock, a database, a town, a client."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import SCOPES, KeyStore
from rueckhalt_shared.settings import from_env
from tests.routing.town import ARS, Town
from tests.support import FakeClock, sqlite_database


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def context() -> dict[str, Any]:
    return {"plans": {}, "catch_all": "auffang", "webhook": False, "base_url": "http://x/routing"}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated database to copy: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("routing")
    sqlite_database(folder, "rueckhalt_routing").dispose()
    return folder / "routing.db"


@pytest.fixture
def database(
    tmp_path: Path, clock: FakeClock, context: dict[str, Any], migrated: Path
) -> Iterator[Database]:
    shutil.copy(migrated, tmp_path / "routing.db")
    url = f"sqlite:///{tmp_path / 'routing.db'}"
    database = Database(url, "routing", clock=clock, context=context)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def sample_draft() -> plans.Draft:
    """Musterstadt's plan, read once."""
    return plans.draft_of(sample_plan())


@pytest.fixture
def bare_town(database: Database, clock: FakeClock) -> Town:
    """A town that has published no plan."""
    return Town(database, clock)


@pytest.fixture
def town(bare_town: Town, sample_draft: plans.Draft) -> Town:
    bare_town.database.run(plans.publish, sample_draft, author="test")
    return bare_town


@pytest.fixture(scope="session")
def musterstadt() -> CompiledPlan:
    plan, _ = read_plan(sample_plan())
    return compile_plan(plan, id="plan", version=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given = {"data": tmp_path, "municipality": ARS}
    return from_env(Settings, "routing", given=given)


@pytest.fixture
def keys(settings: Settings) -> KeyStore:
    return KeyStore.of(settings.identity_url)


@pytest.fixture
def key(keys: KeyStore) -> str:
    return keys.create(sender="desk", scopes=SCOPES, municipalities=[ARS], mode="live")


@pytest.fixture
def client(settings: Settings, town: Town, key: str) -> Any:
    client = create_app(settings, town.database).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client
