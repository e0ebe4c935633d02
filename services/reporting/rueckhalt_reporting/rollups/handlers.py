# SPDX-License-Identifier: EUPL-1.2
"""Counting and reading counts. Each works inside one open transaction."""

from collections import Counter
from collections.abc import Iterable

from rueckhalt_reporting.rollups import domain, store
from rueckhalt_reporting.rollups.domain import Cell
from rueckhalt_shared.database import Transaction


def recount(tx: Transaction, *, before: Iterable[Cell], after: Iterable[Cell]) -> None:
    """A fact has changed: minus what it counted as, plus what it counts as now."""
    store.add(tx, domain.difference(before, after))


def keep_others_out(tx: Transaction) -> None:
    """Nobody else counts until the commit."""
    store.lock(tx)


def replace_month(tx: Transaction, month: str, cells: Iterable[Cell]) -> dict[Cell, int]:
    """Count a month afresh; answers the cells that were wrong, by how much.

    `cells` is read only after other writers are kept out, so give a generator.
    """
    store.lock(tx)
    before = store.cells_of(tx, month)
    after = dict(Counter(cells))
    store.replace(tx, month, after)
    return {
        cell: after.get(cell, 0) - before.get(cell, 0)
        for cell in sorted(before.keys() | after.keys())
        if after.get(cell, 0) != before.get(cell, 0)
    }


def counts(tx: Transaction, region: str, months: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """The counts by dimension and value of a municipality, or of all municipalities of a key."""
    return store.find(tx, region, months)


def totals(tx: Transaction, municipality: str, months: tuple[str, ...]) -> dict[str, int]:
    """The total of each of the months."""
    return store.totals(tx, municipality, months)


def counted_months(tx: Transaction) -> list[str]:
    """Every month that has cells."""
    return store.months(tx)
