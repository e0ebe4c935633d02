# SPDX-License-Identifier: EUPL-1.2
"""Reads a list as CSV (UTF-8, UTF-16 or Windows-1252; `;`, `,` or tab) or XLSX, within limits."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

from rueckhalt_intake.old_lists.domain import BadList, Line

MOST_BYTES = 50 * 1024 * 1024
_MOST_UNPACKED = 200 * 1024 * 1024
_MOST_ROWS, _MOST_COLUMNS, _MOST_FILES = 50_000, 100, 1000
_LONGEST_CELL = 100_000
_NAMED = re.compile("sep=([;,\t])\r?", re.I)  # Excel is told so in the first line; it is no heading


def lines_of(content: bytes) -> list[Line]:
    """All rows that are not empty, the headings first; raises BadList."""
    if len(content) > MOST_BYTES:
        most = MOST_BYTES >> 20
        raise BadList(f"the file is too large: at most {most} MiB", "too_large", most=most)
    read = _workbook if content.startswith(b"PK\x03\x04") else _csv
    found = [line for line in read(content) if any(line.cells)]
    if len(found) <= 1:
        told = "the list has no rows: the first row holds the headings, then one a row"
        raise BadList(told, "no_rows")
    return found


def _csv(content: bytes) -> Iterator[Line]:
    text = _decoded(content)
    if "\0" in text:
        raise BadList("the file is no text: save it as CSV or XLSX", "no_text")
    first = text.partition("\n")[0]
    named = _NAMED.fullmatch(first)
    separator = named[1] if named else max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, row in enumerate(reader, start=1):
            if number > 1 or named is None:
                yield _line(number, row)
    except csv.Error as error:
        told = f"line {reader.line_num}: {error}"
        raise BadList(told, "broken_line", line=reader.line_num) from None


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadList("the text is neither UTF-8 nor Windows-1252", "no_text")


def _workbook(content: bytes) -> Iterator[Line]:
    from openpyxl import DEFUSEDXML, load_workbook  # noqa: PLC0415 - heavy

    if not DEFUSEDXML:
        raise RuntimeError("defusedxml is not installed")
    _weigh(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            page = book.worksheets[0]
            page.reset_dimensions()
            for number, row in enumerate(page.iter_rows(), start=1):
                yield _line(number, [_cell(each, number) for each in row])
        finally:
            book.close()
    except BadList:
        raise
    except Exception as error:  # what openpyxl raises on a broken file is without end
        told = f"no workbook that can be read ({type(error).__name__})"
        raise BadList(told, "workbook") from error


def _weigh(content: bytes) -> None:
    """Look at the list of contents before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            files = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        told = f"no workbook that can be read ({type(error).__name__})"
        raise BadList(told, "workbook") from None
    if sum(each.file_size for each in files) > _MOST_UNPACKED or len(files) > _MOST_FILES:
        most = _MOST_UNPACKED >> 20
        raise BadList(f"the workbook unpacks to more than {most} MiB", "unpacked", most=most)


def _cell(cell: Any, row: int) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        told = f"row {row}: a formula; formulas must be replaced by their values"
        raise BadList(told, "formula", row=row)
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()[:10]
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _line(number: int, cells: list[str]) -> Line:
    if number > _MOST_ROWS + 1 or len(cells) > _MOST_COLUMNS:
        told = f"row {number}: at most {_MOST_ROWS} rows of {_MOST_COLUMNS} columns"
        raise BadList(told, "size", row=number, rows=_MOST_ROWS, columns=_MOST_COLUMNS)
    if any(len(each) > _LONGEST_CELL for each in cells):
        told = f"row {number}: a cell has at most {_LONGEST_CELL} characters"
        raise BadList(told, "cell", row=number, most=_LONGEST_CELL)
    return Line(number=number, cells=tuple(each.strip() for each in cells))
