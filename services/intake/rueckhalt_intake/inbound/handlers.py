# SPDX-License-Identifier: EUPL-1.2
"""Use cases of arrivals: they come in once, wait, are read on record, become a report or go."""

from collections.abc import Collection, Sequence

from rueckhalt_intake.evidence.handlers import Arrived
from rueckhalt_intake.inbound import store
from rueckhalt_intake.inbound.domain import Arrival
from rueckhalt_shared.database import Transaction


def propose(tx: Transaction, arrival: Arrival, files: Sequence[Arrived]) -> str:
    """It waits for a person from now on; answers its id, or the id it had when it came before."""
    known = store.marked(tx, arrival.mark)
    if known is not None:
        return known
    store.add(tx, arrival)
    for number, each in enumerate(files):
        store.add_file(tx, number, each.attachment, each.sealed.pieces())
    return arrival.id


def came_before(tx: Transaction, mark: str) -> str | None:
    """The id of the same mail or entry, where it came already."""
    return store.marked(tx, mark)


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys belong to an arrival."""
    return store.key_ids(tx, among)
