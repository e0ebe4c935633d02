# SPDX-License-Identifier: EUPL-1.2
"""What holds on SQLite holds on PostgreSQL: the same tests once more, each in a fresh database."""

import threading
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from rueckhalt_notify.notices.store import notices as table
from rueckhalt_notify.settings import Settings
from rueckhalt_shared.database import Database
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.worker import Worker
from tests.notify import test_batches, test_rotating, test_sending, test_telling, test_vault
from tests.notify.conftest import Tell
from tests.notify.test_answers import (
    links,  # noqa: F401 a fixture
    test_a_link_works_once,  # noqa: F401
    test_the_result_shows_who_was_faster,  # noqa: F401
    test_two_people_clicking_at_once_both_get_a_sane_page,  # noqa: F401
)
from tests.notify.test_batches import tell_together  # noqa: F401 a fixture
from tests.notify.test_erasing import order
from tests.notify.test_house import (
    test_the_migration_makes_exactly_the_tables_of_the_code,  # noqa: F401
)
from tests.notify.test_rotating import command, elsewhere, old_database  # noqa: F401 fixtures
from tests.notify.test_vault import swapped  # noqa: F401 a fixture
from tests.notify.town import ANNA, assigned, lead
from tests.servers import PrivatePostgres
from tests.support import eventually, waits_for_a_lock

pytestmark = [pytest.mark.postgres, pytest.mark.enable_socket]

for module in (test_batches, test_telling, test_sending, test_vault, test_rotating):
    globals().update({n: each for n, each in vars(module).items() if n.startswith("test_")})


@pytest.fixture(scope="module")
def migrated(postgres: PrivatePostgres) -> str:
    name = f"notify_{uuid.uuid4().hex}"
    upgrade(postgres.create_database(name), "rueckhalt_notify.migrations")
    return name


@pytest.fixture
def settings(settings: Settings, postgres: PrivatePostgres, migrated: str) -> Settings:
    return replace(settings, database_url=postgres.create_database(template=migrated))


@pytest.fixture
def unmigrated(settings: Settings, postgres: PrivatePostgres) -> Settings:
    """An installation without tables."""
    return replace(settings, database_url=postgres.create_database())


def test_an_erasure_takes_the_notice_that_was_added_while_it_waited(
    tell: Tell, worker: Worker, database: Database
) -> None:
    tell(assigned(lead(ANNA)))
    erasing = threading.Thread(target=order, args=(worker,))
    with database.engine.begin() as sender:
        waiting = dict(sender.execute(select(table).with_for_update()).mappings().one())
        erasing.start()
        eventually(lambda: waits_for_a_lock(database), what="the erasure waits")
        sender.execute(insert(table), waiting | {"id": str(uuid.uuid4()), "key": "k" * 40})
    erasing.join()

    assert database.read(lambda tx: tx.execute(select(table.c.id)).all()) == []
