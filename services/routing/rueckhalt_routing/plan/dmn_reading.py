# SPDX-License-Identifier: EUPL-1.2
"""DMN decision tables as entries of a plan: our own files, and simple tables of other tools."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rueckhalt_routing.plan.cells import BAR, Cell, Row
from rueckhalt_routing.plan.dmn_writing import ANNOTATIONS, OURS, OUTPUTS, TIERS
from rueckhalt_routing.plan.reading import Entry, PlanRefused, Problem
from rueckhalt_routing.plan.sheets import DIMENSIONS, RULES, THEN_LISTS
from rueckhalt_routing.plan.vocabulary import dimensions
from rueckhalt_routing.plan.xml_text import Node, read_xml

_STRING = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*')
_NOT = re.compile(r"\s*not\s*\((.*)\)\s*", re.DOTALL)
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_IN_NAME = re.compile(r"(?:tier|stufe)[_ ]?([0-3])", re.IGNORECASE)
_POLICIES = ("UNIQUE", "FIRST")
_ANYTHING = ("", "-")
_NOTHING = ("", "-", "null", "[]")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class Tables:
    """The entries of a DMN file, and which tiers it has a table for."""

    root: Entry
    tiers: frozenset[str]


@dataclass(frozen=True)
class _Column:
    kind: str  # inputEntry | outputEntry | annotationEntry
    name: str


def from_dmn(content: bytes) -> Tables:
    """The plan in a DMN file; raises PlanRefused where it holds no such tables."""
    node = read_xml(content)
    if node.name != "definitions" or "omg.org/spec/DMN/" not in node.space:
        raise PlanRefused([Problem(node.line, node.name[:60], "no_dmn")])
    root = _rest(node)
    tables = [(d, t) for d in node.all("decision") for t in d.all("decisionTable")]
    if not tables and "rules" not in root:
        raise PlanRefused([Problem(node.line, "decisionTable", "missing")])
    rules: list[tuple[int, Entry]] = []
    for decision, table in tables:
        rules += _rules(decision, table)
    if tables:
        places = [position for position, _ in rules]
        if len(set(places)) == len(places) and -1 not in places:
            rules.sort(key=lambda each: each[0])
        root["rules"] = Entry(tables[0][1].line, "rules", [entry for _, entry in rules])
    return Tables(Entry(1, "", root), frozenset(_tier(d, t) for d, t in tables))


def _rest(node: Node) -> dict[str, Entry]:
    """What DMN has no words for, if the file is one of ours."""
    from rueckhalt_routing.plan.yaml_text import read_yaml  # noqa: PLC0415 - only for files

    extensions = node.first("extensionElements")
    plan = extensions.first("plan") if extensions is not None else None
    if plan is None or plan.space != OURS:
        return {}
    found: dict[str, Entry] = _shifted(read_yaml(plan.text), plan.line - 1).value
    return found


def _shifted(entry: Entry, lines: int) -> Entry:
    """The entries with the lines they have in the file around them."""
    value = entry.value
    if isinstance(value, dict):
        value = {name: _shifted(child, lines) for name, child in value.items()}
    elif isinstance(value, list):
        value = [_shifted(child, lines) for child in value]
    return Entry(entry.line + lines, entry.path, value)


def _tier(decision: Node, table: Node) -> str:
    told = decision.get("tier", OURS)
    if told:
        if told not in TIERS:
            raise PlanRefused(
                [Problem(decision.line, "tier", "unknown_code", told[:60], tuple(TIERS))]
            )
        return told
    named = _IN_NAME.search(f"{decision.get('id')} {decision.get('name')}")
    if named:
        return named[1]
    return "0" if table.get("hitPolicy") == "COLLECT" else "2"


def _rules(decision: Node, table: Node) -> Iterator[tuple[int, Entry]]:
    name = (decision.get("id") or decision.get("name"))[:60]
    tier = _tier(decision, table)
    policy = table.get("hitPolicy") or "UNIQUE"
    allowed = ("COLLECT",) if tier == "0" else _POLICIES
    if policy not in allowed or table.get("aggregation"):
        place = f"{name}.hitPolicy"
        raise PlanRefused([Problem(table.line, place, "unknown_code", policy[:60], allowed)])
    columns = list(_columns(table, name))
    for number, rule in enumerate(table.all("rule"), start=1):
        cells = {cell.column: cell for cell in _cells(rule, columns, f"{name}[{number}]")}
        place = f"{name}[{number}]"
        cells["tier"] = Cell("tier", tier, rule.line, place)
        position = rule.get("position", OURS)
        if "code" not in cells and not position:
            code = rule.get("id").lower()
            code = code if _CODE.fullmatch(code) else f"tier_{tier}_rule_{number}"
            cells["code"] = Cell("code", code, rule.line, place)
        row = Row(rule.line, place)
        for cell in cells.values():
            row.put(cell, RULES)
        is_number = position.isascii() and position.isdigit() and len(position) < 8
        yield int(position) if is_number else -1, row.entry


def _columns(table: Node, name: str) -> Iterator[_Column]:
    for number, node in enumerate(table.all("input"), start=1):
        expression = node.first("inputExpression")
        said = expression.first("text") if expression is not None else None
        text = (said.text if said is not None else node.get("label")).strip()
        yield _Column("inputEntry", _known(node, f"{name}.input[{number}]", text, DIMENSIONS))
    outputs = list(table.all("output"))
    for number, node in enumerate(outputs, start=1):
        text = node.get("name") or node.get("label") or ("chain" if len(outputs) == 1 else "")
        further = (*OUTPUTS, *ANNOTATIONS, "title")
        yield _Column("outputEntry", _known(node, f"{name}.output[{number}]", text, further))
    for node in table.all("annotation"):
        yield _Column("annotationEntry", node.get("name"))


def _known(node: Node, place: str, text: str, known: tuple[str, ...]) -> str:
    if text.lower() not in known:
        raise PlanRefused([Problem(node.line, place, "unknown_field", text[:60], known)])
    return text.lower()


def _cells(rule: Node, columns: list[_Column], place: str) -> Iterator[Cell]:
    for kind in ("inputEntry", "outputEntry", "annotationEntry"):
        named = [column.name for column in columns if column.kind == kind]
        entries = list(rule.all(kind))
        if kind != "annotationEntry" and len(entries) != len(named):
            where = f"{place}.{kind}"
            raise PlanRefused([Problem(rule.line, where, "bad_form", "", (f"{len(named)}",))])
        for name, entry in zip(named, entries, strict=False):
            said = entry.first("text")
            text = (said.text if said is not None else "").strip()
            cell = Cell(name, text, entry.line, f"{place}.{name}")
            if kind == "annotationEntry":
                yield from [cell] if text and name in (*ANNOTATIONS, "title") else []
            else:
                yield _input(cell) if kind == "inputEntry" else _output(cell)
    described = rule.first("description")
    if described is not None and described.text.strip():
        yield Cell("title", described.text.strip(), described.line, f"{place}.title")
    extensions = rule.first("extensionElements")
    for node in extensions.all("cell") if extensions is not None else ():
        if node.space == OURS:
            yield Cell(node.get("column"), node.text.strip(), node.line, place)


def _input(cell: Cell) -> Cell:
    if cell.text in _ANYTHING:
        return Cell(cell.column, "", cell.line, cell.place)
    negated = _NOT.fullmatch(cell.text)
    values = _strings(cell, negated[1] if negated else cell.text)
    if negated:
        known = {d.name: d.values for d in dimensions(())}[cell.column]
        unknown = [value for value in values if value not in known]
        if unknown or cell.column == "unit":
            raise PlanRefused(
                [Problem(cell.line, cell.place, "unknown_code", cell.text[:60], known)]
            )
        values = [value for value in known if value not in values]
    return Cell(cell.column, f" {BAR} ".join(values), cell.line, cell.place)


def _output(cell: Cell) -> Cell:
    text = cell.text
    if text in _NOTHING:
        return Cell(cell.column, "", cell.line, cell.place)
    if cell.column in THEN_LISTS:
        text = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        joined = f" {BAR} ".join(_strings(cell, text))
        return Cell(cell.column, joined, cell.line, cell.place)
    values = _strings(cell, text)
    if len(values) != 1:
        raise PlanRefused([Problem(cell.line, cell.place, "bad_form", text[:60], ('"…"',))])
    return Cell(cell.column, values[0], cell.line, cell.place)


def _strings(cell: Cell, text: str) -> list[str]:
    """The strings of a list, separated by commas; anything else of FEEL is refused."""
    values = []
    position = 0
    while True:
        found = _STRING.match(text, position)
        if found is None:
            allowed = ('"a", "b"', "-", 'not("a")')
            raise PlanRefused([Problem(cell.line, cell.place, "no_feel", cell.text[:60], allowed)])
        values.append(re.sub(r"\\(.)", lambda m: _ESCAPED.get(m[1], m[1]), found[1]))
        position = found.end()
        if position == len(text):
            return values
        if text[position] != ",":
            allowed = ('"a", "b"', "-", 'not("a")')
            raise PlanRefused([Problem(cell.line, cell.place, "no_feel", cell.text[:60], allowed)])
        position += 1
