# SPDX-License-Identifier: EUPL-1.2
"""No town reaches another's rows on PostgreSQL: every table of every service, asked directly.

A table is guarded by row-level security, or stands in `OPEN` with the reason why not. A new table
with a municipality needs a line in a migration (`row_policies`), and nothing here; one that hangs
on such a row a line in `HANGS`, too.
"""

import importlib
from collections.abc import Callable, Iterator
from contextvars import copy_context
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import ProgrammingError

from rueckhalt_shared import reach
from rueckhalt_shared.columns import UtcDateTime
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.plumbing import plumbing
from tests.servers import PrivatePostgres

SERVICES = ("intake", "routing", "notify", "reporting")
TOWN, OTHER = "160770999999", "095640000000"
OPEN = {
    **dict.fromkeys(("outbox", "inbox", "subject_versions"), "ids, codes and times of events"),
    **dict.fromkeys(("leases", "worker_states"), "who works, of no municipality"),
    **dict.fromkeys(("ledger_windows", "ledger_gaps"), "counts of events"),
    **dict.fromkeys(("tombstones", "erasure_leftovers"), "what is erased has no municipality left"),
    "audit_cases": "a key without its rows opens nothing, and an erasure must find it last of all",
    "known_requests": "found by a keyed hash of sender and reference only; answers 410 when the "
    "incident, and with it the municipality, is gone; the answer is sealed for its sender",
    "master_keys": "which key of the installation wraps, and since when",
    "holds": "what intake says must be kept, heard and asked by workers: ids only",
    "counted_months": "months of the installation whose rows are gone",
    "open311_lists": "how far the lists of other houses were looked through, by their names only",
    "reach": "ids and states of contacts, which may be known before their person is",
}
# Tables without a municipality of their own: column, the table they hang on, its column.
HANGS = {
    "mailboxes": ("incident_id", "incidents", "id"),
    **dict.fromkeys(
        ("messages", "mailbox_visits", "consents", "aftercare"), ("incident_id", "incidents", "id")
    ),
    "tidings": ("incident_id", "incidents", "id"),
    **dict.fromkeys(("attachments", "custody"), ("incident_id", "incidents", "id")),
    "attachment_chunks": ("attachment_id", "attachments", "id"),
    "arrival_files": ("arrival_id", "arrivals", "id"),
    "arrival_chunks": ("file_id", "arrival_files", "id"),
    "erasure_receipts": ("order_id", "erasure_orders", "id"),
    "key_shreddings": ("order_id", "erasure_orders", "id"),
    "grants": ("incident_id", "incidents", "id"),
    "grant_standings": ("incident_id", "incidents", "id"),
    "deadline_clocks": ("incident_id", "incidents", "id"),
    "deadline_reminders": ("incident_id", "incidents", "id"),
    "deadline_rounds": ("incident_id", "incidents", "id"),
    "conflicts": ("incident", "notices", "subject"),
    "steps_taken": ("assignment_id", "assignments", "id"),
    "timers": ("ref", "assignments", "id"),
    "attempts": ("notice_id", "notices", "id"),
    "answers": ("notice_id", "notices", "id"),
    "responsibilities": ("incident", "notices", "subject"),
}
WORKERS_ONLY = {"webhook_calls"}

pytestmark = pytest.mark.postgres


def tables_of(service: str) -> dict[str, Table]:
    importlib.import_module(f"rueckhalt_{service}.app")  # defines all tables
    own: MetaData = importlib.import_module(f"rueckhalt_{service}.tables").metadata
    return {**own.tables, **plumbing.tables}


def guarded() -> list[tuple[str, str]]:
    """(service, table) of everything that should be guarded."""
    return [
        (service, name)
        for service in SERVICES
        for name, table in sorted(tables_of(service).items())
        if name not in OPEN and (name in HANGS or "municipality" in table.c)
    ]


@pytest.fixture(scope="module")
def houses(postgres: PrivatePostgres) -> Iterator[dict[str, Database]]:
    """The services' databases: each guarded table has a row of one town and one of another."""
    made = {}
    for service in SERVICES:
        url = postgres.create_database()
        upgrade(url, f"rueckhalt_{service}.migrations")
        made[service] = Database(url, service)
        made[service].run(fill, service)
    yield made
    for database in made.values():
        database.dispose()


def fill(tx: Transaction, service: str) -> None:
    tables = tables_of(service)
    if "master_keys" in tables:  # what the keys of a municipality refer to
        for number in (1, 2):
            row = row_of(tables, "master_keys", number, TOWN)
            tx.execute(insert(tables["master_keys"]), row)
    for name in sorted(tables, key=lambda each: each in HANGS):
        if name in HANGS or "municipality" in tables[name].c or name in WORKERS_ONLY:
            for number, town in enumerate((TOWN, OTHER), start=1):
                tx.execute(insert(tables[name]), row_of(tables, name, number, town))


def row_of(tables: dict[str, Table], name: str, number: int, town: str) -> dict[str, Any]:
    """Any row of a table; what hangs on another row gets the one of the same number."""
    columns = [column for column in tables[name].c if is_needed(column)]
    row = {column.name: value_of(column, number, town) for column in columns}
    if name in HANGS:
        mine, parent, theirs = HANGS[name]
        row[mine] = value_of(tables[parent].c[theirs], number, town)
    return row


