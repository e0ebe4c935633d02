# SPDX-License-Identifier: EUPL-1.2
"""A clock, a database, a town, a client."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rueckhalt_routing.app import Settings, create_app
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.compiled import CompiledPlan, compile_plan
from rueckhalt_shared.database import Database
from rueckhalt_shared.identity.accounts import handlers as accounts
from rueckhalt_shared.identity.sessions import handlers as sessions
from rueckhalt_shared.keys import SCOPES, KeyStore
from rueckhalt_shared.settings import from_env
from tests.routing.duty import Person, Somebody
from tests.routing.town import ARS, Town, person
from tests.support import FakeClock, sqlite_database

SignIn = Callable[..., Any]


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


@pytest.fixture
def sign_in(settings: Settings, town: Town, keys: KeyStore) -> SignIn:
    """A client of somebody with these roles: `sign_in(ANNA, "responsible")`."""

    def make(plan_id: str | None, *roles: str) -> Any:
        database = keys.database.prepare()
        held = [(role, ARS) for role in roles]
        name = f"a{len(database.read(accounts.list_accounts))}"
        account = database.run(accounts.add_account, name, held=held, person=plan_id)
        token = database.run(sessions.begin_full, account.id, device="test")
        client = create_app(settings, town.database).test_client()
        client.set_cookie("rueckhalt_session", token, domain="localhost")
        client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        return client

    return make


@pytest.fixture
def sunday(bare_town: Town) -> None:
    """Inside the hours of the night duty."""
    bare_town.clock.pass_(days=2)


@pytest.fixture
def somebody(sign_in: SignIn) -> Somebody:
    """`somebody("clara.conrad")` is responsible, `somebody(None, "plan_owner")` plans."""

    def make(key: str | None, *roles: str) -> Person:
        return Person(sign_in(key and person(key), *(roles or ("responsible",))))

    return make


@pytest.fixture
def planner(somebody: Somebody) -> Person:
    return somebody("david.dorn", "plan_owner")


@pytest.fixture
def clara(somebody: Somebody) -> Person:
    return somebody("clara.conrad")


@pytest.fixture
def farid(somebody: Somebody) -> Person:
    return somebody("farid.fischer")
