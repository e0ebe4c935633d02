# SPDX-License-Identifier: EUPL-1.2
"""Evidence: sealed while it comes in, looked at on record, gone with its key; hostile files."""

import io
import re
import tempfile
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from rueckhalt_intake.app import Settings, ordering_of
from rueckhalt_intake.erasure import handlers as erasures
from rueckhalt_intake.erasure.domain import OnHold
from rueckhalt_intake.erasure.shredding import Shredding
from rueckhalt_intake.evidence import store
from rueckhalt_intake.evidence.sealing import CHUNK, Opener
from rueckhalt_intake.incidents import store as incidents
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.vault import store as keys_store
from rueckhalt_intake.vault.domain import Tampered
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake import filing
from tests.intake.staff import OWN_PAGE, Person, assigned, deliver, signed_in
from tests.intake.town import ANNA, BERND
from tests.intake.visitor import HTML, Visitor
from tests.support import FakeClock

EVERYWHERE = Reach(municipalities=("*",), mode="live", sender=None)


def rows(database: Database, table: Any) -> list[Any]:
    return database.read(lambda tx: list(tx.execute(select(table)).mappings()))


def incident_id(database: Database) -> str:
    return str(rows(database, incidents.incidents)[0]["id"])


@pytest.fixture
def case(visitor: Visitor, visitors: Callable[[], Visitor]) -> Visitor:
    """Somebody who has reported and comes back by their words."""
    back = visitors()
    back.open_case(visitor.report())
    return back


@pytest.fixture
def anna(app: Flask, keys: KeyStore, case: Visitor, worker: Worker, database: Database) -> Person:
    """The responsible person of that case."""
    deliver(worker, assigned(incident_id(database), ANNA))
    return signed_in(app.test_client(), keys, "anna", ANNA)


def bring(case: Visitor, *files: tuple[bytes, str], **more: Any) -> Any:
    token = case.token("/case/evidence")
    sent = [(io.BytesIO(content), name) for content, name in files]
    data = {"csrf_token": token, "files": sent, **more}
    return case.client.post("/case/evidence", data=data, headers=HTML)


class Endless(io.RawIOBase):
    """A form with a file of two gigabytes, if somebody reads them."""

    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.bin"\r\n\r\n'
    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        assert self.given < 40_000_000, "read on behind the limit"
        piece = self.head if self.given == 0 else b"x" * min(len(buffer), 65536)
        buffer[: len(piece)] = piece
        self.given += len(piece)
        return len(piece)


def only(database: Database) -> Any:
    found = rows(database, store.attachments)
    assert len(found) == 1
    return found[0]


def test_a_file_is_sealed_with_its_sum_and_comes_back_as_it_was(
    case: Visitor, database: Database, tmp_path: Path
) -> None:
    content = filing.photo() + bytes(CHUNK)

    sent = bring(case, (content, "wand.jpg"))

    assert sent.status_code == 303, sent.text
    page = case.get("/case/evidence").text
    file = only(database)
    back = case.send("/case/evidence", f"/case/evidence/{file['id']}")
    kept = b"".join(each["content"] for each in rows(database, store.attachment_chunks))
    assert sha256(content).hexdigest() in page
    assert "wand.jpg" in page
    assert "Nicht geprüft" in page
    assert (back.data, file["chunks"], file["size"]) == (content, 2, len(content))
    assert back.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in back.headers["Content-Security-Policy"]
    assert filing.PLACE.encode() not in kept
    assert "wand.jpg" not in repr(file)
    assert b"wand.jpg" not in (tmp_path / "intake.db").read_bytes()


def test_the_responsible_person_is_told_and_others_find_nothing(
    case: Visitor, anna: Person, app: Flask, keys: KeyStore, database: Database
) -> None:
    bring(case, (b"Notiz", "notiz.txt"))
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)
    here = f"/desk/{incident_id(database)}/evidence"

    assert (
        "Neue Beweismittel hochgeladen: 1" in anna.send(here.replace("evidence", "messages")).text
    )
    assert bernd.page(here).status_code == 404
    assert case.get(f"{here}").status_code in (302, 303, 401)


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_every_page_is_sound_in_every_language(
    case: Visitor, anna: Person, database: Database, lang: str
) -> None:
    bring(case, (filing.photo(), "a.jpg"), (filing.MAIL, "hass.eml"))
    here = f"/desk/{incident_id(database)}/evidence"

    for answer in (
        case.get(f"/case/evidence?lang={lang}"),
        anna.page(f"{here}?lang={lang}"),
        anna.send(here),
        *(anna.send(here, f"{here}/{each['id']}") for each in rows(database, store.attachments)),
    ):
        assert answer.status_code == 200, answer.text
        assert Page(answer.text).faults() == []


