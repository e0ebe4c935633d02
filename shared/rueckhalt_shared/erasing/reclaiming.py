# SPDX-License-Identifier: EUPL-1.2
"""After deleting: the place where the rows lay is overwritten or given back."""

from collections.abc import Sequence

from sqlalchemy import text

from rueckhalt_shared.database import Database
from rueckhalt_shared.logging import get_logger

log = get_logger(__name__)


def reclaim(database: Database, tables: Sequence[str], *, rewrite: bool = False) -> bool:
    """Truncate the write-ahead log, or vacuum the tables; false while a reader is in the way.

    SQLite overwrites deleted rows (`secure_delete`), so the log is the last place they lie.
    PostgreSQL keeps their bytes on their page until it is filled again; `rewrite` makes the tables
    anew, which locks them meanwhile: for small ones.
    """
    if database.dialect == "sqlite":
        return _truncate(database)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for table in tables:
            connection.execute(text(f"VACUUM {'FULL ' if rewrite else ''}{table}"))
        connection.execute(text("RESET statement_timeout"))
    return True


def _truncate(database: Database) -> bool:
    connection = database.engine.raw_connection()
    try:
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    if busy:
        log.info("write-ahead log is in use, truncated later", service=database.service)
    return not busy
