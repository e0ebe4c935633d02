# SPDX-License-Identifier: EUPL-1.2
"""`/old-lists`: a list is looked at, comes in on a person's word, and leaves nothing behind."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from rueckhalt_intake.app import OldLists, Settings, reception_of, vault_of
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.old_lists import store, working
from rueckhalt_intake.old_lists.importing import OldList
from rueckhalt_intake.old_lists.working import Working
from rueckhalt_intake.vault.sealing import KeyMissing
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from tests.intake.people import Meet, Person
from tests.intake.town import ARS, ELSEWHERE
from tests.support import FakeClock

CANARY = "Er schrie am Schalter"
GOOD = (
    "Aktenzeichen;Datum;Art;Schilderung;Farbe\n"
    f"1/19;1.3.2019;Bedrohung;{CANARY};rot\n"
    "2/19;2020-11-30;threat;;\n"
)
BAD = "Datum;Art;Schwere\n2019-02-30;threat;9\n2019-03-01;Quatsch;1\n"
Work = Callable[[], None]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, municipality=ARS, municipality_name="Musterstadt")


@pytest.fixture
def owner(meet: Meet) -> Person:
    return meet("petra", "plan_owner")


@pytest.fixture
def work(settings: Settings, database: Database) -> Work:
    """The worker's round, until there is nothing to do."""
    kept = OldLists(database, vault_of(settings, database))
    loop = Working(kept, reception_of(settings, database))

    def until_idle() -> None:
        while loop.run(database):
            pass

    return until_idle


def uploaded(owner: Person, content: str | bytes, **fields: Any) -> TestResponse:
    raw = content.encode() if isinstance(content, str) else content
    return owner.submit(
        "/old-lists?lang=de", "/old-lists", file=(io.BytesIO(raw), "liste.csv"), **fields
    )


def told(answer: TestResponse) -> str:
    """The words of a page's main part."""
    main = re.search(r"<main.*?</main>", answer.text, re.S)
    assert main is not None
    return " ".join(re.sub(r"<[^>]+>", " ", main[0]).split())


def kept(database: Database) -> list[Any]:
    return database.read(lambda tx: tx.execute(select(store.old_lists)).mappings().all())


def known(database: Database) -> list[Any]:
    return database.read(lambda tx: tx.execute(select(incidents.incidents)).mappings().all())


def test_a_list_is_looked_at_and_comes_in_on_a_persons_word_once(
    owner: Person, work: Work, database: Database
) -> None:
    page = uploaded(owner, GOOD).location
    before = told(owner.get(page))
    work()
    looked = told(owner.get(page))
    nothing = known(database)
    owner.submit(page)
    owner.submit("/old-lists", page)  # pressed twice
    work()
    brought = told(owner.get(page))

    again = uploaded(owner, GOOD).location
    work()
    owner.submit(again)
    work()

    assert "wird geprüft" in before
    assert "2 Zeilen ohne Fehler, davon 0 schon da" in looked
    assert "Farbe" in looked
    assert "Art Art des" not in looked
    assert nothing == []
    assert "2 Zeilen: 2 neu übernommen, 0 waren schon da" in brought
    assert "davon 2 schon da" not in brought
    assert "2 Zeilen: 0 neu übernommen, 2 waren schon da" in told(owner.get(again))
    rows = known(database)
    assert len(rows) == 2
    assert all(each["imported"] and each["close_reason"] == "imported" for each in rows)
    assert all(each["awaiting_at"] is None for each in rows)


def test_faults_are_told_with_row_column_and_what_is_allowed(
    owner: Person, work: Work, database: Database
) -> None:
    page = uploaded(owner, BAD).location
    work()

    seen = told(owner.get(page))
    refused = owner.submit("/old-lists", page)
    work()

    assert "3 Fehler in 2 Zeilen" in seen
    assert "2 Datum des Vorfalls „2019-02-30“ ist kein Tag" in seen
    assert "2 Schwere „9“: erlaubt sind 0, 1, 2 und 3" in seen
    assert "3 Art „Quatsch“ ist unbekannt" in seen
    assert "Bedrohung" in seen
    assert "Jetzt übernehmen" not in seen
    assert refused.status_code == 303
    assert known(database) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Datum;Wer\n2020-01-01;x\n", "keine Spalte „Art“"),
        (b"PK\x03\x04 kaputt", "keine Arbeitsmappe"),
        (b"Datum;Art\n", "hat keine Zeilen"),
        (b"Datum;Art;Form\n2020-01-01;threat;threat\n", "Zwei Spalten für „Art“"),
        (b'Datum;Art\n2020-01-01;"thre\n', "Zeile 2 ist kaputt"),
    ],
)
def test_what_is_no_list_is_told_in_a_sentence(
    owner: Person, work: Work, content: bytes, sentence: str
) -> None:
    page = uploaded(owner, content).location
    work()

    assert sentence in told(owner.get(page))


