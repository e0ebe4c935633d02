# SPDX-License-Identifier: EUPL-1.2
"""`plan export|import` and plans of any format on the command line; files made to do harm."""

import io
import json
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from rueckhalt_routing.commands import routing
from rueckhalt_routing.demo import sample_plan
from rueckhalt_routing.plan.checking import read_plan
from rueckhalt_routing.plan.files import FORMATS, read_entries
from rueckhalt_routing.plan.reading import PlanRefused
from rueckhalt_routing.plan.workbook import from_xlsx


def run(command: str, *arguments: object) -> Result:
    return CliRunner().invoke(routing, ["plan", command, *map(str, arguments)])


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(sample_plan(), "utf-8")
    return file


@pytest.mark.parametrize("kind", FORMATS)
def test_a_plan_exported_to_any_format_is_checked_and_the_same(plan: Path, kind: str) -> None:
    out = plan.with_name(f"out.{kind}")

    exported = run("export", plan, "-o", out)

    assert (exported.exit_code, run("check", out).exit_code) == (0, run("check", plan).exit_code)
    same = run("diff", plan, out)
    assert (same.exit_code, same.stdout) == (0, "Nichts ändert sich.\n")


def test_an_imported_table_is_written_as_a_plan(plan: Path) -> None:
    table, out = plan.with_name("t.xlsx"), plan.with_name("out.yaml")
    run("export", plan, "-o", table)

    result = run("import", table, "-o", out, "--json")

    assert json.loads(result.stdout)["rules"] == 12
    assert read_plan(out.read_text("utf-8"))[0] == read_plan(sample_plan())[0]


def test_a_rule_changed_in_the_spreadsheet_is_told_as_a_difference(plan: Path) -> None:
    table, out = plan.with_name("t.xlsx"), plan.with_name("out.yaml")
    run("export", plan, "-o", table)
    book = load_workbook(table)
    head = [cell.value for cell in book["rules"][1]]
    book["rules"].cell(row=12, column=head.index("chain") + 1).value = "ansprechstelle"
    book.save(table)

    result = run("import", table, "--base", plan, "-o", out)

    assert "verbal" in result.stdout
    assert read_plan(out.read_text("utf-8"))[0].rules[10].outcome.chain == "ansprechstelle"


@pytest.mark.parametrize("kind", FORMATS)
def test_without_persons_no_person_is_left_and_another_town_can_use_it(
    plan: Path, kind: str
) -> None:
    exchange, out = plan.with_name(f"x.{kind}"), plan.with_name("out.yaml")

    exported = run("export", plan, "--without-persons", "-o", exchange)
    imported = run("import", exchange, "--base", plan, "-o", out)

    persons = read_plan(sample_plan())[0].persons
    content = exchange.read_bytes()
    if kind == "xlsx":
        with zipfile.ZipFile(exchange) as packed:
            content = b"".join(packed.read(name) for name in packed.namelist())
    assert not [p.key for p in persons if p.key.encode() in content or p.name.encode() in content]
    assert exported.exit_code == 0
    assert imported.exit_code == run("check", plan).exit_code
    assert run("diff", plan, out).exit_code == 0


def test_a_chain_that_only_knows_persons_is_not_passed_on_empty(plan: Path) -> None:
    own = "\nchains:\n  gebaeude: {steps: [{targets: [{person: farid.fischer}]}]}\n"
    plan.write_text(sample_plan() + own, "utf-8")

    result = run("export", plan, "--without-persons", "-o", plan.with_name("x.csv"))

    assert result.exit_code == 2
    assert "chains.gebaeude" in result.stdout
    assert not plan.with_name("x.csv").exists()


def test_an_unknown_code_in_a_table_is_told_with_its_cell(plan: Path) -> None:
    table, out = plan.with_name("t.csv"), plan.with_name("out.yaml")
    run("export", plan, "-o", table)
    text = table.read_text("utf-8").replace(";sexual;", ";sexuel;")
    table.write_text(text, "utf-8")

    result = run("import", table, "-o", out)

    assert result.exit_code == 2
    assert "Zeile 7, rules!D7: „sexuel“ ist nicht bekannt (erlaubt: insult" in result.stdout
    assert not out.exists()


def test_a_refused_import_leaves_what_was_there(plan: Path) -> None:
    out = plan.with_name("out.yaml")
    out.write_text("kept", "utf-8")
    bad = plan.with_name("bad.dmn")
    bad.write_text("<x/>", "utf-8")

    assert run("import", bad, "--base", plan, "-o", out).exit_code == 2
    assert out.read_text("utf-8") == "kept"


