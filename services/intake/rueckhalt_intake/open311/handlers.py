# SPDX-License-Identifier: EUPL-1.2
"""Use cases of looking at the lists of others: whose turn it is, and what came of it."""

from collections.abc import Sequence

from rueckhalt_intake.open311 import domain, store
from rueckhalt_intake.open311.domain import Endpoint, Standing
from rueckhalt_shared import leases, owners, states
from rueckhalt_shared.database import Transaction

STATE = "open311"
_LEASE = 600.0  # seconds; one look ends before


def take_up(
    tx: Transaction, endpoint: Endpoint, owner: str, *, at_once: bool = False
) -> Standing | None:
    """How far it is, where it is due (or somebody wants it now) and nobody else is at it."""
    standing = store.find(tx, endpoint.name)
    if not at_once and not domain.is_due(standing, tx.now):
        return None
    name = f"{STATE}:{endpoint.name}"
    is_mine = leases.take(tx, name, owner, seconds=_LEASE, is_gone=owners.is_gone)
    return standing if is_mine else None


def settle(tx: Transaction, standing: Standing, owner: str) -> None:
    """What came of a look."""
    store.save(tx, standing)
    leases.release(tx, f"{STATE}:{standing.name}", owner)


def standings(tx: Transaction, names: Sequence[str]) -> list[Standing]:
    """How far each of them is."""
    return [store.find(tx, name) for name in names]


def watch(tx: Transaction, names: Sequence[str]) -> None:
    """Say whether all of them could be reached lately; of no list, nothing."""
    if not names and STATE not in states.states(tx):
        return
    late = [each for each in standings(tx, names) if each.is_late]
    cause = "; ".join(f"{each.name}: {each.cause}, {each.failures} times in a row" for each in late)
    states.note_state(tx, STATE, "overdue" if late else "up", cause or None)
