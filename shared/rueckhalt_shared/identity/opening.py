# SPDX-License-Identifier: EUPL-1.2
"""Open the identity store of an installation and bring its tables up to date.

Every service may be the first one to need it, so whoever opens it prepares it: missing tables are
made, missing columns added. Nothing is ever removed here, so old and new versions share it.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.schema import CreateColumn

from rueckhalt_shared.database import Database, Transaction, utcnow
from rueckhalt_shared.identity.tables import SCHEMA, metadata
from rueckhalt_shared.plumbing import (
    audit_cases,
    audit_checks,
    audit_heads,
    audit_readings,
    audit_rows,
    plumbing,
)

_AUDIT = [audit_rows, audit_cases, audit_readings, audit_heads, audit_checks]
_LOCK = 7264736  # the advisory lock of PostgreSQL: two processes start at once


class IdentityDatabase(Database):
    """The installation's identity store; prepared at the first use."""

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utcnow) -> None:
        # From here comes what a caller may reach: it is read before anybody knows.
        super().__init__(url, "identity", clock=clock, guarded=False)
        if self.dialect == "postgresql":
            self.use_schema(SCHEMA)
        self._prepared = False
        self._lock = threading.Lock()

    def prepare(self) -> "IdentityDatabase":
        """Make what is missing, once per process."""
        with self._lock:
            if not self._prepared:
                self.run(_bring_up_to_date)
                self._prepared = True
        return self


def _bring_up_to_date(tx: Transaction) -> None:
    schema = SCHEMA if tx.dialect == "postgresql" else None
    if schema:
        tx.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        tx.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    metadata.create_all(tx.connection)
    plumbing.create_all(tx.connection, tables=_AUDIT)
    found = inspect(tx.connection)
    place = f"{schema}." if schema else ""
    for table in metadata.sorted_tables:
        known = {column["name"] for column in found.get_columns(table.name, schema=schema)}
        for column in (each for each in table.columns if each.name not in known):
            told: Any = CreateColumn(column).compile(dialect=tx.connection.dialect)
            tx.execute(text(f"ALTER TABLE {place}{table.name} ADD COLUMN {told}"))