def bomb() -> bytes:
    """A small workbook whose sheet unpacks to a hundred megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (100 << 20))
    return out.getvalue()


def workbook(*rows: list[object]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rules")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for each in old.namelist():
            new.writestr(each, part if each == name else old.read(each))
    return out.getvalue()


SHEET = b"""<!DOCTYPE a [<!ENTITY b "c">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""
FAR = SHEET.partition(b"\n")[2].replace(b'"1"', b'"1000000"').replace(b"A1", b"A1000000")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "no_workbook"),
        ("a.xlsx", b"PK\x03\x04" + b"\x00" * 100, "no_workbook"),
        ("a.xlsx", b"x" * (6 << 20), "file_too_large"),
        ("a.xlsx", bomb(), "unpacks_too_large"),
        ("a.xlsx", workbook(["tier"], ["=1+1"]), "formula"),
        ("a.xlsx", workbook(["tier"], *([] for _ in range(25_000)), ["0"]), "too_many_rows"),
        ("a.xlsx", workbook(["tier"] * 400), "too_many_rows"),
        ("a.xlsx", workbook(["tier", "tier"], ["0", "0"]), "twice"),
        ("a.xlsx", workbook(["tier"], ["0", "1"]), "no_column"),
        ("a.xlsx", workbook(["tier", "a b"], ["0", "1"]), "unknown_field"),
        ("a.xlsx", workbook(["tier", "when{}"], ["0", "{"]), "no_json"),
        ("a.xlsx", workbook(["tier", "when.form[]", "when"], ["0", "x", "y"]), "twice"),
        ("a.xlsx", with_part(workbook(["tier"]), "xl/worksheets/sheet1.xml", SHEET),
         "no_workbook"),
        ("a.xlsx", with_part(workbook(["tier"]), "xl/worksheets/sheet1.xml",
                             FAR.replace(b"&b;", b"x")), "too_many_rows"),
        ("a.csv", b"", "no_section"),
        ("a.csv", b"tier;code\n0;a\n", "no_section"),
        ("a.csv", b'[rules]\ntier;code\n"0;a\n', "no_csv"),
        ("a.csv", b"[rules]\ntier\n" + b"0\n" * 30_000, "too_many_rows"),
        ("a.csv", b"[rules]\ntier;told\n0;" + b"a|" * 1_500, "too_many"),
        ("a.csv", b"[rules]\ntier;told\n" + b"0;a|a|a|a\n" * 15_000, "too_many"),
        ("a.csv", b"[rules]\ntier\n0\n[rules]\ntier\n0\n", "twice"),
        ("a.csv", b"[roles]\ncode:;holder\n;a\n", "empty"),
        ("a.csv", b"[roles]\ncode:;holder\nhvb;a\nhvb;b\n", "twice"),
        ("a.csv", b"[chains]\ncode:;targets\na;hvb\n", "bad_form"),
        ("a.csv", b"[plan]\nfield;value\nformat\n", "missing"),
        ("a.csv", b"[rules]\ntier\n\xff\n", "no_utf8"),
        ("a.csv", b"[rules]\ntier\n" + b"x" * (3 << 20), "file_too_large"),
        ("a.json", b'{"a": 1, "a": 2}', "twice"),
        ("a.json", b"{'a': 1}", "no_json"),
        ("a.json", b"[" * 100_000, "too_deep"),
        ("a.json", b'{"format": NaN}', "missing"),
        ("a.yaml", b"a: " + b"[" * 5_000, "too_deep"),
        ("a.yaml", b"a: [" + b"b," * 1_000_000 + b"]", "too_large"),
        ("a.yaml", b"a: " + b"x" * (50 << 20), "file_too_large"),
        ("a.yaml", "title: \u202ea".encode(), "bad_form"),
        ("a.yaml", b"title: \x00", "unreadable"),
    ],
)  # fmt: skip
def test_a_file_made_to_do_harm_is_refused_with_a_sentence(
    name: str, content: bytes, code: str
) -> None:
    from rueckhalt_routing.plan.handlers import draft_of_file

    with pytest.raises(PlanRefused) as caught:
        draft_of_file(name, content)

    assert code in {problem.code for problem in caught.value.problems}
    assert all(problem.words() and problem.words("en") for problem in caught.value.problems)


def test_what_a_spreadsheet_makes_of_dates_and_numbers_is_read_as_it_was_meant() -> None:
    noon = datetime.fromisoformat("2026-12-24 12:30")  # a spreadsheet knows no zone
    row = [1, 2.0, True, date(2026, 12, 24), noon, time(8), " x ", "'=1"]
    [(_, [_, line])] = from_xlsx(workbook(["h"] * len(row), list(row)))

    assert line.cells == ["1", "2", "yes", "2026-12-24", "2026-12-24 12:30", "08:00", " x ", "=1"]


def test_json_with_tabs_and_escapes_is_read_with_its_lines() -> None:
    entry = read_entries("a.json", b'{\n\t"title": "\\u00c4 \\/",\n\t"n": 1.0}')

    assert (entry.value["title"].value, entry.value["title"].line) == ("Ä /", 2)
    assert entry.value["n"].value == "1.0"
