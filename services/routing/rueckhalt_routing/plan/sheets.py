# SPDX-License-Identifier: EUPL-1.2
"""A plan as sheets: one row a rule, a person, a role, a step of a chain; and back.

The same sheets are written as a workbook and as one CSV file. What fits no table stands in the
sheet `plan`, a field a row.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rueckhalt_routing.plan.cells import Cell, Layout, Row, cells_of
from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem
from rueckhalt_routing.plan.vocabulary import dimensions

GENERAL = "plan"
KEY = "code:"
"""The column that names an entry of a section made of names, as roles are."""
_CHAIN = "chain."
_SECTION = re.compile(r"[a-z_]{1,31}")
DIMENSIONS = tuple(dimension.name for dimension in dimensions(()))
_WHEN = {name: f"when.{name}[]" for name in DIMENSIONS}
THEN_LISTS = ("signs", "asked", "told", "without_consent", "steps")
_THEN = {name: f"then.{name}[]" for name in THEN_LISTS} | {
    name: f"then.{name}" for name in ("chain", "take_over_within")
}
RULES = Layout(
    short=_WHEN | _THEN,
    first=(
        *("tier", "code", "title", *DIMENSIONS, "chain", "signs", "asked", "told"),
        *("without_consent", "take_over_within", "steps", "reason", "source"),
    ),
    open=frozenset(DIMENSIONS),
)
_LAYOUTS: Mapping[str, Layout] = {
    "rules": RULES,
    "deliberate": Layout(
        short=_WHEN, first=(*DIMENSIONS, "signed_by", "reason"), open=frozenset(DIMENSIONS)
    ),
    "roles": Layout(short={"stand_ins": "stand_ins[]"}, first=(KEY, "holder", "stand_ins")),
    "persons": Layout(short={"reachable": "reachable[]"}, first=("key", "name", "unit")),
    "partners": Layout(short={"reachable": "reachable[]"}, first=("key", "name")),
    "times": Layout(
        short={"waits": "waits[]"},
        first=(KEY, "take_over_within", "talk_within", "waits", "repeat"),
    ),
    "chains": Layout(
        short={"targets": "targets=[]", "urgency": "urgency[]"},
        first=(KEY, "targets", "wait", "urgency"),
        taken=frozenset({"chain"}),
    ),
    "absences": Layout(first=("person", "from", "until")),
    GENERAL: Layout(first=("field", "value")),
}
_NO_LAYOUT = Layout()
_ORDER = ("rules", "chains", "roles", "persons", "partners", "rotas", "times")


@dataclass(frozen=True)
class Sheet:
    """One table with its name; the first row holds the names of the columns."""

    name: str
    rows: list[list[str]]


@dataclass(frozen=True)
class Line:
    """One row as it was read: its cells, its line in the file, its number in the sheet."""

    line: int
    number: int
    cells: list[str]


def sheets_of(document: Mapping[str, Any]) -> list[Sheet]:
    """The sheets of a plan document, the matrix of the rules first."""
    tables = {name: value for name, value in document.items() if _is_table(name, value)}
    names = [name for name in _ORDER if name in tables]
    names += [name for name in tables if name not in names]
    sheets = [_sheet(name, list(_records(name, tables[name]))) for name in names]
    others = {name: value for name, value in document.items() if name not in tables}
    general = [[field, text] for field, text in cells_of(others, _NO_LAYOUT).items()]
    return [*sheets, Sheet(GENERAL, [["field", "value"], *general])]


def _is_table(name: str, value: Any) -> bool:
    if not value or not _SECTION.fullmatch(name) or name in (GENERAL, "catch_all", "calendar"):
        return False
    if isinstance(value, list):
        return all(isinstance(each, Mapping) for each in value)
    is_named = isinstance(value, Mapping) and all(isinstance(v, Mapping) for v in value.values())
    return is_named and all(key == key.strip() and key.isprintable() and key for key in value)


def _records(name: str, value: Any) -> Iterator[dict[str, str]]:
    layout = _LAYOUTS.get(name, _NO_LAYOUT)
    if isinstance(value, list):
        yield from (cells_of(each, layout) for each in value)
        return
    for key, each in value.items():
        rows = _chain_rows(each) if name == "chains" else [cells_of(each, layout)]
        yield from ({KEY: key} | row for row in rows)


def _chain_rows(chain: Mapping[str, Any]) -> list[dict[str, str]]:
    """A row a step; what the chain says beside its steps stands in the first."""
    steps = chain.get("steps")
    no_steps: list[dict[str, str]] = [{}]
    if not isinstance(steps, list) or not all(isinstance(s, Mapping) for s in steps) or not steps:
        own, rows = dict(chain), no_steps
    else:
        own = {name: value for name, value in chain.items() if name != "steps"}
        rows = [cells_of(step, _LAYOUTS["chains"]) for step in steps]
    further = cells_of(own, _NO_LAYOUT) if own or not steps else {}
    rows[0] = rows[0] | {_CHAIN + column: text for column, text in further.items()}
    return rows


def _sheet(name: str, records: list[dict[str, str]]) -> Sheet:
    used = dict.fromkeys(column for record in records for column in record)
    is_named = any(KEY in record for record in records)
    first = [c for c in _LAYOUTS.get(name, _NO_LAYOUT).first if c != KEY or is_named]
    head = [*first, *(column for column in used if column not in first)]
    return Sheet(name, [head, *([record.get(c, "") for c in head] for record in records)])


def root_of(sheets: Iterable[tuple[str, Iterable[Line]]]) -> Entry:
    """The sheets as the entries of a plan; raises PlanRefused where they are no such tables."""
    root = Row(1, "")
    for name, lines in sheets:
        rows = [line for line in lines if any(text.strip() for text in line.cells)]
        if not rows:
            continue
        head, records = [text.strip() for text in rows[0].cells], rows[1:]
        while head and not head[-1]:
            head.pop()
        _check_head(name, head, rows[0])
        read = list(_read(name, head, records))
        if name == GENERAL:
            _general(root, read)
        elif name in root.entry.value:
            raise PlanRefused([Problem(rows[0].line, name, "twice")])
        else:
            root.entry.value[name] = _section(name, head, read, rows[0].line)
    return root.entry


def _check_head(name: str, head: list[str], line: Line) -> None:
    for position, column in enumerate(head):
        place = f"{name}!{_letters(position)}{line.number}"
        if not column:
            raise PlanRefused([Problem(line.line, place, "empty")])
        if column in head[:position]:
            raise PlanRefused([Problem(line.line, place, "twice", column[:60])])


def _read(name: str, head: list[str], records: list[Line]) -> Iterator[list[Cell]]:
    for line in records:
        cells = []
        for position, text in enumerate(line.cells):
            place = f"{name}!{_letters(position)}{line.number}"
            if position < len(head):
                cells.append(Cell(head[position], text.strip(), line.line, place))
            elif text.strip():
                raise PlanRefused([Problem(line.line, place, "no_column", text[:60])])
        yield cells


def _general(root: Row, read: list[list[Cell]]) -> None:
    for cells in read:
        found = {cell.column: cell for cell in cells}
        cell = cells[0]
        if set(found) - {"field", "value"} or "field" not in found or not found["field"].text:
            raise PlanRefused(
                [Problem(cell.line, cell.place, "unknown_field", "", ("field", "value"))]
            )
        value = found.get("value", Cell("value", "", cell.line, cell.place))
        root.put(Cell(found["field"].text, value.text, value.line, value.place), _NO_LAYOUT)


def _section(name: str, head: list[str], read: list[list[Cell]], line: int) -> Entry:
    if KEY not in head:
        return Entry(line, name, [_record(name, cells) for cells in read])
    section: dict[str, Entry] = {}
    for cells in read:
        key = next(cell for cell in cells if cell.column == KEY)
        others = [cell for cell in cells if cell.column != KEY]
        if not key.text:
            raise PlanRefused([Problem(key.line, key.place, "empty")])
        if name == "chains":
            _add_step(section, key, others)
        elif key.text in section:
            raise PlanRefused([Problem(key.line, key.place, "twice", key.text[:60])])
        else:
            section[key.text] = _record(name, others, key)
    return Entry(line, name, section)


def _record(name: str, cells: list[Cell], key: Cell | None = None) -> Entry:
    start = key or cells[0]
    row = Row(start.line, f"{name}!{start.place.partition('!')[2].lstrip(_LETTERS)}")
    for cell in cells:
        row.put(cell, _LAYOUTS.get(name, _NO_LAYOUT))
    return row.entry


def _add_step(section: dict[str, Entry], key: Cell, cells: list[Cell]) -> None:
    own = Row(key.line, key.place)
    for cell in cells:
        if cell.column.startswith(_CHAIN):
            column = cell.column.removeprefix(_CHAIN)
            own.put(Cell(column, cell.text, cell.line, cell.place), _NO_LAYOUT)
    step = [cell for cell in cells if cell.text and not cell.column.startswith(_CHAIN)]
    if key.text not in section:
        section[key.text] = own.entry
    elif own.entry.value:
        raise PlanRefused([Problem(key.line, key.place, "twice", key.text[:60])])
    if not step:
        return
    chain = section[key.text].value
    chain.setdefault("steps", Entry(key.line, key.place, []))
    if not isinstance(chain["steps"].value, list):
        raise PlanRefused([Problem(key.line, key.place, "want_list")])
    chain["steps"].value.append(_record("chains", step, key))


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _letters(position: int) -> str:
    """The name of a column as spreadsheets show it: A … Z, AA …"""
    text = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        text = _LETTERS[letter] + text
    return text