def test_two_rows_under_one_number_must_say_the_same(owner: Person, work: Work) -> None:
    page = uploaded(owner, "Nr;Datum;Art\n7;2020-01-01;threat\n7;2020-01-02;threat\n").location
    work()

    assert "Zeile 2 hat dasselbe Aktenzeichen" in told(owner.get(page))


def test_a_number_that_is_taken_is_found_before_anything_comes_in(
    owner: Person, work: Work, database: Database
) -> None:
    first = uploaded(owner, GOOD).location
    work()
    owner.submit(first)
    work()

    page = uploaded(owner, GOOD.replace("1.3.2019", "2.3.2019")).location
    work()

    assert "Unter diesem Aktenzeichen ist schon ein anderer Vorfall da" in told(owner.get(page))
    assert len(known(database)) == 2


def test_the_same_row_twice_comes_in_once(owner: Person, work: Work, database: Database) -> None:
    page = uploaded(owner, "Nr;Datum;Art\n7;2020-01-01;threat\n7;2020-01-01;threat\n").location
    work()
    owner.submit(page)
    work()

    assert "2 Zeilen: 1 neu übernommen, 1 waren schon da" in told(owner.get(page))
    assert len(known(database)) == 1


def test_a_number_taken_between_look_and_word_is_told_and_stops_no_other_row(
    owner: Person, work: Work, settings: Settings, database: Database
) -> None:
    page = uploaded(owner, GOOD).location
    work()
    desk = reception_of(settings, database)
    other = OldList(database=database, reception=desk, ars=ARS, scheme=None)
    other.run(GOOD.replace("1.3.2019", "2.3.2019").encode(), dry_run=False)
    owner.submit(page)
    work()

    seen = told(owner.get(page))
    assert "2 Zeilen: 0 neu übernommen, 1 waren schon da" in seen
    assert "1 Zeilen kamen nicht herein" in seen


def test_two_towns_may_have_numbered_alike_and_see_nothing_of_each_other(
    owner: Person, meet: Meet, work: Work, database: Database
) -> None:
    stranger = meet("fritz", "plan_owner", place=ELSEWHERE)
    for person, content in ((owner, GOOD), (stranger, GOOD.replace("2019", "2018"))):
        page = uploaded(person, content).location
        work()
        person.submit(page)
        work()

    assert sorted(each["municipality"] for each in known(database)) == sorted([ARS, ELSEWHERE] * 2)
    assert stranger.get(uploaded(owner, GOOD).location).status_code == 404
    assert ARS not in stranger.get("/old-lists").text


def test_a_row_of_another_municipality_does_not_come_in(owner: Person, work: Work) -> None:
    page = uploaded(owner, f"Datum;Art;ARS\n2020-01-01;threat;{ELSEWHERE}\n").location
    work()

    assert "2 Kommune Die Zeile gehört zu einer anderen Kommune" in told(owner.get(page))


def test_the_word_needs_a_fresh_second_factor(
    owner: Person, work: Work, database: Database
) -> None:
    page = uploaded(owner, GOOD).location
    work()
    owner.grow_stale()

    answer = owner.submit(page)
    work()

    assert answer.status_code == 303
    assert "/account/confirm" in answer.location
    assert known(database) == []


@pytest.mark.parametrize("role", ["responsible", "municipality_admin", "leadership", "reporter"])
def test_no_other_role_brings_lists_in(meet: Meet, role: str) -> None:
    assert meet("erna", role).get("/old-lists").status_code == 403


