# SPDX-License-Identifier: EUPL-1.2
"""Papers: filled in from the incident or by hand, printed as accessible PDF, never stored."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import page
import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rueckhalt_intake.papers import catalogue, domain, handlers, printing
from rueckhalt_intake.papers.domain import Unprintable
from rueckhalt_shared.audit import store as audit
from rueckhalt_shared.database import Database
from rueckhalt_shared.keys import KeyStore
from rueckhalt_shared.worker import Worker
from tests.html_check import Page
from tests.intake.staff import Person, assigned, deliver, signed_in
from tests.intake.town import ANNA, ARS, BERND, THREAT, Sender, report

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CODES = tuple(catalogue.papers())
_TO_UNICODE = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
# The validator takes a stream whose last byte is a carriage return for one with a wrong length;
# `wrong_lengths` looks at the bytes themselves.
KNOWN = {"PDFA2A-STREAM-LENGTH-001"}


def made(code: str, **values: str) -> bytes:
    return printing.printed(code, {**catalogue.blank(code), **values}, now=NOW)


def wrong_lengths(pdf: bytes) -> list[int]:
    """Streams that do not end where their /Length says."""
    found = re.finditer(rb"/Length (\d+)[^\n]*>>\s*stream\r?\n", pdf)
    ends = [(each.end() + int(each[1]), each.start()) for each in found]
    assert len(ends) == len(re.findall(rb"\bendstream\b", pdf)), "a stream was overlooked"
    return [at for end, at in ends if not re.match(rb"\r?\n?endstream", pdf[end : end + 12])]


def words_of(pdf: bytes) -> str:
    """All text of the PDF without its spaces, by the tables of its fonts."""
    told = []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for sheet in document.pages:
            fonts = {n: _table(font) for n, font in sheet.Resources.Font.items()}
            current: dict[int, str] = {}
            for operands, operator in pikepdf.parse_content_stream(sheet):
                if str(operator) == "Tf":
                    current = fonts[str(operands[0])]
                elif str(operator) in ("Tj", "TJ"):
                    told.append(_read(operands[0], current))
    return re.sub(r"\s|\u200b", "", "".join(told))


def _table(font: Any) -> dict[int, str]:
    stream = font.ToUnicode.read_bytes()
    pairs = _TO_UNICODE.findall(stream)
    return {int(at, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for at, text in pairs}


def _read(shown: Any, table: dict[int, str]) -> str:
    pieces: Iterator[Any] = iter([shown] if isinstance(shown, pikepdf.String) else shown)
    raw = b"".join(bytes(each) for each in pieces if isinstance(each, pikepdf.String))
    return "".join(
        table.get(int.from_bytes(raw[at : at + 2], "big"), "") for at in range(0, len(raw), 2)
    )


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture
def anna(app: Flask, keys: KeyStore) -> Person:
    return signed_in(app.test_client(), keys, "anna", ANNA)


@pytest.fixture
def incident(town: Sender, worker: Worker) -> str:
    """Anna's incident: a threat and an insult at the counter."""
    told = report(
        forms=["insult", "threat"],
        occurred_at="2026-11-18T10:12:00+01:00",
        motives=["rassistisch"],
        reporter={"role": "affected", "name": "Zora Zeuge", "phone": "0171 234"},
    )
    accepted = town.post(told).json
    deliver(worker, assigned(accepted["id"], ANNA))
    return str(accepted["id"])


@pytest.fixture
def send(client: FlaskClient) -> Callable[..., TestResponse]:
    """Fill in a public form without any account."""

    def post(code: str, make: str = "pdf", **values: str) -> TestResponse:
        address = f"/papers/{code}"
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
        assert token is not None
        body = {"csrf_token": token[1], "make": make, **values}
        return client.post(address, data=body, headers={"Sec-Fetch-Site": "same-origin"})

    return post


@pytest.mark.parametrize("code", CODES)
def test_every_paper_is_an_accessible_and_lasting_pdf(code: str) -> None:
    filled = {each.name: f"Angabe zu {each.name}" for each in catalogue.paper(code).fields}

    for pdf in (made(code), made(code, **filled)):
        accessible = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_UA_1)
        lasting = page.validate_pdf_bytes(pdf, profile=page.ValidationProfile.PDF_A_2A)
        assert accessible.is_compliant, str(accessible)
        assert {each.rule_id for each in lasting.failures} <= KNOWN, str(lasting)
        assert wrong_lengths(pdf) == []


