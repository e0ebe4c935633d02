# SPDX-License-Identifier: EUPL-1.2
"""A notify service in the hand: database, worker, sender with a scripted mailer, app."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from rueckhalt_notify.app import create_app, create_database, create_worker
from rueckhalt_notify.contacts import handlers as contacts
from rueckhalt_notify.contacts import sheet
from rueckhalt_notify.delivery.sender import Letterhead, Sender
from rueckhalt_notify.delivery.store import attempts as attempts_table
from rueckhalt_notify.notices.store import notices as notices_table
from rueckhalt_notify.settings import Settings
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import Event
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.worker import Worker
from tests.notify.town import CONTACTS, NEIGHBOUR, PAULA, QUEUE, TOWN, ScriptedMailer
from tests.support import NOON, FakeClock, outbox

Tell = Callable[..., None]
Opened = Callable[[Settings], Database]
Rows = Callable[[], list[dict[str, Any]]]
LETTERHEAD = Letterhead(
    sender="Benachrichtigung <rueckhalt@musterstadt.example>",
    domain="musterstadt.example",
    base_url="https://rueckhalt.example/notify",
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        service="notify",
        data=tmp_path,
        services=frozenset({"intake", "routing", "notify"}),
        bus_url=f"rkbus:///{tmp_path}/bus.db",
        identity_url=f"sqlite:///{tmp_path}/identity.db",
        database_url=f"sqlite:///{tmp_path}/notify.db",
        base_url="https://rueckhalt.example/notify",
        municipality=TOWN,
        incidents_to=("wache@musterstadt.example",),
    )


@pytest.fixture
def empty_database(settings: Settings, clock: FakeClock) -> Iterator[Database]:
    upgrade(settings.database_url, "rueckhalt_notify.migrations")
    opened = create_database(settings)
    opened.clock = clock
    yield opened
    opened.dispose()


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Databases of further processes, closed at the end."""
    with ExitStack() as stack:

        def open_(settings: Settings) -> Database:
            database = create_database(settings)
            stack.callback(database.dispose)
            return database

        yield open_


@pytest.fixture
def database(empty_database: Database) -> Database:
    """With the contacts of a few people."""
    empty_database.run(
        contacts.import_lines,
        sheet.read_lines(CONTACTS.encode()),
        municipality=TOWN,
        reaches=lambda _: True,
    )
    return empty_database


@pytest.fixture
def paula(database: Database) -> str:
    """Somebody of the neighbouring town, whose address this installation knows, too."""
    database.run(
        contacts.import_lines,
        sheet.read_lines(b"person;address\npaula.park;paula.park@nachbarort.example\n"),
        municipality=NEIGHBOUR,
        reaches=lambda _: True,
    )
    return PAULA


@pytest.fixture
def worker(settings: Settings, database: Database) -> Worker:
    return create_worker(settings, database)


@pytest.fixture
def tell(worker: Worker) -> Tell:
    """Bring an event as the bus would."""
    numbers = iter(range(1, 100_000))

    def bring(event: Event, *, queue: str = QUEUE, id: str | None = None) -> None:
        service = min(type(event).producers)
        envelope = contracts.wrap(event, service=service, id=id or f"e{next(numbers)}", time=NOON)
        worker.deliver(queue, envelope)

    return bring


@pytest.fixture
def mailer() -> ScriptedMailer:
    return ScriptedMailer()


@pytest.fixture
def sender(mailer: ScriptedMailer) -> Sender:
    return Sender(mailer, LETTERHEAD, random=lambda: 0.5)


@pytest.fixture
def send(sender: Sender, database: Database) -> Callable[[], None]:
    """Let the sender work until nothing is due."""

    def until_quiet() -> None:
        while sender.run(database):
            pass

    return until_quiet


@pytest.fixture
def said(database: Database) -> Callable[..., list[dict[str, Any]]]:
    """What this service has published about notices (or another subject)."""

    def of(about: str = "notice.") -> list[dict[str, Any]]:
        found = outbox(database)
        return [each for each in found if each["type"].startswith(f"de.rueckhalt.{about}")]

    return of


@pytest.fixture
def notices(database: Database) -> Rows:
    """All notices, oldest first."""

    def rows() -> list[dict[str, Any]]:
        query = select(notices_table).order_by(notices_table.c.id)
        return database.read(lambda tx: [dict(row) for row in tx.execute(query).mappings()])

    return rows


@pytest.fixture
def attempts(database: Database) -> Rows:
    """All attempts, oldest first."""

    def rows() -> list[dict[str, Any]]:
        query = select(attempts_table).order_by(attempts_table.c.notice_id, attempts_table.c.n)
        return database.read(lambda tx: [dict(row) for row in tx.execute(query).mappings()])

    return rows


@pytest.fixture
def contact_states(database: Database) -> Callable[[], dict[str, str]]:
    """State by the part of the address before the @."""

    def rows() -> dict[str, str]:
        found = database.read(contacts.list_contacts, within=["*"], state=None, after="", limit=500)
        return {each.address.partition("@")[0]: each.state for each in found}

    return rows


@pytest.fixture
def client(settings: Settings, database: Database) -> FlaskClient:
    return create_app(settings, database).test_client()


@pytest.fixture
def key(settings: Settings) -> Callable[..., dict[str, str]]:
    """Headers of somebody with a key: `key("notice:read")`."""

    def make(*scopes: str, within: str = TOWN, mode: Any = "live") -> dict[str, str]:
        store = KeyStore(settings.identity_url)
        plain = store.create(
            sender=f"{scopes}{within}", scopes=scopes, municipalities=[within], mode=mode
        )
        return {"Authorization": f"Bearer {plain}"}

    return make


def states(rows: list[dict[str, Any]]) -> list[str]:
    return [row["state"] for row in rows]
