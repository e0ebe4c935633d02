# SPDX-License-Identifier: EUPL-1.2
"""What holds on SQLite holds on PostgreSQL: the same tests once more, each in a fresh database."""

import uuid
from dataclasses import replace

import pytest

from rueckhalt_notify.settings import Settings
from rueckhalt_shared.migrations import upgrade
from tests.notify import test_batches, test_sending, test_telling
from tests.notify.test_answers import (
    links,  # noqa: F401 a fixture
    test_a_link_works_once,  # noqa: F401
    test_the_result_shows_who_was_faster,  # noqa: F401
    test_two_people_clicking_at_once_both_get_a_sane_page,  # noqa: F401
)
from tests.notify.test_batches import tell_together  # noqa: F401 a fixture
from tests.notify.test_house import (
    test_the_migration_makes_exactly_the_tables_of_the_code,  # noqa: F401
)
from tests.servers import PrivatePostgres

pytestmark = [pytest.mark.postgres, pytest.mark.enable_socket]

for module in (test_batches, test_telling, test_sending):
    globals().update({n: each for n, each in vars(module).items() if n.startswith("test_")})


@pytest.fixture(scope="module")
def migrated(postgres: PrivatePostgres) -> str:
    name = f"notify_{uuid.uuid4().hex}"
    upgrade(postgres.create_database(name), "rueckhalt_notify.migrations")
    return name


@pytest.fixture
def settings(settings: Settings, postgres: PrivatePostgres, migrated: str) -> Settings:
    return replace(settings, database_url=postgres.create_database(template=migrated))