def test_nothing_lies_in_clear_and_nothing_is_left_when_it_is_in(
    owner: Person, work: Work, settings: Settings, database: Database
) -> None:
    page = uploaded(owner, GOOD).location
    work()
    (row,) = kept(database)
    assert CANARY.encode() not in row["content"] + row["found"]
    owner.submit(page)
    work()

    (row,) = kept(database)
    assert (row["content"], row["found"], row["new"]) == (None, None, 2)
    with pytest.raises(KeyMissing):
        vault_of(settings, database).key_of(row["key_id"])


def test_a_list_nobody_confirms_goes_after_a_day_and_its_record_after_thirty(
    owner: Person, work: Work, settings: Settings, database: Database, clock: FakeClock
) -> None:
    lists = OldLists(database, vault_of(settings, database))
    done = uploaded(owner, GOOD).location
    work()
    owner.submit(done)
    work()
    uploaded(owner, BAD)
    work()

    clock.pass_(hours=25)
    lists.sweep(database)
    after_a_day = len(kept(database))
    clock.pass_(days=30)
    lists.sweep(database)

    assert after_a_day == 1
    assert kept(database) == []


def test_a_killed_worker_goes_on_without_doubles(
    owner: Person, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "STEP", 2)
    rows = "".join(f"{n}/19;2019-03-01;threat\n" for n in range(9))
    page = uploaded(owner, f"Nr;Datum;Art\n{rows}").location
    kept_here = OldLists(database, vault_of(settings, database))
    desk = reception_of(settings, database)
    first = Working(kept_here, desk)
    while first.run(database):
        pass
    owner.submit(page)

    for _ in range(3):  # then it is killed; its lease is given back by the test
        first.run(database)
    database.run(working.handlers.leases.void_all)
    half, seen = len(known(database)), told(owner.get(page))
    second = Working(kept_here, desk)
    while second.run(database):
        pass

    assert 0 < half < 9
    assert f"{half} von 9 Zeilen" in seen
    assert len(known(database)) == 9


def test_a_list_that_makes_the_worker_stumble_stops_no_other(
    owner: Person, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = uploaded(owner, GOOD).location
    second = uploaded(owner, BAD).location

    def stumble(*_: Any) -> None:
        monkeypatch.undo()
        raise ZeroDivisionError

    monkeypatch.setattr(working.Look, "at", stumble)
    work()

    assert "Das liegt an uns" in told(owner.get(first))
    assert "3 Fehler in 2 Zeilen" in told(owner.get(second))


def test_dropping_it_while_it_comes_in_stops_the_worker(
    owner: Person, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "STEP", 2)
    rows = "".join(f"{n}/19;2019-03-01;threat\n" for n in range(9))
    page = uploaded(owner, f"Nr;Datum;Art\n{rows}").location
    loop = Working(
        OldLists(database, vault_of(settings, database)), reception_of(settings, database)
    )
    while loop.run(database):
        pass
    owner.submit(page)
    for _ in range(3):
        loop.run(database)

    owner.submit("/old-lists", f"{page}/drop")
    while loop.run(database):
        pass

    assert len(known(database)) < 9
    assert kept(database) == []


def test_an_upload_above_the_limit_without_a_file_or_from_elsewhere_is_told(
    owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rueckhalt_intake.old_lists import pages

    without = uploaded(owner, b"")
    foreign = owner.client.post(
        "/old-lists",
        data={"file": (io.BytesIO(b"x"), "x")},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    monkeypatch.setattr(pages, "MOST_BYTES", 1024)
    large = uploaded(owner, b"x" * 100_000)

    assert (without.status_code, "nicht leer" in without.text) == (422, True)
    assert foreign.status_code == 409
    assert (large.status_code, "zu groß" in large.text) == (413, True)


def test_five_lists_wait_at_most(owner: Person) -> None:
    answers = [uploaded(owner, GOOD) for _ in range(6)]

    assert [each.status_code for each in answers] == [303] * 5 + [409]


def test_who_brought_a_list_in_stands_in_the_audit_without_a_word_of_it(
    owner: Person, work: Work, database: Database
) -> None:
    page = uploaded(owner, GOOD).location
    work()
    owner.submit(page)

    rows = database.read(lambda tx: tx.execute(select(audit.audit_rows)).mappings().all())
    bodies = [str(each["body"]) for each in rows]
    acts = [body for body in bodies if "old_list." in body]
    assert len(acts) == 2
    assert all(owner.sender in body for body in acts)
    assert CANARY not in "".join(bodies)
