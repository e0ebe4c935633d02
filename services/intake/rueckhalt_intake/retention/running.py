# SPDX-License-Identifier: EUPL-1.2
"""Runs the deletion classes: once a day by itself, or when somebody asks; a dry run only tells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rueckhalt_intake.erasure.domain import OnHold
from rueckhalt_intake.erasure.ordering import Ordering
from rueckhalt_intake.incidents.domain import ChangedMeanwhile, Erased, NoSuchIncident
from rueckhalt_intake.incidents.erasing import Reach
from rueckhalt_intake.retention import handlers
from rueckhalt_intake.retention.domain import Classes, Due
from rueckhalt_intake.vault.sealing import SealedStrictly
from rueckhalt_shared.database import Database, Transaction
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state, states

log = get_logger(__name__)
_PAGE = 500
_BY = "retention"
_DAY = timedelta(days=1)
_STATE = "retention"


@dataclass(frozen=True)
class Outcome:
    """What came of one incident that was due: `due` (dry run), `erased`, `held` or `changed`;
    `sealed`: who reported can be forgotten by a holder of the role key only."""

    due: Due
    result: str


def run(ordering: Ordering, classes: Classes, *, dry_run: bool) -> Iterator[Outcome]:
    """Go through everything that is due; each erasure is an order of its own."""
    after: str | None = ""
    while after is not None:
        found, after = ordering.database.read(handlers.due_among, classes, after=after, limit=_PAGE)
        for due, is_held in found:
            if is_held:
                yield Outcome(due, "held")
            else:
                yield Outcome(due, "due" if dry_run else _erased(ordering, due))


def daily(ordering: Ordering, read: Callable[[], Classes]) -> Callable[[Database], bool]:
    """The worker's round: due a day after the last one, the first time a day after the start."""

    def round_(database: Database) -> bool:
        if not database.run(_is_due):
            return False
        outcomes = list(run(ordering, read(), dry_run=False))
        erased = sum(outcome.result == "erased" for outcome in outcomes)
        if outcomes:
            log.info("deletion classes applied", count=erased)
        database.run(note_state, _STATE, "running")
        return False

    return round_


def last_run(tx: Transaction) -> datetime | None:
    """When the daily round last went through, or was first started; None before."""
    last = states(tx).get(_STATE)
    return last.at if last is not None else None


def _is_due(tx: Transaction) -> bool:
    last = states(tx).get(_STATE)
    if last is None:
        note_state(tx, _STATE, "running")
        return False
    return tx.now - last.at >= _DAY


def _erased(ordering: Ordering, due: Due) -> str:
    reach = Reach(municipalities=("*",), mode=due.mode, sender=None)
    try:
        ordering.give(due.incident, reach, scope=due.scope, reason="retention", by=_BY)
    except OnHold:
        return "held"
    except (ChangedMeanwhile, Erased, NoSuchIncident):
        return "changed"
    except SealedStrictly:
        return "sealed"
    return "erased"
