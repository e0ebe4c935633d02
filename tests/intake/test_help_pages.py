# SPDX-License-Identifier: EUPL-1.2
"""The directory's pages: everybody finds help, staff sees what is internal, the editor keeps it."""

import io
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rueckhalt_intake.app import Settings, create_app
from rueckhalt_intake.help import handlers
from rueckhalt_intake.help.reading import entry_of, read_rows, read_seeds, row_of
from rueckhalt_shared.database import Database
from tests.intake.people import Meet, Person
from tests.intake.town import ARS, ELSEWHERE
from tests.support import NOON, FakeClock

HERE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
EDITOR = f"/help/entries/{ARS}"
OWN = {
    "id": "ansprechstelle",
    "name": "Ansprechstelle im Rathaus",
    "kind": "beratung",
    "phone": "0361 1234",
    "hours": "Mo-Su 00:00-24:00",
    "checked_at": "2026-11-22",
    "visibility": "public",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, municipality=ARS, municipality_name="Musterstadt")


@pytest.fixture
def clock() -> FakeClock:
    """A Tuesday at eleven, by German clocks."""
    return FakeClock(NOON.replace(year=2026, month=11, day=24, hour=10))


@pytest.fixture
def editor(meet: Meet) -> Person:
    return meet("petra", "plan_owner")


def names(page: str) -> list[str]:
    """Who is shown, in order."""
    return re.findall(r'<article class="rk-entry">\s*<h3>([^<]+)', page)