def test_a_picture_comes_blurred_first_without_metadata_and_each_look_is_on_record(
    case: Visitor, anna: Person, database: Database
) -> None:
    bring(case, (filing.photo(2000), "wand.jpg"))
    here, number = f"/desk/{incident_id(database)}/evidence", only(database)["id"]

    shut = anna.page(here).text
    views = [anna.send(here, f"{here}/{number}{way}").text for way in ("", "/clear")]

    pictures = [b64decode(re.findall(r"base64,([^\"]+)", each)[0]) for each in views]
    sizes = [Image.open(io.BytesIO(each)).size for each in pictures]
    assert "wand.jpg" not in shut
    assert sizes == [(320, 320), (1600, 1600)]
    assert all(filing.PLACE.encode() not in each for each in pictures)
    assert all(not Image.open(io.BytesIO(each)).getexif() for each in pictures)
    assert [each["act"] for each in rows(database, store.custody)] == [
        *("received", "viewed", "unblurred"),
    ]
    acts = [each["body"] for each in rows(database, audit.audit_rows)]
    assert sum('"act":"evidence.viewed"' in str(each) for each in acts) == 2
    assert "deutlich gezeigt" in anna.send(here).text


def test_a_mail_is_shown_as_words_and_kept_whole(
    case: Visitor, anna: Person, database: Database
) -> None:
    bring(case, (filing.MAIL, "hass.eml"))
    here, number = f"/desk/{incident_id(database)}/evidence", only(database)["id"]

    shown = anna.send(here, f"{here}/{number}").text
    whole = anna.send(here, f"{here}/{number}/original").data

    assert "Herr Xß" in shown
    assert "relay.example" in shown
    assert "Ich weiß, wo du wohnst. &lt;script&gt;" in shown
    assert "liste.zip" in shown
    assert "../" not in shown.partition("liste.zip")[0][-20:]
    assert whole == filing.MAIL


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (filing.bomb(), "klein.png", "zu viele"),
        (b"\xff\xd8\xff" + b"kaputt" * 99, "kaputt.jpg", "beschädigt"),
        (filing.photo() + b"<script>", "bild.html", "keine Ansicht"),
        (b"<html><script>alert(1)</script>", "bild.jpg", "keine Ansicht"),
        (b"<html><script>alert(1)</script>", "text.txt", "keine Ansicht"),
        (b"MZ\x90\0programm", "rechnung.exe", "keine Ansicht"),
    ],
)
def test_what_is_dangerous_or_not_what_it_says_is_kept_and_never_shown(
    case: Visitor, anna: Person, database: Database, content: bytes, name: str, told: str
) -> None:
    bring(case, (content, name))
    here, number = f"/desk/{incident_id(database)}/evidence", only(database)["id"]

    refused = anna.send(here, f"{here}/{number}")
    whole = anna.send(here, f"{here}/{number}/original")

    assert refused.status_code == 409
    assert told in refused.text
    assert whole.data == content
    assert whole.mimetype == "application/octet-stream"


