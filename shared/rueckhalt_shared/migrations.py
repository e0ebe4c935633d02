# SPDX-License-Identifier: EUPL-1.2
"""Bring a service's database to the newest revision of the service's own migration tree.

The trees are numbered files in `rueckhalt_<service>/migrations/`. Alembic is imported only where
something is to be done: a start with a current database costs one query.
"""

import importlib.resources
import re
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text

from rueckhalt_shared.engines import connect_engine

_NUMBERED = re.compile(r"^(\d{4})_[a-z0-9_]+\.py$")
_LOCK = 0x5275_656B  # the advisory lock of PostgreSQL under which migrations run


class NotMigrated(Exception):
    """The database has another revision than the installed service."""


def head(package: str) -> str:
    """The newest revision in the package, "0001" for example."""
    found = sorted(
        match.group(1)
        for entry in importlib.resources.files(package).iterdir()
        if (match := _NUMBERED.match(entry.name))
    )
    if not found:
        raise NotMigrated(f"{package} holds no migration")
    return found[-1]


def revision(engine: Engine) -> str | None:
    """The revision a database is at; none for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_current(url: str, package: str) -> bool:
    """True when the database is at the head of the package's tree."""
    engine = connect_engine(url, busy_seconds=5)
    try:
        return revision(engine) == head(package)
    finally:
        engine.dispose()


def upgrade(url: str, package: str, *, target: str | None = None) -> str:
    """Run the missing migrations, all in one transaction; answers the revision reached.

    Two starts at the same time are safe: on PostgreSQL an advisory lock, on SQLite the write
    lock lets the second one find the work done.
    """
    wanted = target or head(package)
    engine = connect_engine(url, busy_seconds=30)
    try:
        if revision(engine) == wanted:
            return wanted
        with engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            _run(connection, package, wanted)
    finally:
        engine.dispose()
    return wanted


def _run(connection: Any, package: str, wanted: str) -> None:
    # A start with nothing to do never imports alembic.
    from alembic.config import Config  # noqa: PLC0415
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    folder = Path(str(importlib.resources.files(package)))
    script = ScriptDirectory(str(folder), version_locations=[str(folder)])

    def steps(current: Any, context: Any) -> Any:
        return script._upgrade_revs(wanted, current)

    with EnvironmentContext(Config(), script, fn=steps, destination_rev=wanted) as environment:
        environment.configure(connection=connection, render_as_batch=True, transactional_ddl=False)
        environment.run_migrations()
