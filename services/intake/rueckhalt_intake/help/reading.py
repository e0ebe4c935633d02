# SPDX-License-Identifier: EUPL-1.2
"""The directory as CSV: every fault is told with its line and column, nothing is guessed.

Columns as in `cells.COLUMNS`; several values are separated by `;`. Yes and no are `yes` and `no`,
an empty cell means that nobody has said.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any

from rueckhalt_intake.help.cells import COLUMNS, LISTS, REQUIRED, YES_NO, Fault, faults_of, split
from rueckhalt_intake.help.domain import FEDERAL, PUBLIC, Entry
from rueckhalt_shared.messages import Catalogue

MOST_ROWS = 2000
MOST_BYTES = 1024 * 1024
_SHOWN = 100
_DAYS = ("checked_at", "valid_until")


class BadRows(Exception):
    """The file cannot be taken; the first hundred faults are listed."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(f"{each.line} {each.field} {each.code}" for each in faults))
        self.faults = faults[:_SHOWN]

    def lines(self, language: str) -> list[str]:
        """One sentence for each fault, with its place."""
        catalogue = Catalogue.of_package("rueckhalt_intake")
        return [
            catalogue.text("help.fault.at", language, line=each.line, field=each.field or "–")
            + each.told(language)
            for each in self.faults
        ]


@cache
def read_seeds() -> tuple[Entry, ...]:
    """The entries the package brings."""
    file = files("rueckhalt_intake") / "content" / "hilfe.csv"
    return read_rows(file.read_bytes())


def read_rows(raw: bytes, *, owner: str = FEDERAL) -> tuple[Entry, ...]:
    """The entries of a CSV file, owned by a region; raises BadRows with every fault."""
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for number, (line, row) in enumerate(_rows(_text(raw)), start=1):
        if number > MOST_ROWS:
            raise BadRows(Fault(line, "", "too_many_rows", str(MOST_ROWS)))
        wrong = list(faults_of(row, owner=owner, line=line))
        if row["id"] in entries:
            wrong.append(Fault(line, "id", "twice"))
        if not wrong:
            entries[row["id"]] = entry_of(row, owner=owner)
        faults += wrong
        if len(faults) >= _SHOWN:
            break
    if faults:
        raise BadRows(*faults)
    return tuple(entries.values())


def entry_of(row: Mapping[str, str], *, owner: str) -> Entry:
    """A row without faults as an entry."""
    told: dict[str, Any] = dict(row)
    told |= {name: tuple(split(row[name])) for name in LISTS}
    told |= {name: date.fromisoformat(row[name]) if row[name] else None for name in _DAYS}
    told |= {name: YES_NO[row[name]] for name in ("anonymous", "free")}
    told["ars_prefix"] = told["ars_prefix"] or (owner,)
    told["visibility"] = told["visibility"] or PUBLIC
    return Entry(**told, owner=owner)


def row_of(entry: Entry) -> dict[str, str]:
    """An entry as a row; `entry_of` reads it again."""
    told: dict[str, str] = {}
    for name in COLUMNS:
        value = getattr(entry, name)
        if isinstance(value, tuple):
            told[name] = ";".join(value)
        elif isinstance(value, bool):
            told[name] = "yes" if value else "no"
        else:
            told[name] = "" if value is None else str(value)
    return told


def written(entries: Iterable[Entry]) -> str:
    """Entries as a CSV file. What a spreadsheet would run never gets in, so none stands here."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row_of(entry) for entry in entries)
    return out.getvalue()


def _text(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise BadRows(Fault(1, "", "too_large", str(MOST_BYTES // 1024)))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadRows(Fault(line, "", "utf8")) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadRows(Fault(line, "", "nul"))
    return text


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows as they are read, each with the line it begins on."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        head = [name.strip() for name in next(reader, [])]
        _must_fit(head)
        begins = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != len(head):
                    raise BadRows(Fault(begins, "", "cells", f"{len(cells)}/{len(head)}"))
                named = zip(head, (cell.strip() for cell in cells), strict=True)
                yield begins, dict.fromkeys(COLUMNS, "") | dict(named)
            begins = reader.line_num + 1
    except csv.Error:
        raise BadRows(Fault(begins, "", "no_csv")) from None


def _must_fit(head: list[str]) -> None:
    unknown = [name for name in head if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in head]
    twice = sorted({name for name in head if head.count(name) > 1 and name in COLUMNS})
    faults = [Fault(1, name[:40], "no_column") for name in unknown]
    faults += [Fault(1, name, "missing_column") for name in missing]
    faults += [Fault(1, name, "column_twice") for name in twice]
    if faults:
        raise BadRows(*faults)