def is_needed(column: Column[Any]) -> bool:
    return not column.nullable and (column.server_default is None or column.primary_key)


def value_of(column: Column[Any], number: int, town: str) -> Any:
    if column.name == "municipality":
        return town
    kinds: list[tuple[Any, Any]] = [
        (Boolean, False),
        (Integer, number),
        (LargeBinary, b"x"),
        (JSON, []),
        ((UtcDateTime, DateTime), datetime(2026, 11, number, tzinfo=UTC)),
        (Date, date(2026, 11, number)),
        (String, f"{number}"),
    ]
    return next(value for kind, value in kinds if isinstance(column.type, kind))


def within(places: tuple[str, ...], work: Callable[[], Any]) -> Any:
    """Work as a request of somebody with this reach does."""
    context = copy_context()
    context.run(reach.be, places)
    return context.run(work)


def keys_of(table: Table, rows: Any) -> set[tuple[Any, ...]]:
    names = [column.name for column in table.primary_key]
    return {tuple(row[name] for name in names) for row in rows}


def seen(database: Database, table: Table, *places: str) -> set[tuple[Any, ...]]:
    query = select(*table.primary_key)
    rows = within(places, lambda: database.read(lambda tx: tx.execute(query).mappings().all()))
    return keys_of(table, rows)


def numbered(tables: dict[str, Table], name: str, number: int, town: str) -> set[tuple[Any, ...]]:
    return keys_of(tables[name], [row_of(tables, name, number, town)])


@pytest.mark.parametrize(("service", "name"), guarded())
def test_a_town_reads_changes_and_removes_its_own_rows_only(
    houses: dict[str, Database], service: str, name: str
) -> None:
    database, tables = houses[service], tables_of(service)
    table = tables[name]
    mine, theirs = numbered(tables, name, 1, TOWN), numbered(tables, name, 2, OTHER)
    unchanged = {column.name: column for column in table.primary_key}
    touched: list[int] = []

    def touch(tx: Transaction) -> None:
        foreign = [c == value for c, value in zip(table.primary_key, *theirs, strict=True)]
        touched.append(tx.execute(update(table).values(unchanged)).rowcount)
        touched.append(tx.execute(delete(table).where(*foreign)).rowcount)

    within((TOWN,), lambda: database.run(touch))

    assert touched == [1, 0]
    assert seen(database, table, TOWN) == mine
    assert seen(database, table, OTHER) == theirs
    assert seen(database, table) == set()
    assert seen(database, table, TOWN[:5]) == mine
    assert seen(database, table, "09", TOWN) == seen(database, table, "*") == mine | theirs


@pytest.mark.parametrize(("service", "name"), [each for each in guarded() if each[1] not in HANGS])
def test_a_town_adds_nothing_to_another_and_moves_nothing_there(
    houses: dict[str, Database], service: str, name: str
) -> None:
    database, tables = houses[service], tables_of(service)
    foreign = insert(tables[name]).values(row_of(tables, name, 3, OTHER))
    moved = update(tables[name]).values(municipality=OTHER)

    for wrong in (foreign, moved):
        with pytest.raises(ProgrammingError, match="row-level security"):
            within((TOWN,), lambda statement=wrong: database.run(lambda tx: tx.execute(statement)))

    assert len(seen(database, tables[name], "*")) == 2


@pytest.mark.parametrize("service", SERVICES)
def test_without_a_reach_nothing_is_added_anywhere(
    houses: dict[str, Database], service: str
) -> None:
    database, tables = houses[service], tables_of(service)

    for name in [each[1] for each in guarded() if each[0] == service]:
        row = insert(tables[name]).values(row_of(tables, name, 4, TOWN))
        with pytest.raises(ProgrammingError, match="row-level security"):
            within((), lambda statement=row: database.run(lambda tx: tx.execute(statement)))


def test_what_is_for_the_worker_no_request_reads(houses: dict[str, Database]) -> None:
    calls = tables_of("routing")["webhook_calls"]

    assert seen(houses["routing"], calls, TOWN, OTHER) == set()
    assert len(seen(houses["routing"], calls, "*")) == 2


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_is_guarded_or_says_why_not(houses: dict[str, Database], service: str) -> None:
    """A new table: call `row_policies` in its migration, or name it in `OPEN` with the reason."""
    query = text(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND EXISTS"
        " (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) FROM pg_class c"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    found = houses[service].read(lambda tx: {row.relname: row[1] for row in tx.execute(query)})
    found.pop("alembic_version")

    assert set(found) == set(tables_of(service))
    assert [name for name, is_guarded in found.items() if not is_guarded and name not in OPEN] == []
    assert [name for name, is_guarded in found.items() if is_guarded and name in OPEN] == []


def test_no_table_with_a_municipality_is_left_open() -> None:
    towns = {
        name
        for service in SERVICES
        for name, table in tables_of(service).items()
        if "municipality" in table.c
    }

    assert towns & set(OPEN) == set()
