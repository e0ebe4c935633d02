# SPDX-License-Identifier: EUPL-1.2
"""The plan as a heat map: two dimensions spread out, the others summed up in each cell."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rueckhalt_routing.plan.domain import Plan
from rueckhalt_routing.proof.covering import Box, fewest_boxes, volume
from rueckhalt_routing.proof.table import Dimension, indices
from rueckhalt_routing.proving.tables import CATCH_ALL_TIER, Laid

ROWS, COLUMNS = "form", "urgency"
CHOICES = ("urgency", "group", "relation", "time_class", "unit", "bias", "wish")
"""What the second dimension may be; the most useful first."""
GAP, WEAK, DELIBERATE, HELD = "gap", "weak", "deliberate", "held"


@dataclass(frozen=True)
class Cell:
    """One cell of the map: so many single cases, and who holds how many of them."""

    cases: int
    gap: int
    weak: int
    """Held by the catch-all rule only, and signed by nobody."""
    caught: int
    """Held by the catch-all rule only, signed or not."""
    winners: tuple[tuple[str, int], ...]
    """The rules that win here with their cases, the greatest share first."""

    @property
    def state(self) -> str:
        """The worst that is true of any case in it."""
        if self.gap:
            return GAP
        if self.weak:
            return WEAK
        return DELIBERATE if self.caught else HELD

    @property
    def share(self) -> float:
        """Of what the state says, 0 to 1."""
        figures = {GAP: self.gap, WEAK: self.weak, DELIBERATE: self.caught, HELD: self.cases}
        return figures[self.state] / self.cases


@dataclass(frozen=True)
class Heat:
    """The whole map."""

    rows: Dimension
    columns: Dimension
    cells: Mapping[tuple[str, str], Cell]

    @cached_property
    def counts(self) -> Counter[str]:
        """How many cells are in which state."""
        return Counter(cell.state for cell in self.cells.values())


def heat(plan: Plan, columns: str = COLUMNS) -> Heat:
    """The map of form and another dimension. Raises TooTangled."""
    laid = Laid(plan)
    names = [dimension.name for dimension in laid.dimensions]
    row, column = names.index(ROWS), names.index(columns)
    won: dict[tuple[int, int], Counter[int | None]] = {}
    for box in laid.boxes:
        _spread(box, (row, column), won, box.rule)
    signed = [laid.masks_of(each) for each in plan.deliberate]
    bare: dict[tuple[int, int], Counter[int | None]] = {}
    catch_all = any(rule.tier == CATCH_ALL_TIER for rule in laid.rules)
    if catch_all:
        specific = (*laid.masks[: laid.specific], *signed)
        for box in fewest_boxes(laid.sizes, specific).boxes():
            if box.rule is None:
                _spread(box, (row, column), bare, None)
    rows_, columns_ = laid.dimensions[row], laid.dimensions[column]
    cases = laid.universe // (rows_.size * columns_.size)
    return Heat(
        rows_,
        columns_,
        {
            (rows_.values[r], columns_.values[c]): _cell(
                laid, won.get((r, c), Counter()), bare.get((r, c), Counter()), cases
            )
            for r in range(rows_.size)
            for c in range(columns_.size)
        },
    )


def _spread(
    box: Box,
    places: tuple[int, int],
    found: dict[tuple[int, int], Counter[int | None]],
    rule: int | None,
) -> None:
    row, column = (box.masks[place] for place in places)
    each = volume(box.masks) // (row.bit_count() * column.bit_count())
    for r in indices(row):
        for c in indices(column):
            found.setdefault((r, c), Counter())[rule] += each


def _cell(laid: Laid, won: Counter[int | None], bare: Counter[int | None], cases: int) -> Cell:
    winners = [(rule, count) for rule, count in won.most_common() if rule is not None]
    return Cell(
        cases=cases,
        gap=won[None],
        weak=bare[None],
        caught=_caught(laid, winners),
        winners=tuple((laid.rules[rule].code, count) for rule, count in winners),
    )


def _caught(laid: Laid, winners: Iterable[tuple[int, int]]) -> int:
    return sum(count for rule, count in winners if laid.rules[rule].tier == CATCH_ALL_TIER)
