# SPDX-License-Identifier: EUPL-1.2
"""Incremental counts, counts rebuilt from the facts and counts by brute force are the same."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import delete, update

from rueckhalt_reporting.commands import rebuild_all
from rueckhalt_reporting.facts import store as facts_store
from rueckhalt_reporting.facts.consumers import QUEUE
from rueckhalt_reporting.rollups import store as rollups_store
from rueckhalt_reporting.subscriptions import subscriptions
from rueckhalt_shared import contracts
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.database import Database, Transaction
from tests.reporting import events
from tests.reporting.events import NEIGHBOUR, TOWN
from tests.support import sqlite_database

Cells = dict[tuple[str, str, str, str], int]
START = datetime(2025, 11, 28, tzinfo=UTC)


def cells(database: Database) -> Cells:
    """Everything that is counted."""

    def query(tx: Transaction) -> Cells:
        return {
            cell: n
            for month in rollups_store.months(tx)
            for cell, n in rollups_store.cells_of(tx, month).items()
        }

    return database.read(query)


def apply(database: Database, *told: contracts.Event) -> None:
    """Several events in one transaction, as a batch of the bus."""

    def batch(tx: Transaction) -> None:
        for event in told:
            consume = subscriptions.consumer(QUEUE, type(event).type)
            assert consume is not None
            consume(tx, event)

    database.run(batch)


def lists(known: Any) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(known)), max_size=3, unique=True).map(tuple)


@st.composite
def histories(draw: st.DrawFn, subject: str) -> list[contracts.Event]:
    """Everything that is ever said about one incident, in the order it happened."""
    common = {
        "municipality": draw(st.sampled_from([TOWN, NEIGHBOUR])),
        "mode": draw(st.sampled_from(["live", "live", "live", "demo", "test", "drill"])),
    }
    registered_at = START + timedelta(hours=draw(st.integers(0, 24 * 40)))
    coded = {"registered_at": registered_at, "imported": draw(st.booleans())}

    def said(**changes: Any) -> dict[str, Any]:
        return common | coded | changes

    told: list[contracts.Event] = []
    for version in range(1, draw(st.integers(1, 4)) + 1):
        make = events.registered if version == 1 else events.amended
        told.append(
            make(
                subject,
                **said(
                    version=version,
                    forms=draw(lists(codes.FORMS)),
                    motives_perceived=draw(lists(codes.MOTIVES)),
                    severity=draw(st.sampled_from([None, 0, 1, 2, 3])),
                    unit=draw(st.sampled_from(["buergeramt", "unknown"])),
                ),
            )
        )
    if draw(st.booleans()):
        told.append(events.closed(subject, **common, version=len(told) + 1))
    steps = draw(st.lists(st.sampled_from("aetlhc"), max_size=6))
    for version, step in enumerate(steps, start=1):
        at = registered_at + timedelta(minutes=7 * version)
        told.append(_responsibility(step, subject, at, common | {"version": version}))
    for kind in draw(st.lists(st.sampled_from([contracts.NoticeSent, contracts.NoticeFailed]))):
        told.append(events.notice(kind, subject, **common))
    return told


def _responsibility(
    step: str, subject: str, at: datetime, common: dict[str, Any]
) -> contracts.Event:
    if step == "a":
        return events.assigned(subject, **common, at=at)
    if step == "e":
        return events.escalated(subject, **common)
    if step == "t":
        return events.taken_over(subject, **common, taken_over_at=at)
    kinds: dict[str, type[contracts.Event]] = {
        "l": contracts.ResponsibilityLapsed,
        "h": contracts.ResponsibilityHandedOver,
        "c": contracts.ResponsibilityCompleted,
    }
    told: contracts.Event = events.changed(kinds[step], subject, **common)
    return told


def by_hand(histories: list[list[contracts.Event]]) -> Counter[tuple[str, str, str]]:
    """A second, naive count of what is simple enough to be obviously right."""
    found: Counter[tuple[str, str, str]] = Counter()
    for told in histories:
        last = max(
            (e for e in told if hasattr(e, "registered_at")), key=lambda event: event.version
        )
        if last.mode in ("test", "drill"):
            continue
        town = last.municipality
        found[town, "total", "all"] += 1
        found[town, "forms", contracts.leading_form(last.forms)] += 1
        for form in last.forms or ("unknown",):
            found[town, "forms_all", form] += 1
        found[town, "unit", last.unit] += 1
        is_closed = last.imported or any(isinstance(e, contracts.IncidentClosed) for e in told)
        found[town, "status", "closed" if is_closed else "open"] += 1
        escalations = sum(isinstance(e, contracts.ResponsibilityEscalated) for e in told)
        found[town, "escalations", str(escalations) if escalations < 3 else "3_or_more"] += 1
        taken = any(isinstance(e, contracts.ResponsibilityTakenOver) for e in told)
        found[town, "taken_over", "yes" if taken else "no"] += 1
    return found


@pytest.fixture(scope="module")
def shared_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = sqlite_database(tmp_path_factory.mktemp("rebuild"), "rueckhalt_reporting")
    yield opened
    opened.dispose()


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_counts_do_not_depend_on_how_the_bus_delivers(
    shared_database: Database, data: st.DataObject
) -> None:
    shared_database.run(wipe)
    told = [data.draw(histories(f"incident-{n}")) for n in range(data.draw(st.integers(1, 4)))]
    everything = [event for history in told for event in history]
    again = data.draw(st.lists(st.sampled_from(everything), max_size=5))
    stream = data.draw(st.permutations(everything + again))

    while stream:
        size = data.draw(st.integers(1, 5))
        apply(shared_database, *stream[:size])
        stream = stream[size:]

    incremental = cells(shared_database)
    corrected = rebuild_all(shared_database)
    assert sum(corrected.values()) == 0
    assert cells(shared_database) == incremental
    expected = by_hand(told)
    summed: Counter[tuple[str, str, str]] = Counter()
    for (_, town, dimension, value), n in incremental.items():
        if (town, dimension, value) in expected or dimension in {key[1] for key in expected}:
            summed[town, dimension, value] += n
    assert summed == expected


def test_a_rebuild_puts_right_what_is_wrong(database: Database) -> None:
    apply(database, events.registered("one"), events.registered("two", forms=("insult",)))
    right = cells(database)
    database.run(spoil)

    corrected = rebuild_all(database)

    assert cells(database) == right
    assert corrected == {"2026-11": len([cell for cell in right if cell[2] != "forms"]) + 1}


def test_a_rebuild_of_nothing_is_fine(database: Database) -> None:
    assert rebuild_all(database) == {}


def wipe(tx: Transaction) -> None:
    tx.execute(delete(facts_store.facts))
    tx.execute(delete(rollups_store.rollups))


def spoil(tx: Transaction) -> None:
    rollups = rollups_store.rollups
    tx.execute(update(rollups).where(rollups.c.dimension != "forms").values(n=rollups.c.n + 1))
    tx.execute(delete(rollups).where(rollups.c.value == "insult", rollups.c.dimension == "forms"))


def test_batches_of_two_towns_and_months_are_counted_apart(
    tmp_path: Path, database: Database
) -> None:
    apply(
        database,
        events.registered("one"),
        events.registered("two", municipality=NEIGHBOUR),
        events.registered("three", registered_at=START),
    )

    totals = {cell[:2]: n for cell, n in cells(database).items() if cell[2] == "total"}
    assert totals == {("2026-11", TOWN): 1, ("2026-11", NEIGHBOUR): 1, ("2025-11", TOWN): 1}
