# SPDX-License-Identifier: EUPL-1.2
"""Sheets as an XLSX workbook. One that was made to exhaust a machine is refused unread."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from rueckhalt_routing.plan.csv_text import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    guarded,
    unguarded,
)
from rueckhalt_routing.plan.reading import PlanRefused, Problem
from rueckhalt_routing.plan.sheets import Line, Sheet

MOST_PACKED = 5 * 1024 * 1024
MOST_UNPACKED = 40 * 1024 * 1024
_MOST_FILES = 200
_WIDEST = 48


def to_xlsx(sheets: Iterable[Sheet]) -> bytes:
    """A workbook, a sheet each; the first row stays in sight."""
    from openpyxl import Workbook  # noqa: PLC0415 - heavy
    from openpyxl.cell.cell import WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415

    book = Workbook(write_only=True)
    for sheet in sheets:
        page: Any = book.create_sheet(sheet.name)
        page.freeze_panes = "A2"
        widths = [max(map(len, column)) for column in zip(*sheet.rows, strict=True)]
        for position, width in enumerate(widths):
            letter = _letter(position)
            page.column_dimensions[letter].width = min(width + 2, _WIDEST)
        for number, row in enumerate(sheet.rows):
            cells = [WriteOnlyCell(page, value=guarded(text) or None) for text in row]
            for cell in cells if number == 0 else ():
                cell.font = Font(bold=True)
            page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _letter(position: int) -> str:
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 - heavy

    return get_column_letter(position + 1)


def from_xlsx(content: bytes) -> list[tuple[str, list[Line]]]:
    """The sheets of a workbook; raises PlanRefused where it is none or too large."""
    from openpyxl import DEFUSEDXML, load_workbook  # noqa: PLC0415 - heavy

    if not DEFUSEDXML:
        raise RuntimeError("defusedxml is not installed")
    _weigh(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            left = MOST_CELLS
            sheets = []
            for page in book.worksheets:
                page.reset_dimensions()
                rows = list(_lines(page, left))
                left -= sum(len(row.cells) for row in rows)
                sheets.append((page.title, rows))
            return sheets
        finally:
            book.close()
    except PlanRefused:
        raise
    except Exception as error:  # what openpyxl raises on a broken file is without end
        raise PlanRefused([Problem(1, "", "no_workbook", type(error).__name__)]) from error


def _weigh(content: bytes) -> None:
    """Look at the list of contents before anything is unpacked."""
    if len(content) > MOST_PACKED:
        raise PlanRefused([Problem(1, "", "file_too_large", "", (f"{MOST_PACKED >> 20} MiB",))])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            files = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise PlanRefused([Problem(1, "", "no_workbook", type(error).__name__)]) from None
    if sum(each.file_size for each in files) > MOST_UNPACKED or len(files) > _MOST_FILES:
        allowed = (f"{MOST_UNPACKED >> 20} MiB", f"{_MOST_FILES}")
        raise PlanRefused([Problem(1, "", "unpacks_too_large", "", allowed)])


def _lines(page: Any, left: int) -> Iterator[Line]:
    for number, row in enumerate(page.iter_rows(values_only=True), start=1):
        left -= len(row)
        if number > MOST_ROWS or len(row) > MOST_COLUMNS or left < 0:
            allowed = (f"≤ {MOST_ROWS} × {MOST_COLUMNS}", f"≤ {MOST_CELLS}")
            raise PlanRefused([Problem(number, page.title[:31], "too_many_rows", "", allowed)])
        cells = [_text(value, page.title, number) for value in row]
        if any(cells):
            yield Line(number, number, cells)


def _text(value: Any, sheet: str, number: int) -> str:
    """What a cell says: spreadsheets turn what people type into numbers and dates."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == time(0) else "%Y-%m-%d %H:%M")
    if isinstance(value, date | time):
        return value.isoformat()[:10] if isinstance(value, date) else value.strftime("%H:%M")
    text = str(value)
    if text.startswith("="):
        raise PlanRefused([Problem(number, f"{sheet[:31]}!{number}", "formula", text[:60])])
    return unguarded(text)
