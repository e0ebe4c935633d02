# SPDX-License-Identifier: EUPL-1.2
"""Counting by difference."""

from rueckhalt_reporting.rollups.domain import difference

TOTAL = ("2026-11", "160770999999", "total", "all")
INSULT = ("2026-11", "160770999999", "forms", "insult")
THREAT = ("2026-11", "160770999999", "forms", "threat")


def test_a_new_fact_enters_its_cells() -> None:
    assert difference([], [TOTAL, THREAT]) == {THREAT: 1, TOTAL: 1}


def test_a_changed_fact_leaves_one_cell_and_enters_another() -> None:
    assert difference([TOTAL, INSULT], [TOTAL, THREAT]) == {INSULT: -1, THREAT: 1}


def test_what_stays_costs_nothing() -> None:
    assert difference([TOTAL, INSULT], [INSULT, TOTAL]) == {}


def test_cells_come_in_a_fixed_order_so_that_two_workers_never_deadlock() -> None:
    assert list(difference([], [TOTAL, THREAT, INSULT])) == [INSULT, THREAT, TOTAL]
