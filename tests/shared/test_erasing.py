# SPDX-License-Identifier: EUPL-1.2
"""Tombstones and the obedience of a service: rows, receipt, and nothing that comes back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from rueckhalt_shared import contracts, inbox, outbox
from rueckhalt_shared.consuming import Consuming
from rueckhalt_shared.contracts import IncidentErased, IncidentErasureOrdered, ResendRequested, ids
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.erasing import carrying_out, sweeping, tombstones
from rueckhalt_shared.erasing.carrying_out import Eraser, Leftover
from rueckhalt_shared.erasing.key import lasting_key
from rueckhalt_shared.ledger import resend
from rueckhalt_shared.plumbing import inbox as inbox_rows
from rueckhalt_shared.plumbing import outbox as outbox_rows
from rueckhalt_shared.retrying import Retrying
from rueckhalt_shared.settings import BadSettings, ServiceSettings
from tests.shared.event_path import ARS, Desk, ListPipe, effects, effects_of, envelope
from tests.support import NOON, FakeClock, plumbing_database
from tests.support import outbox as said

ORDERS = "routing.erase-incidents"
CASE = "CRUNCHY-ARMCHAIR"
RECEIPT = IncidentErased(subject=CASE, municipality=ARS, order="o", scope="case", at=NOON)
Settings = Callable[..., ServiceSettings]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return lambda **given: ServiceSettings(service="routing", data=tmp_path, **given)


@pytest.fixture
def database(tmp_path: Path, clock: FakeClock, settings: Settings) -> Iterator[Database]:
    opened = plumbing_database(tmp_path / "routing.db", "routing", clock=clock)
    with opened.engine.begin() as connection:
        effects.metadata.create_all(connection)
    tombstones.install(opened, settings())
    yield opened
    opened.dispose()


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    carrying_out.listen(made.subscriptions, ERASER)
    return made


def forget_effects(tx: Transaction, incident: str, municipality: str | None) -> None:
    tx.execute(delete(effects).where(effects.c.subject == incident))


def known_effects(tx: Transaction) -> set[str]:
    return set(tx.execute(select(effects.c.subject)).scalars())


ERASER = Eraser(case=forget_effects, held=known_effects, tables=("effects",))


def order(subject: str = CASE, **changes: Any) -> contracts.Envelope:
    fields = {"order": "order-1", "scope": "case", "due_at": NOON, "version": 3}
    event = IncidentErasureOrdered(subject=subject, municipality=ARS, **fields | changes)
    return contracts.wrap(event, service="intake", id=ids.uuid7(), time=NOON)


@pytest.fixture
def consuming(database: Database, desk: Desk) -> Consuming:
    return Consuming(database, ListPipe, desk.subscriptions, list(desk.subscriptions.queues()))


def refused(database: Database) -> int:
    return database.read(tombstones.count)[1]


def test_an_order_erases_says_so_and_sets_a_tombstone(
    consuming: Consuming, database: Database
) -> None:
    consuming.deliver("routing.assign-incidents", envelope())

    consuming.deliver(ORDERS, order())

    assert effects_of(database) == []
    (receipt,) = said(database)
    assert receipt["type"] == "de.rueckhalt.incident.erased.v1"
    assert receipt["data"]["order"] == "order-1"
    assert database.read(tombstones.count)[0] == 1


def test_a_late_event_of_an_erased_incident_is_refused_and_counted(
    consuming: Consuming, database: Database
) -> None:
    consuming.deliver(ORDERS, order())

    consuming.deliver("routing.assign-incidents", envelope())
    consuming.deliver("routing.assign-incidents", envelope("ANOTHER-ONE"))

    assert effects_of(database) == ["ANOTHER-ONE"]
    assert refused(database) == 1
    assert database.read(lambda tx: len(tx.execute(select(inbox_rows)).all())) == 3


def test_an_event_in_the_same_batch_behind_the_order_is_refused(
    consuming: Consuming, database: Database
) -> None:
    pipe = ListPipe()
    pipe.deliver(envelope())
    pipe.deliver(order(), queue=ORDERS)
    pipe.deliver(envelope())

    consuming.take_batch(pipe, wait=0)

    assert effects_of(database) == []
    assert refused(database) == 1
    assert len(pipe.acked) == 3


def test_a_parked_event_of_an_erased_incident_never_runs(
    consuming: Consuming, database: Database, desk: Desk, clock: FakeClock
) -> None:
    desk.fails_for[CASE] = [ValueError("not today")]
    consuming.deliver("routing.assign-incidents", envelope())

    consuming.deliver(ORDERS, order())
    clock.pass_(minutes=5)
    Retrying(database, desk.subscriptions).run_due()

    assert desk.runs == [CASE]
    (row,) = database.read(
        lambda tx: tx.execute(select(inbox_rows).where(inbox_rows.c.cause == "erased")).all()
    )
    assert (row.state, row.body) == ("done", None)


def test_a_redelivered_order_is_obeyed_by_the_retry(
    consuming: Consuming, database: Database, desk: Desk
) -> None:
    consuming.deliver("routing.assign-incidents", envelope())
    consuming.deliver(ORDERS, order(), redelivered=True)
    assert effects_of(database) == [CASE]

    Retrying(database, desk.subscriptions).run_due()

    assert effects_of(database) == []
    assert len(said(database)) == 1


def test_an_event_that_came_by_http_is_refused_too(
    consuming: Consuming, database: Database, desk: Desk
) -> None:
    consuming.deliver(ORDERS, order())
    database.run(inbox.accept, ["routing.assign-incidents"], envelope())

    Retrying(database, desk.subscriptions).run_due()

    assert effects_of(database) == []
    assert refused(database) == 1


def test_the_same_order_twice_confirms_twice_and_harms_nothing(
    consuming: Consuming, database: Database
) -> None:
    consuming.deliver(ORDERS, order())
    consuming.deliver(ORDERS, order())

    assert [each["data"]["order"] for each in said(database)] == ["order-1", "order-1"]
    assert database.read(tombstones.count) == (1, 0)


def test_only_a_whole_case_gets_a_tombstone(consuming: Consuming, database: Database) -> None:
    consuming.deliver("routing.assign-incidents", envelope())

    consuming.deliver(ORDERS, order(scope="source"))
    consuming.deliver(ORDERS, order(scope="attachment", order="order-2"))

    assert effects_of(database) == [CASE]
    assert len(said(database)) == 2
    assert database.read(tombstones.count) == (0, 0)


def test_an_order_nobody_understands_erases_nothing_and_confirms_nothing(
    consuming: Consuming, database: Database
) -> None:
    consuming.deliver("routing.assign-incidents", envelope())

    consuming.deliver(ORDERS, order(scope="unknown"))

    assert effects_of(database) == [CASE]
    assert said(database) == []


def test_the_archive_forgets_what_was_published_and_still_adds_up(database: Database) -> None:
    event_id = database.run(lambda tx: tx.publish(RECEIPT))
    everything = database.run(lambda tx: tx.execute(select(outbox_rows.c.seq)).scalars().all())
    outbox.stamp(database, list(everything))

    done = database.run(carrying_out.empty_archive, Leftover("o", CASE, "case"))

    (row,) = database.read(lambda tx: tx.execute(select(outbox_rows)).all())
    assert done
    assert (row.id, row.subject, row.body) == (event_id, "", "")


def test_what_the_archive_forgot_is_never_published_again(database: Database) -> None:
    event_id = database.run(lambda tx: tx.publish(RECEIPT))
    outbox.stamp(database, [1])
    database.run(carrying_out.empty_archive, Leftover("o", CASE, "case"))
    wanted = ResendRequested(
        subject="ledger-routing",
        municipality=contracts.INSTALLATION,
        producer="routing",
        window=None,
        ids=(event_id, CASE, ""),
    )

    sent = database.run(resend, wanted)
    again = database.run(outbox.send_window_again, NOON.replace(hour=0), NOON.replace(hour=23))

    assert (sent, again) == (0, 0)
    assert database.read(outbox.lag)[0] == 0


def test_the_sweep_leaves_no_trace_in_the_file(
    consuming: Consuming, database: Database, tmp_path: Path
) -> None:
    consuming.deliver("routing.assign-incidents", envelope())
    consuming.deliver(ORDERS, order())
    assert CASE.encode() in (tmp_path / "routing.db-wal").read_bytes()
    published = text("UPDATE outbox SET published_at = created_at")
    database.run(lambda tx: tx.execute(published))

    sweeping.sweeper(f"rkbus:///{tmp_path}/bus.db", ERASER.tables)(database)

    files = [path for path in tmp_path.glob("routing.db*") if path.is_file()]
    assert [path.name for path in files if CASE.encode() in path.read_bytes()] == []
    assert database.read(carrying_out.leftovers) == []


def test_the_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "routing-tombstones.key"

    first, second = (lasting_key("", path, name="X") for _ in range(2))

    assert first == second
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("given", ["kurz", "zz" * 32, "YWJj"], ids=["word", "no hex", "3 bytes"])
def test_a_text_that_is_no_key_stops_the_start(given: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="RUECKHALT_ROUTING_TOMBSTONE_KEY: must be 32 bytes"):
        lasting_key(given, tmp_path / "k", name="RUECKHALT_ROUTING_TOMBSTONE_KEY")


def test_with_another_key_the_erased_could_come_back_so_it_is_refused(
    consuming: Consuming, database: Database, settings: Settings
) -> None:
    consuming.deliver(ORDERS, order())
    database.context.pop(tombstones.CONTEXT)

    with pytest.raises(BadSettings, match="another key"):
        tombstones.install(database, settings(tombstone_key="ab" * 32))
