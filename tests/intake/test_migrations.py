# SPDX-License-Identifier: EUPL-1.2
"""The migrated database has the tables the stores describe, on both databases."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import rueckhalt_intake.app  # noqa: F401 - defines all tables
from rueckhalt_intake.tables import metadata
from rueckhalt_shared.plumbing import plumbing


def test_the_migrated_database_is_what_the_stores_describe(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)

        differences = compare_metadata(context, [metadata, plumbing])

    engine.dispose()
    assert differences == []
