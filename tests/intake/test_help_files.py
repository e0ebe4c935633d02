# SPDX-License-Identifier: EUPL-1.2
"""The directory as a file: what the package brings, what is refused and where, the way round."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rueckhalt_intake.help import cells
from rueckhalt_intake.help.domain import EMERGENCY, KINDS, LAENDER, Entry
from rueckhalt_intake.help.reading import (
    MOST_BYTES,
    BadRows,
    read_rows,
    read_seeds,
    row_of,
    written,
)

TOWN = "160770999999"
HEAD = "id,name,kind,phone,checked_at"


def faults(raw: bytes | str, owner: str = TOWN) -> list[tuple[int, str, str]]:
    """What is wrong with a file: line, column, code."""
    with pytest.raises(BadRows) as caught:
        read_rows(raw.encode() if isinstance(raw, str) else raw, owner=owner)
    assert caught.value.lines("de")
    assert len(caught.value.lines("en")) == len(caught.value.faults)
    return [(each.line, each.field, each.code) for each in caught.value.faults]


def test_what_the_package_brings_has_a_source_and_a_day_for_each_row() -> None:
    seeds = read_seeds()

    assert len(seeds) == 26
    assert all(each.source_url or each.kind == EMERGENCY for each in seeds)
    assert all(each.checked_at <= date(2026, 11, 22) for each in seeds)
    assert all(each.ars_prefix[0] in ("", *LAENDER) for each in seeds)


def test_numbers_that_are_not_published_are_not_invented() -> None:
    internal = [each for each in read_seeds() if each.visibility == "internal"]

    assert {each.ars_prefix for each in internal} == {("11",), ("16",)}
    assert all(not (each.phone or each.email or each.url) for each in internal)


def test_names_that_nobody_has_checked_are_not_there() -> None:
    told = " ".join(each.name for each in read_seeds())

    for name in ("B.U.D.", "ReachOut", "OBR", "BackUp", "response.", "ezra", "komba", "ver.di"):
        assert name not in told


def test_a_number_of_2019_is_marked_as_old() -> None:
    (nrw,) = [each for each in read_seeds() if each.id == "nrw-ansprechstelle"]

    assert nrw.checked_at.year == 2019
    assert "wird noch geprüft" in nrw.note_de


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("x,X,beratung,0 1,2026-11-2", (2, "checked_at", "day")),
        ("X!,X,beratung,,2026-11-22", (2, "id", "id")),
        ("x,,beratung,,2026-11-22", (2, "name", "required")),
        ("x,X,freund,,2026-11-22", (2, "kind", "kind")),
        ("x,X,beratung,rufen Sie an,2026-11-22", (2, "phone", "phone")),
        ('x,"=HYPERLINK(""http://b"")",beratung,,2026-11-22', (2, "name", "formula")),
        ("x,+cmd|' /C calc'!A0,beratung,,2026-11-22", (2, "name", "formula")),
        ("x,@SUM(A1),beratung,,2026-11-22", (2, "name", "formula")),
        ("x,X,beratung,=1+1,2026-11-22", (2, "phone", "formula")),
        ("x,a\tb,beratung,,2026-11-22", (2, "name", "control")),
        ("x,\u202eab,beratung,,2026-11-22", (2, "name", "control")),
        (f"x,{'N' * 10_000},beratung,,2026-11-22", (2, "name", "too_long")),
        ("x,X,beratung", (2, "", "cells")),
        ('x,"X,beratung,,2026-11-22', (2, "", "no_csv")),
        ("x,X,beratung,,2026-11-22\nx,Y,recht,,2026-11-22", (3, "id", "twice")),
        ('x,"X\nY",beratung,,2026-11-22\ny,,recht,,2026-11-22', (4, "name", "required")),
    ],
)
def test_a_fault_is_told_with_line_and_column(row: str, found: tuple[int, str, str]) -> None:
    assert found in faults(f"{HEAD}\n{row}\n")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("ars_prefix", "16;77", "region"),
        ("ars_prefix", "05", "outside"),
        ("ars_prefix", "160770888888", "outside"),
        ("topics", "threat;hass", "topic"),
        ("groups", "alle", "group"),
        ("languages", "deutsch", "language"),
        ("url", "javascript:alert(1)", "web"),
        ("url", "https://a b", "web"),
        ("email", "a@b", "email"),
        ("hours", "immer", "hours"),
        ("free", "ja", "yes_no"),
        ("visibility", "secret", "visibility"),
        ("topics", ";".join(["threat"] * 61), "too_many"),
    ],
)
def test_each_column_knows_what_may_stand_in_it(column: str, value: str, code: str) -> None:
    text = f"id,name,kind,checked_at,{column}\nx,X,recht,2026-11-22,{value}\n"

    assert faults(text) == [(2, column, code)]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", (1, "id", "missing_column")),
        (b"id,name,kind,checked_at,geld\n", (1, "geld", "no_column")),
        (b"id,id,name,kind,checked_at\n", (1, "id", "column_twice")),
        ("id,name,kind,checked_at\nx,Müller,recht,2026-11-22\n".encode("latin-1"), (2, "", "utf8")),
        ("id,name\n".encode("utf-16"), (1, "", "utf8")),
        (b"id,name,kind,checked_at\nx,a\0b,recht,2026-11-22\n", (2, "", "nul")),
        (b"\x1f\x8b\x08" + b"\xff" * 100, (1, "", "utf8")),
        (b"x" * (MOST_BYTES + 1), (1, "", "too_large")),
        (b"id,name,kind,checked_at\n" + b'"' + b"x" * 200_000, (2, "", "no_csv")),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_in_one_sentence(
    raw: bytes, found: tuple[int, str, str]
) -> None:
    assert found in faults(raw)


def test_of_many_faults_a_hundred_are_told() -> None:
    assert len(faults(HEAD + "\n" + "x!,,nix,,\n" * 5000)) == 100


def test_more_rows_than_a_directory_has_are_refused() -> None:
    rows = "".join(f"x{n},X,recht,,2026-11-22\n" for n in range(2001))

    assert faults(f"{HEAD}\n{rows}") == [(2002, "", "too_many_rows")]


def test_excel_s_mark_blank_lines_and_spaces_do_no_harm() -> None:
    (entry,) = read_rows(
        f"\ufeff{HEAD}\r\n\r\n x , Ohr , beratung , 0361 1; +49 361 2 ,2026-11-22\r\n".encode(),
        owner=TOWN,
    )

    assert (entry.name, entry.phone) == ("Ohr", ("0361 1", "+49 361 2"))
    assert entry.dials[1][1] == "+493612"
    assert (entry.ars_prefix, entry.owner) == ((TOWN,), TOWN)


UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs")
seen = st.characters(codec="utf-8", exclude_categories=UNSEEN)
words = st.text(seen, min_size=1, max_size=40).filter(lambda w: not w.startswith(cells.FORMULA))


@given(
    st.lists(
        st.builds(
            Entry,
            id=st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True),
            name=words,
            kind=st.sampled_from(KINDS),
            topics=st.sets(st.sampled_from(cells.TOPICS)).map(tuple),
            groups=st.sets(st.sampled_from(cells.GROUPS)).map(tuple),
            ars_prefix=st.sampled_from([("16",), (TOWN,), ("16", "16077")]),
            phone=st.sampled_from([(), ("0361 1",), ("+49 361 1", "112")]),
            anonymous=st.sampled_from([True, False, None]),
            checked_at=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
            valid_until=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
            note_de=words | st.just(""),
            owner=st.just(TOWN),
        ),
        max_size=5,
        unique_by=lambda each: each.id,
    )
)
def test_what_is_written_reads_the_same_again(entries: list[Entry]) -> None:
    assert read_rows(written(entries).encode(), owner=TOWN) == tuple(entries)


def test_no_cell_of_an_export_is_run_by_a_spreadsheet() -> None:
    cells_out = [c for row in csv.reader(io.StringIO(written(read_seeds()))) for c in row]

    assert [cell for cell in cells_out if cell.startswith(("=", "@", "\t", "-"))] == []
    assert all(set(row_of(each)) == set(cells.COLUMNS) for each in read_seeds())
