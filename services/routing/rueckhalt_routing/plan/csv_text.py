# SPDX-License-Identifier: EUPL-1.2
"""Sheets as one CSV file, a section a sheet; cells that a spreadsheet would calculate are kept."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import groupby

from rueckhalt_routing.plan.reading import PlanRefused, Problem
from rueckhalt_routing.plan.sheets import Line, Sheet

MOST_ROWS = 20_000
MOST_COLUMNS = 300
MOST_CELLS = 200_000
MOST_BYTES = 2 * 1024 * 1024
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20", "[", "'")
"""What makes a spreadsheet calculate (also in full width); a bracket would begin a section."""
_BOM = "\ufeff"


def guarded(text: str) -> str:
    """The text of a cell so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_DANGEROUS) else text


def to_csv(sheets: Iterable[Sheet]) -> str:
    """One text, separated by semicolons, as German spreadsheets open it."""
    out = io.StringIO()
    out.write(_BOM)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for number, sheet in enumerate(sheets):
        if number:
            writer.writerow([])
        writer.writerow([f"[{sheet.name}]"])
        writer.writerows([guarded(text) for text in row] for row in sheet.rows)
    return out.getvalue()


def from_csv(text: str) -> list[tuple[str, list[Line]]]:
    """The sheets of such a text; raises PlanRefused where it is none."""
    text = text.removeprefix(_BOM)
    if len(text) > MOST_BYTES:
        raise PlanRefused([Problem(1, "", "file_too_large", "", (f"{MOST_BYTES >> 20} MiB",))])
    lines = list(_lines(text))
    if not lines or not _section_of(lines[0]):
        line = lines[0].line if lines else 1
        raise PlanRefused([Problem(line, "", "no_section", "", ("[rules]", "[plan]"))])
    sections: list[tuple[str, list[Line]]] = []
    for is_head, group in groupby(lines, key=lambda line: bool(_section_of(line))):
        if is_head:
            sections += [(_section_of(line), []) for line in group]
        else:
            rows = [Line(each.line, each.number, _plain(each.cells)) for each in group]
            sections[-1] = (sections[-1][0], rows)
    return sections


def _plain(cells: list[str]) -> list[str]:
    return [unguarded(cell) for cell in cells]


def _lines(text: str) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    left = MOST_CELLS
    try:
        for number, cells in enumerate(reader, start=1):
            left -= len(cells)
            if number > MOST_ROWS or len(cells) > MOST_COLUMNS or left < 0:
                allowed = (f"≤ {MOST_ROWS} × {MOST_COLUMNS}", f"≤ {MOST_CELLS}")
                raise PlanRefused([Problem(reader.line_num, "", "too_many_rows", "", allowed)])
            if any(cell.strip() for cell in cells):
                yield Line(reader.line_num, number, cells)
    except csv.Error as error:
        problem = Problem(reader.line_num, "", "no_csv", str(error)[:60])
        raise PlanRefused([problem]) from None


def _delimiter(text: str) -> str:
    """The sign between the columns, as the first row of names shows it."""
    rows = [line for line in text.splitlines()[:50] if line.strip()]
    names = rows[1] if len(rows) > 1 else ""
    return max(";,\t", key=names.count)


def _section_of(line: Line) -> str:
    first = line.cells[0].strip()
    others = any(cell.strip() for cell in line.cells[1:])
    is_head = first.startswith("[") and first.endswith("]") and not others
    return first[1:-1] if is_head else ""
