# SPDX-License-Identifier: EUPL-1.2
"""The rollups table: one row a cell, its primary key is the whole question of a summary.

Rows are never taken away while facts arrive (a cell may fall to 0), so that counting is an
UPDATE in nearly every case.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import (
    Column,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from rueckhalt_reporting.rollups.domain import Cell
from rueckhalt_reporting.tables import metadata
from rueckhalt_shared.database import Transaction

rollups = Table(
    "rollups",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("municipality", String(12), primary_key=True),
    Column("dimension", String(40), primary_key=True),
    Column("value", String(40), primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

_CELL = ("month", "municipality", "dimension", "value")
_INSERT = insert(rollups)
_ADD = (
    update(rollups)
    .where(*(rollups.c[name] == bindparam(f"in_{name}") for name in _CELL))
    .values(n=rollups.c.n + bindparam("by"))
)
_KNOWN = select(rollups.c.dimension, rollups.c.value).where(
    rollups.c.month == bindparam("month"), rollups.c.municipality == bindparam("municipality")
)
_OF_TOWN = select(rollups.c.dimension, rollups.c.value, rollups.c.n).where(
    rollups.c.month == bindparam("month"),
    rollups.c.municipality == bindparam("municipality"),
    rollups.c.n != 0,
)
_SUMS = (
    select(rollups.c.dimension, rollups.c.value, func.sum(rollups.c.n).label("n"))
    .where(
        rollups.c.month.in_(bindparam("months", expanding=True)),
        rollups.c.municipality.between(bindparam("lowest"), bindparam("highest")),
    )
    .group_by(rollups.c.dimension, rollups.c.value)
    .having(func.sum(rollups.c.n) != 0)
)
_MONTHS = select(rollups.c.month).distinct()
_CELLS = select(rollups).where(rollups.c.month == bindparam("month"), rollups.c.n != 0)
_TOTALS = select(rollups.c.month, rollups.c.n).where(
    rollups.c.month.in_(bindparam("months", expanding=True)),
    rollups.c.municipality == bindparam("municipality"),
    rollups.c.dimension == "total",
)
_CLEAR = delete(rollups).where(rollups.c.month == bindparam("of_month"))
_ARS = 12


class Overtaken(Exception):
    """Another worker opened the same cell in the same moment: the event is applied again."""


def add(tx: Transaction, change: Mapping[Cell, int]) -> None:
    """Add to the cells, opening those that do not exist yet."""
    if not change:
        return
    rows = [
        dict(zip((f"in_{name}" for name in _CELL), cell, strict=True)) | {"by": by}
        for cell, by in change.items()
    ]
    updated = tx.execute(_ADD, rows).rowcount
    if updated == len(rows):
        return
    missing = {cell: by for cell, by in change.items() if cell not in _known(tx, change)}
    insert_all(tx, missing)
    if updated + len(missing) != len(rows):
        raise Overtaken


def insert_all(tx: Transaction, counts: Mapping[Cell, int]) -> None:
    """Open cells with their first count."""
    rows = [dict(zip(_CELL, cell, strict=True)) | {"n": n} for cell, n in counts.items()]
    if rows:
        tx.execute(_INSERT, rows)


def find(tx: Transaction, region: str, months: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """The counts by dimension and value of a municipality or of all below a key."""
    if len(region) == _ARS and len(months) == 1:
        rows = tx.execute(_OF_TOWN, {"month": months[0], "municipality": region})
    else:
        rows = tx.execute(
            _SUMS,
            {
                "months": list(months),
                "lowest": region.ljust(_ARS, "0"),
                "highest": region.ljust(_ARS, "9"),
            },
        )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.dimension, {})[row.value] = int(row.n)
    return counts


def totals(tx: Transaction, municipality: str, months: tuple[str, ...]) -> dict[str, int]:
    """The total of each month of one municipality; months without any are 0."""
    rows = tx.execute(_TOTALS, {"months": list(months), "municipality": municipality})
    return dict.fromkeys(months, 0) | {row.month: row.n for row in rows}


def months(tx: Transaction) -> list[str]:
    """Every month that has cells."""
    return [row.month for row in tx.execute(_MONTHS)]


def cells_of(tx: Transaction, month: str) -> dict[Cell, int]:
    """The cells of a month, of all municipalities."""
    return {
        (row.month, row.municipality, row.dimension, row.value): row.n
        for row in tx.execute(_CELLS, {"month": month})
    }


def replace(tx: Transaction, month: str, counts: Mapping[Cell, int]) -> None:
    """Put these cells in the place of the month's; call `lock` before counting them."""
    tx.execute(_CLEAR, {"of_month": month})
    insert_all(tx, counts)


def lock(tx: Transaction) -> None:
    """Keep other writers from the cells until the commit; SQLite has one writer anyway."""
    if tx.dialect == "postgresql":
        tx.execute(text("LOCK TABLE rollups IN SHARE ROW EXCLUSIVE MODE"))


def _known(tx: Transaction, cells: Iterable[Cell]) -> set[Cell]:
    towns = {(month, municipality) for month, municipality, _, _ in cells}
    return {
        (month, municipality, row.dimension, row.value)
        for month, municipality in towns
        for row in tx.execute(_KNOWN, {"month": month, "municipality": municipality})
    }
