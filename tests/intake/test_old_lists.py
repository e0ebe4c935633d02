# SPDX-License-Identifier: EUPL-1.2
"""An old list comes in: CSV and XLSX, all rows or none, historic, and never twice."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from rueckhalt_intake.app import service
from rueckhalt_intake.commands import intake
from rueckhalt_intake.incidents import store
from rueckhalt_intake.old_lists import reading
from rueckhalt_intake.old_lists.domain import BadList, day
from rueckhalt_shared.database import Database
from tests.intake.town import ARS

LIST = (
    "Aktenzeichen;Datum;Art;Schilderung;Ort\n"
    "12/2019;1.3.2019;Bedrohung;Er schrie am Schalter über Müll;\n"
    ";2020-11-30;threat, insult;=HYPERLINK(1);Unbekannt\n"
    ";2020-11-30;threat, insult;=HYPERLINK(1);Unbekannt\n"
)
Bring = Callable[..., Result]


@pytest.fixture
def bring(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Import these bytes into this test's folder."""
    monkeypatch.setenv("RUECKHALT_SERVICES", "intake")

    def invoke(content: bytes, *options: str) -> Result:
        file = tmp_path / "liste"
        file.write_bytes(content)
        given = ["import", str(file), "--municipality", ARS, *options, "--data", str(tmp_path)]
        return CliRunner().invoke(intake, [*given, "--json"], obj=service)

    return invoke


def rows(database: Database) -> list[Any]:
    query = select(store.incidents).order_by(store.incidents.c.registered_at)
    return database.read(lambda tx: list(tx.execute(query).mappings()))


def workbook(*lines: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for each in lines:
        book.active.append(each)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_list_comes_in_once_as_history(
    bring: Bring, database: Database, encoding: str, separator: str
) -> None:
    content = LIST.replace(";", separator).encode(encoding)

    looked = json.loads(bring(content, "--dry-run").stdout)
    before = rows(database)
    first, again = (json.loads(bring(content).stdout) for _ in range(2))

    assert (looked["rows"], looked["faults"], before) == (3, [], [])
    assert (first["new"], first["known"]) == (3, 0)
    assert (again["new"], again["known"]) == (0, 3)
    kept = rows(database)
    assert [each["coded"]["forms"] for each in kept] == [["threat"], *[["threat", "insult"]] * 2]
    assert all(each["imported"] and each["close_reason"] == "imported" for each in kept)
    assert all(each["awaiting_at"] is None for each in kept)


def test_a_fault_names_row_field_and_what_is_allowed_and_nothing_comes_in(
    bring: Bring, database: Database
) -> None:
    content = "Datum,Art,Schwere\n2019-02-30,threat,9\n2019-03-01,Quatsch,1\n1800-01-01,threat,1\n"

    answer = bring(content.encode())

    faults = json.loads(answer.stdout)["faults"]
    assert answer.exit_code == 1
    assert [(each["row"], each["field"]) for each in faults] == [
        *((2, "occurred_at"), (2, "severity"), (3, "forms")),
        (4, faults[3]["field"]),
    ]
    assert "allowed: " in faults[2]["problem"]
    assert "1990" in faults[3]["problem"]
    assert rows(database) == []


def test_a_workbook_with_the_classes_of_another_scheme_comes_in(
    bring: Bring, database: Database
) -> None:
    content = workbook(["Datum", "Kategorie", "Nr"], ["5.6.2021", "psychisch", 7.0])

    told = json.loads(bring(content, "--scheme", "inge").stdout)

    assert told["new"] == 1
    assert rows(database)[0]["coded"]["forms"] == ["threat"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (workbook(["Datum", "Art"], ["=TODAY()", "threat"]), "row 2: a formula"),
        (b"PK\x03\x04 kaputt", "no workbook"),
        (b"Datum;Art\n", "no rows"),
        (b"Art;Wer\nthreat;x\n", "no column for a date"),
        (b"Datum;Wer\n2020-01-01;x\n", "no column for forms"),
        (b"Datum;Art;Form\n2020-01-01;threat;threat\n", "two columns for forms"),
        (b'Datum;Art\n2020-01-01;"thre\n', "line 2"),
        (b"Datum;Art\n\0;x\n", "no text"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(
    bring: Bring, content: bytes, told: str
) -> None:
    answer = bring(content)

    assert answer.exit_code == 2
    assert told in answer.stderr


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_first_line_that_names_the_separator_is_no_heading(separator: str) -> None:
    content = f"sep={separator}\r\nDatum{separator}Art; a,b\r\n1.3.2019{separator}threat\r\n"

    found = reading.lines_of(content.encode())

    assert [(line.number, line.cells[0]) for line in found] == [(2, "Datum"), (3, "1.3.2019")]


def test_a_file_above_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadList, match="too large"):
        reading.lines_of(b"x" * (reading.MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("told", "meant"),
    [("1.3.2019", "2019-03-01"), ("2019-03-01 12:00:00", "2019-03-01"), ("1.3.19", None)],
)
def test_a_day_is_read_as_written(told: str, meant: str | None) -> None:
    assert day(told) == meant