def test_the_same_sheet_is_the_same_file() -> None:
    assert made("strafanzeige") == made("strafanzeige")


def test_what_was_filled_in_stands_in_the_pdf_with_the_wise_ticks() -> None:
    told = words_of(
        made("strafanzeige", narrative="Er schrie: Ich weiß, wo du wohnst.", name="Ö. Ğ")
    )

    assert squeezed("Er schrie: Ich weiß, wo du wohnst.") in told
    assert squeezed("Ö. Ğ") in told
    assert "Dienstanschrift" in told
    assert squeezed("Drucken und unterschreiben ist der sichere Weg") in told
    assert squeezed("Ersetzt keine Rechtsberatung") in told
    assert told.count("☑") == 6
    assert told.count("☐") == 2


@pytest.mark.parametrize("code", CODES)
def test_every_paper_says_that_it_is_no_legal_advice_and_where_it_comes_from(code: str) -> None:
    notes = " ".join(handlers.sheet(code, {}).notes)

    assert "rsetzt keine Rechtsberatung" in notes
    assert "2022" in notes or "2026" in notes


@pytest.mark.parametrize(
    "hostile",
    [
        '#import "@preview/x:1.0.0"; #read("/etc/passwd")',
        "$ x^2 $ *fett* _kursiv_ = Überschrift @label <label> // weg",
        "#while true {}",
        '\\u{202E} #eval("1+1") ```code```',
        '"}] , "kind": "heading"',
    ],
)
def test_markup_in_a_text_stays_text(hostile: str) -> None:
    assert squeezed(hostile) in words_of(made("beweisliste", reference=hostile))


def test_signs_the_font_lacks_are_spelled_out_and_never_dropped() -> None:
    told = words_of(made("strafanzeige", narrative="Ich komme 🔪👍🏽 heute\u202e!"))

    assert "[HOCHO,U+1F52A]" in told
    assert "[THUMBSUPSIGN,U+1F44D]" in told
    assert "[RIGHT-TO-LEFTOVERRIDE,U+202E]" in told


@pytest.mark.parametrize(
    ("text", "script"), [("سأجدك", "Arabic"), ("我", "Cjk"), ("אני", "Hebrew")]
)
def test_a_script_the_font_lacks_is_refused_by_its_name(text: str, script: str) -> None:
    with pytest.raises(Unprintable) as refused:
        made("strafanzeige", narrative=text)

    assert refused.value.script == script


@pytest.mark.parametrize("text", ["a" * 100_000, "Er schrie wieder. " * 5_500, "x\n" * 30_000])
def test_a_text_of_a_hundred_thousand_characters_is_set(text: str) -> None:
    pdf = made("strafanzeige", narrative=text)

    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) > 10


def test_a_checksum_and_an_address_stay_whole() -> None:
    checksum, address = "ab" * 32, "https://beispiel.example/" + "x" * 200

    told = words_of(made("beweisliste", evidence=f"{address}; 20.11.2026; {checksum}"))

    assert checksum in told
    assert address in told


def test_a_press_that_takes_too_long_ends_with_a_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printing, "_PATIENCE", 0.001)

    with pytest.raises(printing.CannotBePrinted):
        made("beweisliste")


@pytest.mark.parametrize("lang", ["de", "en", "einfach"])
def test_the_public_pages_are_sound_in_every_language(client: FlaskClient, lang: str) -> None:
    for path in ("/papers", *(f"/papers/{code}" for code in CODES)):
        answer = client.get(f"{path}?lang={lang}")
        assert answer.status_code == 200
        assert Page(answer.text).faults() == []


def test_anybody_prints_a_blank_paper_without_a_trace(client: FlaskClient) -> None:
    answer = client.get("/papers/strafanzeige.pdf")

    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="blatt.pdf"'
    assert answer.data.startswith(b"%PDF-")


def test_a_form_without_account_becomes_a_pdf_and_nothing_is_stored(
    send: Callable[..., TestResponse], database: Database
) -> None:
    answer = send("auskunftssperre", name="Erika Mustermann", narrative="Drohbriefe an die Tür.")

    assert answer.status_code == 200
    assert squeezed("Drohbriefe an die Tür.") in words_of(answer.data)
    assert database_files(database)
    assert not any(b"Drohbriefe" in path.read_bytes() for path in database_files(database))