def narrow(client: FlaskClient, **wish: str) -> TestResponse:
    """Fill in the form of the help page."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/help", headers=HERE).text)
    assert token is not None
    return client.post("/help?lang=de", data={"csrf_token": token[1], **wish}, headers=HERE)


def put(database: Database, owner: str = ARS, **changes: str) -> None:
    """An own entry, without the page."""
    cells = dict.fromkeys(row_of(read_seeds()[0]), "") | OWN | changes
    database.run(handlers.take, owner, [entry_of(cells, owner=owner)], by="test")


def test_help_is_there_without_an_account_and_emergency_calls_come_first(
    client: FlaskClient,
) -> None:
    answer = client.get("/help?lang=de", headers=HERE)

    assert names(answer.text)[:2] == ["Polizei", "Rettung und Feuerwehr"]
    assert 'href="tel:08003009944"' in answer.text
    assert "jetzt erreichbar" in answer.text
    assert "Ob die Zeiten auch an Feiertagen gelten" in answer.text
    assert "<title>Informationen" in answer.text


def test_the_town_s_own_entry_comes_before_those_of_the_country(
    client: FlaskClient, database: Database
) -> None:
    put(database)

    assert names(client.get("/help", headers=HERE).text)[2] == "Ansprechstelle im Rathaus"


def test_a_kreis_entry_counts_for_its_towns_and_nowhere_else(
    client: FlaskClient, database: Database
) -> None:
    put(database, owner=ARS[:5], name="Kreisstelle")

    assert "Kreisstelle" in client.get("/help", headers=HERE).text
    assert "Kreisstelle" not in narrow(client, place="05").text


def test_place_topic_and_language_narrow_without_leaving_an_address(client: FlaskClient) -> None:
    answer = narrow(client, place="08", topic="threat", group="elected_honorary", speaks="de")

    assert "ZAMAT beim Landeskriminalamt Baden-Württemberg" in names(answer.text)
    assert "HateAid" not in names(answer.text)
    assert answer.status_code == 200
    assert answer.request.path == "/help"
    assert 'value="08" selected' in answer.text


def test_a_card_narrows_by_its_number(client: FlaskClient) -> None:
    page = client.get("/help?card=05", headers=HERE).text

    assert "Meldestelle REspect!" in names(page)
    assert client.get("/help?card=99", headers=HERE).status_code == 404


@pytest.mark.parametrize(
    ("wish", "status"),
    [({"topic": "hass"}, 422), ({"place": "Bayern"}, 422), ({"place": "97"}, 404)],
)
def test_what_nobody_can_look_for_is_refused(
    client: FlaskClient, wish: dict[str, str], status: int
) -> None:
    assert narrow(client, **wish).status_code == status


def test_a_foreign_town_cannot_be_looked_up_by_its_key(
    client: FlaskClient, database: Database
) -> None:
    put(database, owner=ELSEWHERE, name="Anderswo")

    assert narrow(client, place=ELSEWHERE).status_code == 404


def test_what_is_internal_only_the_town_s_own_people_see(
    client: FlaskClient, database: Database, meet: Meet
) -> None:
    put(database, visibility="internal", name="LKA intern")
    colleague = meet("ruth", "reporter")
    stranger = meet("fritz", "reporter", place=ELSEWHERE)

    assert "LKA intern" not in client.get("/help", headers=HERE).text
    assert "LKA intern" not in stranger.get("/help").text
    assert "LKA intern" in colleague.get("/help").text
    assert "Hotline Thüringen" in colleague.get("/help").text


def test_help_and_cards_are_shown_while_the_database_is_away(
    app: Flask, settings: Settings, database: Database
) -> None:
    client = app.test_client()
    database.dispose()
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    for file in path.parent.glob(f"{path.name}*"):
        shutil.move(file, file.with_suffix(".away"))
    path.mkdir()

    help_page, card = client.get("/help", headers=HERE), client.get("/cards/02", headers=HERE)

    assert (help_page.status_code, card.status_code) == (200, 200)
    assert names(help_page.text)[0] == names(card.text)[0] == "Polizei"


def test_an_entry_is_added_changed_and_removed(editor: Person, client: FlaskClient) -> None:
    added = editor.submit(f"{EDITOR}/new", **OWN, topics=["threat", "insult"])
    assert (added.status_code, added.headers["Location"]) == (303, EDITOR)
    assert "Ansprechstelle im Rathaus" in client.get("/help", headers=HERE).text

    edit = f"{EDITOR}/edit/ansprechstelle"
    page = editor.get(edit).text
    assert len(re.findall(r'name="topics"[^>]*checked', page)) == 2
    fields = {name: value for name, value in OWN.items() if name != "id"}
    editor.submit(edit, **fields | {"phone": "0361 9; 0361 8", "note_de": "Zeile\r\nzwei"})
    changed = client.get("/help", headers=HERE).text
    assert 'href="tel:03619"' in changed
    assert "Zeile zwei" in changed

    gone = editor.submit(f"{EDITOR}/remove/ansprechstelle")
    assert gone.status_code == 303
    assert "Ansprechstelle im Rathaus" not in client.get("/help", headers=HERE).text


def test_an_entry_of_the_package_becomes_an_own_one_and_comes_back(
    editor: Person, client: FlaskClient, database: Database
) -> None:
    seed = next(each for each in read_seeds() if each.id == "thueringen-hotline")
    row = row_of(seed) | {"phone": "0361 5555"}
    del row["id"], row["topics"]
    row["ars_prefix"] = "16"
    answer = editor.submit(
        f"{EDITOR}/edit/thueringen-hotline", **row | {"groups": row["groups"].split(";")}
    )

    assert answer.status_code == 303, answer.text
    assert "0361 5555" in editor.get("/help").text
    assert "0361 5555" not in client.get("/help", headers=HERE).text
    editor.submit(f"{EDITOR}/remove/thueringen-hotline")
    assert [e.phone for e in database.read(handlers.known_to, ARS) if e.id == seed.id] == [()]


def test_an_entry_that_ended_hides_the_one_of_the_package(
    database: Database, client: FlaskClient
) -> None:
    put(database, id="hateaid", name="HateAid", valid_until="2026-11-23")

    assert "HateAid" not in names(client.get("/help", headers=HERE).text)


def test_a_wrong_entry_comes_back_with_each_field_named(editor: Person) -> None:
    wrong = OWN | {"phone": "anrufen!", "hours": "immer", "checked_at": "gestern", "name": "=1"}

    answer = editor.submit(f"{EDITOR}/new?lang=de", **wrong)

    assert answer.status_code == 422
    for field in ("phone", "hours", "checked_at", "name"):
        assert f'href="#f-{field}"' in answer.text
    assert "anrufen!" in answer.text


def upload(editor: Person, raw: bytes, **fields: str) -> TestResponse:
    file = (io.BytesIO(raw), "hilfe.csv")
    return editor.submit(f"{EDITOR}/import", f"{EDITOR}/import?lang=de", file=file, **fields)


def test_a_file_is_looked_at_first_and_taken_then(editor: Person, database: Database) -> None:
    put(database, name="Alt")
    exported = editor.get(f"{EDITOR}/export.csv")
    new = exported.data.decode().replace("Alt", "Neu") + "zwei,Zwei,recht" + "," * 12
    raw = (new + ",2026-11-22" + "," * 5 + "\n").encode()

    tried = upload(editor, raw, dry_run="true")
    assert "neu: 1: zwei" in tried.text
    assert "geändert: 1: ansprechstelle" in tried.text
    assert [e.name for e in database.read(handlers.kept_by, ARS)] == ["Alt"]

    assert upload(editor, raw).status_code == 303
    assert {e.name for e in database.read(handlers.kept_by, ARS)} == {"Neu", "Zwei"}
    assert exported.mimetype == "text/csv"
    assert exported.data.startswith("\ufeffid,name".encode())


def test_an_export_reads_the_same_again(editor: Person, database: Database) -> None:
    put(database, note_de='Mit "Anführung", Komma; Strichpunkt', topics="threat;insult")

    raw = editor.get(f"{EDITOR}/export.csv").data

    assert list(read_rows(raw, owner=ARS)) == database.read(handlers.kept_by, ARS)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "Zeile 1, Feld id: Diese Spalte fehlt."),
        (b"id,name,kind,checked_at\nx,\xff,recht,2026-11-22\n", "Zeile 2, Feld –: Die Datei muss"),
        (b"id,name,kind,checked_at\nx,=1+1,recht,2026-11-22\n", "Zeile 2, Feld name: Darf nicht"),
    ],
)
def test_a_hostile_file_is_refused_with_line_and_field(
    editor: Person, database: Database, raw: bytes, said: str
) -> None:
    answer = upload(editor, raw)

    assert answer.status_code == 422
    assert said in answer.text
    assert database.read(handlers.kept_by, ARS) == []


class Endless(io.RawIOBase):
    """An upload that counts how much of it was read."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return 50 * 1024 * 1024 if whence else offset

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b"x" * len(buffer)
        self.taken += len(buffer)
        return len(buffer)


