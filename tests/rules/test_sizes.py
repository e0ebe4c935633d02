# SPDX-License-Identifier: EUPL-1.2
"""Rooms stay small enough to be read at one go: files, functions, parameters (STYLE B3)."""

import ast
from collections.abc import Iterator

import pytest

from tests.rules import house
from tests.rules.house import ROOT, Source, planted

FILE, TEST_FILE, FUNCTION = 400, 500, 60

# Tables of data: long because the world is, and without a single branch.
DATA: set[str] = set()


def test_sources() -> list[Source]:
    """Read all test files."""
    return [
        Source(path.stem, path.relative_to(ROOT), path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "tests").rglob("*.py"))
    ]


test_sources.__test__ = False  # type: ignore[attr-defined]


def long_files(source: Source, *, limit: int) -> Iterator[str]:
    """Say when a file is longer than the limit; tables of data do not count."""
    lines = source.text.count("\n")
    if lines > limit and str(source.path) not in DATA:
        yield source.at(lines, f"{lines} lines, at most {limit}: split it by a word of the domain")


def long_functions(source: Source) -> Iterator[str]:
    """List functions that do not fit on a screen, counted with their decorators."""
    for node in house.functions(source):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        length = (node.end_lineno or first) - first + 1
        if length > FUNCTION:
            yield source.at(first, f"{node.name}: {length} lines, at most {FUNCTION}")


def data_with_logic(source: Source) -> Iterator[str]:
    """List functions in what claims to be a table of data."""
    for node in house.functions(source):
        if any(isinstance(inner, ast.If | ast.For | ast.While) for inner in ast.walk(node)):
            yield source.at(node.lineno, f"{node.name}: a table of data decides nothing")


def test_files_are_short() -> None:
    assert [f for source in house.sources() for f in long_files(source, limit=FILE)] == []


def test_test_files_are_short() -> None:
    assert [f for source in test_sources() for f in long_files(source, limit=TEST_FILE)] == []


def test_functions_are_short() -> None:
    assert [f for source in house.sources() for f in long_functions(source)] == []


def test_tables_of_data_hold_no_logic() -> None:
    tables = [source for source in house.sources() if str(source.path) in DATA]

    assert [fault for source in tables for fault in data_with_logic(source)] == []


def test_logic_in_a_table_of_data_is_caught() -> None:
    assert list(data_with_logic(planted("def label(code):\n    if code: return 1")))


@pytest.mark.parametrize("lines", [FILE, FILE + 1])
def test_a_long_file_is_caught(lines: int) -> None:
    assert len(list(long_files(planted("\n" * lines), limit=FILE))) == lines - FILE


@pytest.mark.parametrize("lines", [FUNCTION, FUNCTION + 1])
def test_a_long_function_is_caught(lines: int) -> None:
    source = planted("def close(tx):\n" + "    tx.now\n" * (lines - 1))

    assert len(list(long_functions(source))) == lines - FUNCTION