def database_files(database: Database) -> list[Path]:
    folder = Path(database.url.removeprefix("sqlite:///")).parent
    return [path for path in folder.iterdir() if path.is_file()]


def test_the_preview_shows_the_sheet_and_keeps_what_was_typed(
    send: Callable[..., TestResponse],
) -> None:
    hostile = "<script>alert(1)</script>"

    answer = send("strafanzeige", "preview", narrative=hostile, tick_apply="true")

    assert answer.status_code == 200
    assert hostile not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)") == 2
    assert Page(answer.text).faults() == []


@pytest.mark.parametrize(
    "values",
    [{"narrative": "x" * 100_001}, {"name": "x" * 201}, {"narrative": "سأجدك"}],
)
def test_what_cannot_be_printed_is_refused_with_a_clear_sentence(
    send: Callable[..., TestResponse], values: dict[str, str]
) -> None:
    answer = send("strafanzeige", **values)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert Page(answer.text).faults() == []


def test_an_unknown_paper_is_not_found(client: FlaskClient) -> None:
    for path in ("/papers/kaufvertrag", "/papers/kaufvertrag.pdf", "/papers/..%2f"):
        assert client.get(path).status_code == 404


def test_the_desk_offers_what_fits_and_fills_in_the_codes_only(
    anna: Person, incident: str, database: Database
) -> None:
    listed = anna.page(f"/desk/{incident}/papers").text
    form = anna.page(f"/desk/{incident}/papers/strafanzeige").text

    assert "/papers/hausverbot" in listed
    assert Page(listed).faults() == []
    assert "18.11.2026, 10:12 Uhr" in form
    assert "§ 241 StGB (Bedrohung)" in form
    assert "§ 192a StGB" in form
    assert not [told for told in (str(THREAT["narrative"]), "Zora") if told in form]
    assert len(database.read(lambda tx: list(audit.rows(tx, ARS)))) == 0


def test_texts_come_by_a_button_and_stand_in_the_audit(
    anna: Person, incident: str, database: Database
) -> None:
    page_ = f"/desk/{incident}/papers/strafanzeige"

    form = anna.send(page_)

    assert str(THREAT["narrative"]) in form.text
    assert "Zora Zeuge" in form.text
    assert "no-store" in form.headers["Cache-Control"]
    assert Page(form.text).faults() == []
    assert len(database.read(lambda tx: list(audit.rows(tx, ARS)))) == 1


def test_whoever_has_no_grant_finds_no_paper_of_an_incident(
    app: Flask, keys: KeyStore, incident: str
) -> None:
    bernd = signed_in(app.test_client(), keys, "bernd", BERND)

    for path in (f"/desk/{incident}/papers", f"/desk/{incident}/papers/strafanzeige"):
        assert bernd.page(path).status_code == 404
    assert bernd.page(f"/mine/{incident}/papers/strafanzeige").status_code == 404


def test_people_fill_in_papers_from_their_own_report(app: Flask, keys: KeyStore) -> None:
    mine = signed_in(app.test_client(), keys, "ina", None, ("reporter", ARS))
    number = mine.post(report(forms=["insult"])).json["id"]
    path = f"/mine/{number}/papers/strafanzeige"

    shut, open_ = mine.page(path), mine.send(path)

    assert str(THREAT["narrative"]) not in shut.text
    assert str(THREAT["narrative"]) in open_.text


@pytest.mark.parametrize(
    ("forms", "missing"),
    [(("hatepost",), "hausverbot"), (("trespass",), None)],
)
def test_what_is_offered_depends_on_what_happened(
    forms: tuple[str, ...], missing: str | None
) -> None:
    offered = {each.code for each in handlers.available(forms, staff=True)}

    assert offered == set(CODES) - {missing}
    assert "hausverbot" not in {each.code for each in handlers.available(forms)}


def test_every_field_is_asked_once_and_printed() -> None:
    for code in CODES:
        names = catalogue.paper(code).names
        marks = {name: f"Wert-{place}" for place, name in enumerate(names)}
        shown = str(domain.plain(handlers.sheet(code, marks)))
        ticks = {name for name, _ in catalogue.ticks_of(code)}

        assert len(set(names)) == len(names)
        assert [n for n in names if n not in ticks and marks[n] not in shown] == []
        assert ticks <= set(names)
