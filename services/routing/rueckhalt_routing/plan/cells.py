# SPDX-License-Identifier: EUPL-1.2
"""One record of a plan as the cells of a row, and back, whatever fields it has.

The name of a column says where its cells belong and what they hold: `then.chain` a text,
`then.signs[]` codes between bars, `targets=[]` pairs as `role:hvb`, `pattern{}` JSON. A cell that
could not be read back the same becomes JSON, so that nothing gets lost.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem

BAR = "|"
ANY = "*"
REST = "{}"
"""The column of what has no column of its own."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST = 30_000  # a spreadsheet ends at 32,767 letters a cell
_MOST_ITEMS = 1_000
_PARTS = re.compile(r"([^{}\[\]=]*)(\[\]|=\[\]|\{\}|)")


@dataclass(frozen=True)
class Cell:
    """What stands in one cell, and where: the line of the file, the place for a person."""

    column: str
    text: str
    line: int
    place: str


@dataclass(frozen=True)
class Layout:
    """Short names of columns, and those that always stand there, in this order."""

    short: Mapping[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    open: frozenset[str] = frozenset()
    """Columns where nothing means any value, written as a star."""
    taken: frozenset[str] = frozenset()
    """Names of fields that would be taken for something else."""


def cells_of(record: Mapping[str, Any], layout: Layout) -> dict[str, str]:
    """The cells by the names of their columns; an empty one is left out."""
    longer = {path: name for name, path in layout.short.items()}
    cells: dict[str, str] = {}
    rest = {}
    for name, value in record.items():
        found = _cells(name, value) if _NAME.fullmatch(name) else None
        if found is None or name in layout.taken or found.keys() & layout.short.keys():
            rest[name] = value
        else:
            cells |= {longer.get(column, column): text for column, text in found.items()}
    if rest or not cells:
        cells[REST] = _json(rest)
    return cells | {name: ANY for name in layout.open if name not in cells}


def _cells(path: str, value: Any) -> dict[str, str] | None:
    """The cells of one field; None where it has to become JSON as a whole."""
    if isinstance(value, str):
        return {path: value} if is_plain(value) else {path + REST: _json(value)}
    if isinstance(value, list):
        return _list_cells(path, value)
    found: dict[str, str] = {}
    for name, child in value.items():
        cells = _cells(f"{path}.{name}", child) if _NAME.fullmatch(name) else None
        if cells is None:
            return {path + REST: _json(value)}
        found |= cells
    return found or {path + REST: _json(value)}


def _list_cells(path: str, value: list[Any]) -> dict[str, str]:
    texts = [each for each in value if isinstance(each, str) and _is_item(each)]
    if value and len(texts) == len(value):
        return {f"{path}[]": f" {BAR} ".join(texts)}
    pairs = [pair for each in value if (pair := _pair(each))]
    if value and len(pairs) == len(value):
        return {f"{path}=[]": f" {BAR} ".join(pairs)}
    return {path + REST: _json(value)}


def _pair(value: Any) -> str:
    if not isinstance(value, Mapping) or len(value) != 1:
        return ""
    ((kind, key),) = value.items()
    is_item = isinstance(key, str) and _is_item(key) and _NAME.fullmatch(kind)
    return f"{kind}:{key}" if is_item else ""


def is_plain(text: str) -> bool:
    """Does this text survive a spreadsheet as it is?"""
    lines = text.split("\n")
    return bool(text) and text == text.strip() and len(text) <= _LONGEST and _printable(lines)


def _printable(lines: Iterable[str]) -> bool:
    return all(line.isprintable() for line in lines)


def _is_item(text: str) -> bool:
    return is_plain(text) and BAR not in text and "\n" not in text and text != ANY


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)


class Row:
    """Collects the fields of one record from its cells."""

    def __init__(self, line: int, place: str) -> None:
        self.entry = Entry(line, place, {})

    def put(self, cell: Cell, layout: Layout) -> None:
        """Take over one cell; raises PlanRefused where its column says nothing."""
        if cell.text == "" or (cell.column in layout.open and cell.text == ANY):
            return
        column = layout.short.get(cell.column, cell.column)
        parts = _PARTS.fullmatch(column)
        if parts is None or not (parts[1] or column == REST):
            allowed = (*layout.first, "name", "name[]", "name{}")
            raise PlanRefused([Problem(cell.line, cell.place, "bad_form", column[:60], allowed)])
        path, kind = parts[1], parts[2]
        if not path:
            rest = entry_of_json(cell)
            if not isinstance(rest.value, dict):
                raise PlanRefused([Problem(cell.line, cell.place, "want_mapping")])
            for name, child in rest.value.items():
                self._set(cell, [name], child)
            return
        self._set(cell, path.split("."), _value(cell, kind))

    def _set(self, cell: Cell, names: list[str], value: Entry) -> None:
        where = self.entry.value
        for name in names[:-1]:
            where = where.setdefault(name, Entry(cell.line, cell.place, {})).value
            if not isinstance(where, dict):
                break
        if not isinstance(where, dict) or names[-1] in where:
            raise PlanRefused([Problem(cell.line, cell.place, "twice", ".".join(names)[:60])])
        where[names[-1]] = value


def _value(cell: Cell, kind: str) -> Entry:
    if kind == REST:
        return entry_of_json(cell)
    if not kind:
        return Entry(cell.line, cell.place, cell.text)
    items = [each.strip() for each in cell.text.split(BAR)]
    if len(items) > _MOST_ITEMS:
        raise PlanRefused([Problem(cell.line, cell.place, "too_many", "", (f"≤ {_MOST_ITEMS}",))])
    if kind == "[]":
        return Entry(cell.line, cell.place, [Entry(cell.line, cell.place, i) for i in items])
    return Entry(cell.line, cell.place, [_pair_entry(cell, item) for item in items])


def _pair_entry(cell: Cell, item: str) -> Entry:
    kind, _, key = item.partition(":")
    if not key:
        allowed = ("role:…", "stand_in:…", "person:…", "partner:…")
        raise PlanRefused([Problem(cell.line, cell.place, "bad_form", item[:60], allowed)])
    return Entry(cell.line, cell.place, {kind: Entry(cell.line, cell.place, key)})


def entry_of_json(cell: Cell) -> Entry:
    """The JSON of a cell as entries that stand where the cell stands."""
    try:
        return entry_of(json.loads(cell.text), cell.line, cell.place)
    except (ValueError, RecursionError):
        raise PlanRefused([Problem(cell.line, cell.place, "no_json")]) from None


def entry_of(value: Any, line: int, place: str) -> Entry:
    """Plain values as entries that all stand at one place."""
    if isinstance(value, dict):
        return Entry(line, place, {n: entry_of(v, line, place) for n, v in value.items()})
    if isinstance(value, list):
        return Entry(line, place, [entry_of(each, line, place) for each in value])
    return Entry(line, place, str(value))