def test_a_file_of_fifty_megabytes_is_not_read(editor: Person) -> None:
    body = Endless()
    sent = {"CONTENT_LENGTH": str(50 * 1024 * 1024)}

    answer = editor.client.post(
        f"{EDITOR}/import",
        input_stream=body,
        content_type="multipart/form-data; boundary=b",
        headers=HERE,
        environ_overrides=sent,
    )

    assert answer.status_code == 413
    assert body.taken < 1024 * 1024


def test_who_may_not_edit_finds_no_door(meet: Meet, client: FlaskClient) -> None:
    reader = meet("ruth", "reporter")
    stranger = meet("erich", "plan_owner", place=ELSEWHERE)

    assert reader.get(EDITOR).status_code == 403
    assert stranger.get(EDITOR).status_code == 403
    assert stranger.get(f"{EDITOR}/export.csv").status_code == 403
    assert "/help/entries" not in reader.get("/help").text
    assert client.get(EDITOR, headers={"Accept": "application/json"}).status_code == 401


def test_every_change_stands_in_the_audit(editor: Person, database: Database) -> None:
    from sqlalchemy import text

    editor.submit(f"{EDITOR}/new", **OWN)
    editor.submit(f"{EDITOR}/remove/ansprechstelle")

    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT body FROM audit_rows ORDER BY n")).scalars().all()
    told = " ".join(row if isinstance(row, str) else row.decode() for row in rows)
    assert told.index("help.changed") < told.index("help.removed")
    assert editor.sender in told


def test_the_editor_sees_what_is_old(editor: Person, database: Database) -> None:
    put(database, checked_at="2026-01-01")
    put(database, id="b", name="Sehr alt", checked_at="2020-01-01")

    page = editor.get(f"{EDITOR}?lang=de").text

    assert page.index("Sehr alt") < page.index("Ansprechstelle im Rathaus")
    assert "veraltet" in page
    assert "Diese Angabe wurde länger nicht geprüft." in editor.get("/help?lang=de").text


def test_more_entries_than_a_town_can_keep_are_refused(database: Database) -> None:
    row = dict.fromkeys(row_of(read_seeds()[0]), "") | OWN
    many: list[Any] = [entry_of(row | {"id": f"e{n}"}, owner=ARS) for n in range(501)]

    with pytest.raises(handlers.TooManyEntries):
        database.run(handlers.take, ARS, many, by="test")

    assert database.read(handlers.kept_by, ARS) == []
    assert many[0].checked_at == date(2026, 11, 22)


def test_the_app_starts_with_all_its_pages(settings: Settings, database: Database) -> None:
    rules = {rule.rule for rule in create_app(settings, database).url_map.iter_rules()}

    assert {"/danger", "/cards", "/help", "/help/entries"} <= rules


def test_a_region_without_a_public_service_of_its_own_is_told_so(client: FlaskClient) -> None:
    told = "nur für diese Region kennen wir nicht"

    assert told in client.get("/help", headers=HERE).text
    assert told in narrow(client, place="16").text
    assert told not in narrow(client, place="09").text
    assert told not in narrow(client, place="").text
