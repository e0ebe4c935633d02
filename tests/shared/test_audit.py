# SPDX-License-Identifier: EUPL-1.2
"""The audit chain: changes, deletions, swaps, cuts are found; erasure unlinks, breaks nothing."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from rueckhalt_shared.audit import anchoring, chain, reading, recording, store
from rueckhalt_shared.audit.chain import Anchor, Row
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Database
from rueckhalt_shared.erasing import tombstones
from rueckhalt_shared.plumbing import plumbing
from rueckhalt_shared.settings import ServiceSettings
from tests.support import NOON, FakeClock, plumbing_database

TOWN, OTHER = "160770999999", "095640000000"
MUTATIONS = 10_000
Mutation = Callable[[list[Row], random.Random], list[Row]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    opened = plumbing_database(tmp_path / "intake.db", "intake", clock=clock)
    tombstones.install(opened, ServiceSettings(service="intake", data=tmp_path))
    yield opened
    opened.dispose()


def act(**changes: Any) -> Act:
    fields: dict[str, Any] = {
        "municipality": TOWN,
        "who": "ansprechstelle/7",
        "act": "incident.opened",
        "fields": "narrative",
        "why": "case_work",
        "incident": "11111111-2222-4333-8444-555555555555",
    }
    return Act(**fields | changes)


def written(length: int) -> list[Row]:
    """A whole chain, made by the same rules as the one in the database."""
    previous, rows = chain.start_of(TOWN), []
    for n in range(1, length + 1):
        body = chain.canonical({"n": n, "municipality": TOWN, "who": f"p{n}", "why": "ä€"})
        previous = chain.linked(body, previous)
        rows.append(Row(TOWN, n, body, previous))
    return rows


def change_a_character(rows: list[Row], chance: random.Random) -> list[Row]:
    at = chance.randrange(len(rows))
    name = chance.choice(["body", "hash", "municipality"])
    value = getattr(rows[at], name)
    place = chance.randrange(len(value))
    other = chance.choice([c for c in '0123456789abcdefxyz{}" ' if c != value[place]])
    rows[at] = replace(rows[at], **{name: value[:place] + other + value[place + 1 :]})
    return rows


def change_a_number(rows: list[Row], chance: random.Random) -> list[Row]:
    at = chance.randrange(len(rows))
    rows[at] = replace(rows[at], n=rows[at].n + chance.choice([-3, -1, 1, 2, 1000]))
    return rows


def delete_some(rows: list[Row], chance: random.Random) -> list[Row]:
    start = chance.randrange(len(rows) - 1)
    del rows[start : chance.randrange(start + 1, len(rows))]
    return rows


def swap_two(rows: list[Row], chance: random.Random) -> list[Row]:
    one, other = chance.sample(range(len(rows)), 2)
    rows[one], rows[other] = rows[other], rows[one]
    return rows


def swap_their_bodies(rows: list[Row], chance: random.Random) -> list[Row]:
    one, other = chance.sample(range(len(rows)), 2)
    first, second = rows[one].body, rows[other].body
    rows[one], rows[other] = replace(rows[one], body=second), replace(rows[other], body=first)
    return rows


def insert_one_twice(rows: list[Row], chance: random.Random) -> list[Row]:
    rows.insert(chance.randrange(len(rows) + 1), chance.choice(rows))
    return rows


def cut_below_the_anchor(rows: list[Row], chance: random.Random) -> list[Row]:
    return rows[: chance.randrange(len(rows))]


def write_anew_from_somewhere(rows: list[Row], chance: random.Random) -> list[Row]:
    """A forger who knows the rule: everything behind the change is hashed again."""
    at = chance.randrange(len(rows))
    previous = rows[at - 1].hash if at else chain.start_of(TOWN)
    for place in range(at, len(rows)):
        document = json.loads(rows[place].body)
        body = chain.canonical(document | ({"who": "nobody"} if place == at else {}))
        previous = chain.linked(body, previous)
        rows[place] = replace(rows[place], body=body, hash=previous)
    return rows


ALL: list[Mutation] = [
    change_a_character,
    change_a_number,
    delete_some,
    swap_two,
    swap_their_bodies,
    insert_one_twice,
    cut_below_the_anchor,
    write_anew_from_somewhere,
]


def test_ten_thousand_mutations_are_all_found() -> None:
    chance, whole = random.Random(4), written(40)
    anchor = Anchor(TOWN, len(whole), whole[-1].hash)
    assert chain.verify(TOWN, whole, [anchor]) is None
    unnoticed = []

    for number in range(MUTATIONS):
        mutation = ALL[number % len(ALL)]
        mutated = mutation(list(whole), chance)
        assert mutated != whole
        if chain.verify(TOWN, mutated, [anchor]) is None:
            unnoticed.append((number, mutation.__name__))

    assert unnoticed == []


def test_the_first_bad_row_is_named() -> None:
    rows = written(20)
    rows[6] = replace(rows[6], body=rows[6].body.replace("p7", "p8"))
    rows[12] = replace(rows[12], hash="0" * 64)

    fault = chain.verify(TOWN, rows)

    assert fault is not None
    assert (fault.n, fault.told) == (7, "was changed, or the row before it was")


def test_rows_cut_off_at_the_end_show_only_against_an_anchor() -> None:
    rows = written(20)
    anchor = Anchor(TOWN, 20, rows[-1].hash)

    assert chain.verify(TOWN, rows[:12]) is None
    fault = chain.verify(TOWN, rows[:12], [anchor])
    assert fault is not None
    assert fault.n == 13


def test_each_municipality_has_a_chain_of_its_own(database: Database) -> None:
    numbers = [database.run(record, act(municipality=each)) for each in (TOWN, OTHER, TOWN)]

    assert numbers == [1, 1, 2]
    assert database.read(store.municipalities) == [OTHER, TOWN]
    assert database.read(anchoring.verify_all) == []


def test_a_row_rolls_back_with_what_it_tells_about(database: Database) -> None:
    def fails(tx: Any) -> None:
        record(tx, act())
        raise ValueError("no effect")

    with pytest.raises(ValueError, match="no effect"):
        database.run(fails)

    assert database.read(store.head, TOWN) is None


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit_rows SET body = replace(body, 'narrative', 'identity') WHERE n = 2",
        "DELETE FROM audit_rows WHERE n = 2",
        "DELETE FROM audit_rows WHERE n = 3",
        "DELETE FROM audit_rows",
        "UPDATE audit_rows SET municipality = '095640000000' WHERE n = 3",
    ],
    ids=["changed", "deleted", "cut", "emptied", "moved"],
)
def test_damage_in_the_database_is_found(damage: str, database: Database) -> None:
    for _ in range(3):
        database.run(record, act())
    anchors = database.read(anchoring.heads).anchors

    database.run(lambda tx: tx.execute(text(damage)))

    assert database.read(anchoring.verify_all, anchors)


def test_a_row_names_the_incident_by_a_reference_that_erasure_unlinks(database: Database) -> None:
    incident = act().incident or ""
    database.run(record, act())
    before = database.read(lambda tx: recording.case_reference(tx, incident))
    body = database.read(lambda tx: next(store.rows(tx, TOWN)).body)
    assert json.loads(body)["case"] == before
    assert incident not in body

    database.run(recording.unlink, incident)

    assert database.run(recording.case_reference, incident) != before
    assert database.read(anchoring.verify_all) == []


def test_a_signed_head_is_an_anchor(database: Database) -> None:
    database.run(record, act())
    document = database.read(anchoring.heads).document()

    anchors = anchoring.read(json.dumps(document), public_key=document["public_key"])

    assert anchors == [Anchor(TOWN, 1, document["heads"][0]["hash"])]


@pytest.mark.parametrize("field", ["at", "heads", "signature", "public_key", "format"])
def test_a_changed_head_is_no_anchor(field: str, database: Database) -> None:
    database.run(record, act())
    document = database.read(anchoring.heads).document()
    own = document["public_key"]
    forged = document | {field: "ab" * 32}

    with pytest.raises(anchoring.NoAnchor):
        anchoring.read(json.dumps(forged), public_key=own)


def test_a_head_signed_with_a_new_key_is_a_forgery(database: Database, tmp_path: Path) -> None:
    database.run(record, act())
    own = database.read(anchoring.heads).document()["public_key"]
    database.context[tombstones.CONTEXT] = tombstones.Marker(b"x" * 32)
    forged = database.read(anchoring.heads).document()

    with pytest.raises(anchoring.NoAnchor, match="another key"):
        anchoring.read(json.dumps(forged), public_key=own)


def asked(database: Database, *, by: str = "eins") -> str:
    since, until = NOON - timedelta(days=1), NOON + timedelta(days=1)
    given = {"municipality": TOWN, "since": since, "until": until, "why": "complaint"}
    return database.run(reading.ask, by=by, **given).id


def test_reading_takes_two_persons(database: Database, clock: FakeClock) -> None:
    database.run(record, act())
    request = asked(database)
    with pytest.raises(reading.SamePerson):
        database.run(reading.confirm, request, by="eins")
    with pytest.raises(reading.NotConfirmed):
        database.run(reading.read, request, by="eins")

    database.run(reading.confirm, request, by="zwei")

    rows = database.run(reading.read, request, by="eins")
    assert [row["act"] for row in rows] == ["incident.opened", "audit.asked", "audit.confirmed"]
    with pytest.raises(reading.NoSuchReading):
        database.run(reading.read, request, by="drei")
    clock.pass_(hours=24)
    with pytest.raises(reading.NotConfirmed):
        database.run(reading.read, request, by="zwei")


def test_reading_is_recorded_itself(database: Database) -> None:
    request = asked(database)
    database.run(reading.confirm, request, by="zwei")
    database.run(reading.read, request, by="zwei")

    rows = database.run(reading.read, request, by="eins")

    assert [(row["act"], row["who"]) for row in rows] == [
        ("audit.asked", "eins"),
        ("audit.confirmed", "zwei"),
        ("audit.read", "zwei"),
    ]


@pytest.fixture
def on_postgres(postgres: Any) -> Iterator[Database]:
    opened = Database(postgres.create_database(), "intake")
    with opened.engine.begin() as connection:
        plumbing.create_all(connection)
    yield opened
    opened.dispose()


@pytest.mark.postgres
def test_writers_at_the_same_time_make_one_chain(on_postgres: Database) -> None:
    together = threading.Barrier(6)

    def write(number: int) -> None:
        together.wait()
        for _ in range(20):
            on_postgres.run(record, act(who=f"w{number}", incident=f"incident-{number}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    head = on_postgres.read(store.head, TOWN)
    assert head is not None
    assert head.n == 120
    assert on_postgres.read(anchoring.verify_all, [head]) == []
