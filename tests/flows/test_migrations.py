# SPDX-License-Identifier: EUPL-1.2
"""The migrations of each service make what its stores describe, and stand on frozen ground."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, create_engine, inspect

from rueckhalt_shared.migrations import upgrade
from rueckhalt_shared.plumbing import plumbing
from tests.servers import PrivatePostgres

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "routing", "notify", "reporting")
FROZEN = {
    "alembic",
    "sqlalchemy",
    "rueckhalt_shared.columns",
    "rueckhalt_shared.first_plumbing",
    "rueckhalt_shared.row_policies",
    "rueckhalt_shared.second_plumbing",
}
VERSIONS = sorted(ROOT.glob("services/*/rueckhalt_*/migrations/[0-9]*.py"))


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases of one kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/migrated.db", f"sqlite:///{tmp_path}/described.db"
    else:
        server: PrivatePostgres = request.getfixturevalue("postgres")
        yield server.create_database(), server.create_database()


def metadata_of(service: str) -> MetaData:
    importlib.import_module(f"rueckhalt_{service}.app")  # defines all tables
    found: MetaData = importlib.import_module(f"rueckhalt_{service}.tables").metadata
    return found


def shape(engine: Engine) -> dict[str, Any]:
    """Everything a database tells of its tables, also what alembic does not compare."""
    seen = inspect(engine)
    return {
        table: {
            "columns": [
                {key: str(column.get(key)) for key in ("name", "type", "nullable", "default")}
                for column in seen.get_columns(table)
            ],
            "primary key": seen.get_pk_constraint(table),
            "foreign keys": [_foreign_key(engine, each) for each in seen.get_foreign_keys(table)],
            "unique": sorted(map(str, seen.get_unique_constraints(table))),
            "indexes": sorted(
                f"{index['name']} {index['column_names']} {index['unique']}"
                f" {sorted((k, str(v)) for k, v in index.get('dialect_options', {}).items())}"
                for index in seen.get_indexes(table)
            ),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def _foreign_key(engine: Engine, told: Any) -> dict[str, Any]:
    """SQLite does not tell the name of one that came with a column of its own later."""
    named = engine.dialect.name != "sqlite"
    return {key: value for key, value in told.items() if named or key != "name"}


def imported(path: Path) -> set[str]:
    """The modules a file imports, of shared each by itself."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = {alias.name for alias in getattr(node, "names", ())}
        if isinstance(node, ast.ImportFrom):
            own = node.module == "rueckhalt_shared"
            found |= {f"{node.module}.{name}" for name in names} if own else {str(node.module)}
        elif isinstance(node, ast.Import):
            found |= names
    return found


def test_a_migrated_database_is_the_described_one(service: str, urls: tuple[str, str]) -> None:
    both = [metadata_of(service), plumbing]
    upgrade(urls[0], f"rueckhalt_{service}.migrations")
    migrated, described = (create_engine(url) for url in urls)
    for each in both:
        each.create_all(described)

    with migrated.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, both)

    assert differences == []
    assert shape(migrated) == shape(described)
    migrated.dispose()
    described.dispose()


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_a_migration_knows_nothing_that_changes_later(path: Path) -> None:
    """Tables in code move on; a migration that asks them would make another database each year."""
    assert imported(path) <= FROZEN