def test_too_much_is_cut_off_with_a_sentence_and_nothing_stays(
    case: Visitor, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    case.token("/case/evidence")

    for length in ({"CONTENT_LENGTH": str(2 * 1024**3)}, {"wsgi.input_terminated": True}):
        environ = {"wsgi.input": Endless()} | length
        answer = case.client.post(
            "/case/evidence",
            content_type="multipart/form-data; boundary=b",
            environ_overrides=environ,
            headers=HTML,
        )
        assert answer.status_code == 413, answer.text
        assert "höchstens 30 MB" in answer.text
    assert rows(database, store.attachments) == []
    assert list(folder.iterdir()) == []


def test_a_form_of_a_foreign_page_brings_nothing(case: Visitor, database: Database) -> None:
    refused = bring(case, (b"x", "x.txt"), csrf_token="fremd")

    assert refused.status_code == 409
    assert rows(database, store.attachments) == []


def test_the_thirty_first_file_of_an_hour_waits(
    case: Visitor, database: Database, clock: FakeClock
) -> None:
    for _ in range(3):
        assert bring(case, *((b"x", f"{n}.txt") for n in range(10))).status_code == 303

    refused = bring(case, (b"x", "31.txt"))
    for _ in range(3):
        clock.pass_(minutes=21)
        case.get("/case/evidence")  # who looks stays inside
    later = bring(case, (b"x", "31.txt"))

    assert (refused.status_code, later.status_code) == (429, 303)
    assert "höchstens 30" in refused.text
    assert len(rows(database, store.attachments)) == 31


def test_pieces_that_were_swapped_or_lost_do_not_open(case: Visitor, database: Database) -> None:
    bring(case, (bytes(CHUNK) + b"x" * 99, "a.bin"))
    vault = database.context["vault"]
    file = store.Attachment(**only(database))

    def lost(number: str, n: int) -> bytes | None:
        return None if n == 1 else database.read(store.chunk, number, n)

    def swapped(number: str, n: int) -> bytes | None:
        return database.read(store.chunk, number, 1 - n)

    for way in (lost, swapped):
        with pytest.raises(Tampered):
            Opener(vault, way).content(file)


def test_a_case_that_is_erased_takes_its_files_and_their_keys_with_it(
    case: Visitor, database: Database, settings: Settings
) -> None:
    bring(case, (b"x" * 99, "a.txt"), (b"y" * 99, "b.txt"))
    vault = database.context["vault"]
    used = [each["key_id"] for each in rows(database, store.attachments)]

    ordering_of(settings, database).give(
        incident_id(database), EVERYWHERE, scope="case", reason="request", by="cli:x"
    )
    Shredding(vault).run(database)

    left = [rows(database, each) for each in (store.attachments, store.attachment_chunks)]
    assert left == [[], []]
    assert rows(database, store.custody) == []
    assert [vault.keys.read(keys_store.find, each) for each in used] == [None, None]


def test_one_file_can_go_alone_unless_a_hold_stands_in_the_way(
    case: Visitor, anna: Person, database: Database, settings: Settings, events: Any
) -> None:
    bring(case, (b"x" * 99, "a.txt"), (b"y" * 99, "b.txt"))
    gone, stays = rows(database, store.attachments)
    ordering, number = ordering_of(settings, database), incident_id(database)
    told = {"reason": "unlawful", "by": "cli:x"}

    ordering.give_for_file(number, gone["id"], EVERYWHERE, **told)
    Shredding(database.context["vault"]).run(database)
    hold = {"ground": "legal_hold", "reason": "12 Js 3/26", "by": "cli:x"}
    database.run(erasures.set_hold, number, EVERYWHERE, **hold)
    with pytest.raises(OnHold):
        ordering.give_for_file(number, stays["id"], EVERYWHERE, **told)

    assert [each["id"] for each in rows(database, store.attachments)] == [stays["id"]]
    vault = database.context["vault"]
    assert vault.keys.read(keys_store.find, gone["key_id"]) is None
    assert vault.keys.read(keys_store.find, stays["key_id"]) is not None
    ordered = [e for e in events() if e["type"].endswith("incident.erasure_ordered.v1")]
    assert ordered[-1]["data"]["scope"] == "attachment"


def test_who_reported_is_forgotten_with_what_they_brought(
    case: Visitor, anna: Person, database: Database, settings: Settings
) -> None:
    bring(case, (filing.photo(), "mein-handy.jpg"))
    here = f"/desk/{incident_id(database)}/evidence"
    token = re.search(r'name="csrf_token" value="([^"]+)"', anna.page(here).text)
    assert token is not None
    data = {"csrf_token": token[1], "files": (io.BytesIO(b"Brief"), "brief.txt")}
    assert anna.client.post(f"{here}/add", data=data, headers=OWN_PAGE | HTML).status_code == 303

    ordering_of(settings, database).give(
        incident_id(database), EVERYWHERE, scope="source", reason="request", by="cli:x"
    )

    assert only(database)["source"] == "desk"


def test_the_copy_and_the_list_for_the_police_hold_the_sums(
    case: Visitor, anna: Person, database: Database
) -> None:
    bring(case, (b"Notiz", "notiz; alt.txt"))
    told = sha256(b"Notiz").hexdigest()
    papers = f"/desk/{incident_id(database)}/papers/beweisliste"

    copied = case.client.get("/case/copy.json").json
    paper = anna.send(papers).text

    assert [(each["name"], each["sha256"]) for each in copied["evidence"]] == [
        ("notiz; alt.txt", told)
    ]
    assert told in case.get("/case/copy").text
    assert f"{told}" in paper
    assert "notiz, alt.txt" in paper


def test_the_check_list_of_the_case_lies_beside_the_upload(case: Visitor) -> None:
    page = case.get("/case/evidence").text

    assert "Was Sie sichern sollten" in page
    assert "rsetzen keine Rechtsberatung" in page
    assert page.count("<details") >= 1
