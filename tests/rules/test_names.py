# SPDX-License-Identifier: EUPL-1.2
"""Names say what a thing is; the ones that say nothing are banned (STYLE B10)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules import house
from tests.rules.house import PACKAGES, ROOT, Source, planted

BANNED = {
    *("util", "utils", "helper", "helpers", "common", "misc", "base", "core"),
    *("manager", "processor", "data", "info"),
}
BANNED_VERBS = ("handle_", "process_")
MIGRATION = re.compile(r"(\d{4})_[a-z0-9_]+")


def words(name: str) -> list[str]:
    """Split a snake_case or CamelCase name into small words."""
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


def empty_words(name: str) -> bool:
    """Say whether a name contains a word that says nothing."""
    return bool(BANNED & set(words(name))) or name.startswith(BANNED_VERBS)


def bad_names(source: Source) -> Iterator[str]:
    """List file and class names that say nothing."""
    if empty_words(source.name):
        yield source.at(1, f"{source.name}: name the file after what it holds")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and empty_words(node.name):
            yield source.at(node.lineno, f"{node.name}: name the class after what it is")


def bad_numbers(names: list[str]) -> Iterator[str]:
    """List gaps and strange names in the migrations of one service."""
    for expected, name in enumerate(names, start=1):
        match = MIGRATION.fullmatch(name)
        if match is None or int(match[1]) != expected:
            yield f"{name}: expected {expected:04d}_<what_it_does>"


def migrations(package: str) -> list[str]:
    """List the migration files of a service in order."""
    folder = PACKAGES[package] / "migrations"
    return sorted(
        path.stem for path in folder.rglob("*.py") if path.stem not in {"__init__", "env"}
    )


def test_names_say_something() -> None:
    assert [fault for source in house.sources() for fault in bad_names(source)] == []


@pytest.mark.parametrize(
    "source",
    [
        planted("", module="rueckhalt_intake.incidents.utils"),
        planted("", module="rueckhalt_intake.handle_incident"),
        planted("class IncidentManager: ..."),
        planted("class BaseStore: ..."),
    ],
)
def test_an_empty_name_is_caught(source: Source) -> None:
    assert list(bad_names(source))


def test_names_with_a_banned_word_inside_another_word_pass() -> None:
    assert not list(bad_names(planted("class Database: ...\nclass MetadataRow: ...")))


@pytest.mark.parametrize("package", [p for p in PACKAGES if p != "rueckhalt_shared"])
def test_migrations_are_numbered(package: str) -> None:
    names = migrations(package)

    assert names, f"{package} has no migrations"
    assert list(bad_numbers(names)) == []


@pytest.mark.parametrize("package", [p for p in PACKAGES if p != "rueckhalt_shared"])
def test_each_migration_follows_the_one_before(package: str) -> None:
    folder = PACKAGES[package] / "migrations"

    for name in migrations(package):
        text = next(folder.rglob(f"{name}.py")).read_text(encoding="utf-8")
        number = int(name[:4])
        below = f'"{number - 1:04d}"' if number > 1 else "None"
        assert re.search(rf'^revision(: str)? = "{number:04d}"$', text, re.MULTILINE), name
        assert re.search(rf"^down_revision(: [^=]+)? = {below}$", text, re.MULTILINE), name


@pytest.mark.parametrize("names", [["0002_more"], ["0001_first", "0003_gap"], ["first_rooms"]])
def test_a_gap_in_the_numbers_is_caught(names: list[str]) -> None:
    assert list(bad_numbers(names))


def test_rooms_use_the_names_everybody_knows() -> None:
    unknown = {"models", "services", "routes", "api", "repository", "tasks", "forms", "dao"}

    found = [Path(source.path) for source in house.service_sources() if source.name in unknown]
    assert [
        str(path.relative_to(ROOT)) if path.is_absolute() else str(path) for path in found
    ] == []
