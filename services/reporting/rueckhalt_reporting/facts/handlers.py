# SPDX-License-Identifier: EUPL-1.2
"""Collecting facts: whatever an event says changes the fact and, in the same breath, the counts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from rueckhalt_reporting.facts import ageing, domain, store
from rueckhalt_reporting.facts.domain import Cell, Fact, Scheme
from rueckhalt_reporting.rollups import handlers as rollups
from rueckhalt_shared.contracts import codes
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.erasing.retaining import Aged
from rueckhalt_shared.subscriptions import Foreign

MINUTE_EDGES = domain.MINUTES  # the buckets of `minutes_to_take_over`


@dataclass(frozen=True)
class Noted:
    """What an event says about an incident."""

    incident: str
    municipality: str
    change: Callable[[Fact], Fact]


def note(tx: Transaction, noted: Noted, *, mode: str) -> None:
    """Take in what an event says. Tests and drills leave no trace.

    Facts and counts are written before the commit, those of a whole batch in few statements.
    """
    if mode in domain.COUNTED_MODES:
        tx.collect(apply, noted)


def apply(tx: Transaction, noted: Sequence[Noted]) -> None:
    """Change the facts and, in the same breath, the counts."""
    before = store.find_all(tx, {each.incident for each in noted})
    after = dict(before)
    for each in noted:
        fact = after.get(each.incident) or Fact(
            incident=each.incident, municipality=each.municipality
        )
        if fact.municipality != each.municipality:
            raise Foreign("the incident is another municipality's")
        after[each.incident] = each.change(fact)
    changed = [fact for incident, fact in after.items() if fact != before.get(incident)]
    store.add_all(tx, [fact for fact in changed if fact.incident not in before])
    store.save_all(tx, [fact for fact in changed if fact.incident in before])
    rollups.recount(
        tx,
        before=_cells(before[fact.incident] for fact in changed if fact.incident in before),
        after=_cells(changed),
    )


def rebuild_month(tx: Transaction, month: str) -> dict[Cell, int]:
    """Count a month from its facts; answers the cells that were wrong, by how much.

    Nothing is done to a month whose facts have gone by their class, also since `months` was asked.
    """
    rollups.keep_others_out(tx)
    if ageing.frozen_among(tx, [month]):
        return {}
    return rollups.replace_month(tx, month, _cells(store.of_month(tx, month)))


def drop_old(tx: Transaction, aged: Sequence[Aged]) -> None:
    """The rows go, what they counted stays; no month is counted afresh meanwhile."""
    rollups.keep_others_out(tx)
    ageing.drop(tx, aged)


def months(tx: Transaction) -> list[str]:
    """Every month that can be counted: not those whose facts have gone by their class."""
    known = {*store.months(tx), *rollups.counted_months(tx)}
    return sorted(known - ageing.frozen_among(tx, known))


def _cells(facts: Iterable[Fact]) -> Iterator[Cell]:
    for fact in facts:
        yield from domain.cells(fact, scheme())


@cache
def scheme() -> Scheme:
    """How the published lists rank (DECISIONS 25: the highest severity, then their own order)."""
    by_severity = sorted(codes.FORMS, key=lambda code: -(codes.FORMS[code].severity or 0))
    return Scheme(
        forms=_ranks(by_severity),
        affected_groups=_ranks(codes.AFFECTED_GROUPS.codes),
        motives=_ranks(codes.MOTIVES.codes),
        outer_classes={code: codes.FORMS[code].outer for code in codes.FORMS},
    )


def _ranks(ordered: list[str] | tuple[str, ...]) -> dict[str, int]:
    # "unknown" never leads where anything is known.
    known = [code for code in ordered if code != domain.UNKNOWN]
    return {code: rank for rank, code in enumerate([*known, domain.UNKNOWN])}
