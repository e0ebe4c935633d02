# SPDX-License-Identifier: EUPL-1.2
"""What came in from outside: once, sealed, whole within its limits, and gone with its incident."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from rueckhalt_intake.app import Settings, _used_keys, entrance_of
from rueckhalt_intake.evidence.sealing import Opener
from rueckhalt_intake.inbound import store
from rueckhalt_intake.inbound.domain import EMAIL, MOST_FILES, OPEN311, FileTold, Told
from rueckhalt_intake.inbound.keeping import Entrance
from rueckhalt_shared.database import Database
from tests.intake.town import ARS, ELSEWHERE

WORDS = "Ich weiss, wo du wohnst"


@pytest.fixture
def entrance(settings: Settings, database: Database) -> Entrance:
    return entrance_of(settings, database)


def told(**changes: Any) -> Told:
    given: dict[str, Any] = {
        "municipality": ARS,
        "origin": EMAIL,
        "reference": "<1@hass.example>",
        "subject": "Weiterleitung",
        "sender": "Erika <erika@musterstadt.example>",
        "text": WORDS,
        "answers": {"channel": "email"},
        "files": (FileTold(name="mail.eml", content=WORDS.encode()),),
    }
    return Told(**given | changes)


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


def kept(database: Database, number: str) -> Any:
    return database.read(store.find, number)


def test_the_same_mail_waits_once(entrance: Entrance, database: Database) -> None:
    first, second = entrance.take(told()), entrance.take(told(subject="noch einmal"))

    assert first.is_new
    assert (second.id, second.is_new) == (first.id, False)
    assert len(rows(database, store.arrivals)) == len(rows(database, store.arrival_files)) == 1


@pytest.mark.parametrize(
    "changes", [{"municipality": ELSEWHERE}, {"origin": OPEN311}, {"reference": "<2@hass.example>"}]
)
def test_another_town_origin_or_reference_is_another_arrival(
    entrance: Entrance, database: Database, changes: dict[str, Any]
) -> None:
    entrance.take(told())

    assert entrance.take(told(**changes)).is_new
    assert len(rows(database, store.arrivals)) == 2


def test_what_two_take_at_once_waits_once(
    entrance: Entrance, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one asks before the first has committed: the mark is the backstop."""
    first = entrance.take(told())
    monkeypatch.setattr("rueckhalt_intake.inbound.handlers.came_before", lambda *_: None)

    assert entrance.take(told()).id == first.id
    assert len(rows(database, store.arrivals)) == 1


def test_it_says_again_what_it_said(entrance: Entrance, database: Database) -> None:
    arrival = kept(database, entrance.take(told(notes=(("inbound.note.x", 2),))).id)

    said = entrance.opened(arrival)

    assert said["subject"] == "Weiterleitung"
    assert said["text"] == WORDS
    assert said["answers"] == {"channel": "email"}
    assert said["notes"] == [["inbound.note.x", 2]]


def test_files_are_sealed_as_evidence_of_the_incident_they_may_become(
    entrance: Entrance, database: Database
) -> None:
    arrival = kept(database, entrance.take(told()).id)
    (file,) = database.read(store.files_of, arrival.id)
    pieces = database.read(lambda tx: list(store.pieces(tx, file)))

    opener = Opener(entrance.vault, lambda _, number: pieces[number])

    assert file.incident_id == arrival.id
    assert opener.content(file) == WORDS.encode()


def test_nothing_of_it_lies_open_on_the_disk(
    settings: Settings, database: Database, entrance: Entrance
) -> None:
    entrance.take(told())
    database.dispose()

    for path in settings.data.rglob("*"):
        if path.is_file():
            assert b"wo du wohnst" not in path.read_bytes(), path.name
            assert b"hass.example" not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("files", "most", "left_out"),
    [
        ([b"a" * 900, b"b" * 901, b"c" * 1001, b"d" * 901, b"e"], 1000, 2),
        ([b"x"] * (MOST_FILES + 5), 1000, 5),
    ],
    ids=["too large, alone and together", "too many"],
)
def test_what_is_above_the_limits_is_said(
    entrance: Entrance, database: Database, files: list[bytes], most: int, left_out: int
) -> None:
    brought = tuple(FileTold(name="a.txt", content=each) for each in files)

    number = replace(entrance, most=most).take(told(files=brought)).id

    arrival = kept(database, number)
    assert arrival.files == len(files) - left_out
    assert ["inbound.note.files_left_out", left_out] in entrance.opened(arrival)["notes"]


def test_its_keys_are_not_swept_as_unused(entrance: Entrance, database: Database) -> None:
    arrival = kept(database, entrance.take(told()).id)
    (file,) = database.read(store.files_of, arrival.id)
    wanted = {arrival.key_id, file.key_id}

    assert database.read(_used_keys, [*wanted, "nobody"]) == wanted
