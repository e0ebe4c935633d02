# SPDX-License-Identifier: EUPL-1.2
"""Row-level security of PostgreSQL, for the migrations that bring it. Never edit it.

Which rows a session sees and writes says its setting `rueckhalt.reach`: regional keys with commas
between (a short one opens all below it), `*` for every row, empty for none. A session that never
said its reach gets an error from the first guarded table it asks: silence would look like an
empty house to a backup, or to a round that deletes what nobody needs. Not on SQLite.
"""

from typing import Any

_REACH = "current_setting('rueckhalt.reach')"
# As a subquery it is asked once a statement, not once a row; for one new row that would cost more.
_ONCE = f"(SELECT {_REACH})"
_ALL = f"{_ONCE} = '*'"
# An empty key would be the beginning of every municipality; as NULL it is the beginning of none.
_KEYS = f"string_to_array({_REACH}, ',', '')"
_SEEN = f"({_ALL} OR municipality ^@ ANY ((SELECT {_KEYS})::text[]))"
_WRITTEN = f"({_REACH} = '*' OR municipality ^@ ANY ({_KEYS}))"
# ",160770999999,14" holds ",16077": a key of the reach lies below this row's region.
_ABOVE = f"(strpos(',' || {_ONCE}, ',' || municipality) > 0)"


def guard(op: Any, table: str) -> None:
    """A table with a municipality: only rows within reach; `op` is alembic's."""
    within = f"CREATE POLICY within_reach ON {table} USING {_SEEN} WITH CHECK {_WRITTEN}"
    _run(op, *_guarded(table), within)


def guard_inherited(op: Any, table: str) -> None:
    """The same, and rows of the regions above may be read: a Kreis' plan counts for its towns."""
    guard(op, table)
    _run(op, f"CREATE POLICY from_above ON {table} FOR SELECT USING {_ABOVE}")


def guard_below(op: Any, table: str, *, column: str, parent: str, key: str) -> None:
    """A table that hangs on a guarded one: rows whose parent is within reach.

    A new row is not held against its parent, which the same statement may be about to insert.
    """
    found = f"EXISTS (SELECT FROM {parent} WHERE {parent}.{key} = {table}.{column})"
    _run(op, *_guarded(table), *_apart(table, f"({_ALL} OR {found})"))


def guard_for_workers(op: Any, table: str) -> None:
    """Rows that a request may leave for the worker, and only the worker ever reads."""
    _run(op, *_guarded(table), *_apart(table, f"({_ALL})"))


def _guarded(table: str) -> list[str]:
    """Also for the owner of the table, who is the service itself."""
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]


def _apart(table: str, seen: str) -> list[str]:
    return [
        f"CREATE POLICY to_read ON {table} FOR SELECT USING {seen}",
        f"CREATE POLICY to_change ON {table} FOR UPDATE USING {seen}",
        f"CREATE POLICY to_remove ON {table} FOR DELETE USING {seen}",
        f"CREATE POLICY to_add ON {table} FOR INSERT WITH CHECK ({_REACH} <> '')",
    ]


def _run(op: Any, *statements: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
