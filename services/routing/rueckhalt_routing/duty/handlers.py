# SPDX-License-Identifier: EUPL-1.2
"""Use cases: what changed from day to day, for the router and the proof; and that it changed."""

from datetime import datetime

from rueckhalt_routing.duty import entries, store
from rueckhalt_routing.duty.domain import Facts
from rueckhalt_routing.persons import handlers as people
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_shared.contracts import ContactReachabilityChanged
from rueckhalt_shared.database import Transaction

CHANGED = "facts"
"""The name by which a loop that proves anew is woken."""
_MOST_KEPT = 64


def facts(tx: Transaction, municipality: str) -> Facts:
    """What counts today beside the plan of a municipality, own or inherited.

    People are those of the region whose plan counts; a crisis is one of the town or of a region
    above it. What was over 90 days ago is not kept. Read again only after a change.
    """
    version = plans.published_version(tx, municipality)
    stamps = store.stamps_of(tx, plans.ancestors(municipality))
    kept: dict[str, tuple[object, Facts]] = tx.context.setdefault("facts", {})
    state = (version and version.id, stamps)
    known = kept.get(municipality)
    if known is not None and known[0] == state:
        return known[1]
    found = _read(tx, municipality)
    if stamps:  # without any, a caller who may see nothing could not be told from an empty house
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[municipality] = (state, found)
    return found


def _read(tx: Transaction, municipality: str) -> Facts:
    house = house_of(tx, municipality)
    ways = people.contacts_of(tx, house)
    crises = store.crises_of(tx, plans.ancestors(municipality))
    return Facts(
        away=tuple(each.away for each in store.absences_of(tx, house)),
        changes=tuple(c for each in store.changes_of(tx, house) for c in each.changes),
        crises=tuple(each.counted for each in reversed(crises)),
        unreachable=entries.unreachable(
            [entries.Contact(key=each.key, ends_at=each.ends_at) for each in ways]
        ),
        left={each.person: each.left_at for each in store.departures_of(tx, house)},
    )


def house_of(tx: Transaction, municipality: str) -> str:
    """The region whose plan counts here, and whose people its keys mean."""
    version = plans.published_version(tx, municipality)
    return version.municipality if version is not None else municipality


def changed(tx: Transaction, municipality: str) -> int:
    """Call this after every change of the facts: the proof of the municipality is to be redone.

    Answers the new version of its facts.
    """
    tx.context.pop("facts_asked", None)
    version = store.bump(tx, municipality)
    tx.wake(CHANGED)
    return version


def version_of(tx: Transaction, municipality: str) -> int:
    """How often the facts of a municipality have changed; a proof remembers what it has seen."""
    return store.version_of(tx, municipality)


def version_above(tx: Transaction, municipality: str) -> int:
    """The same with the regions above it, whose crises count here, too."""
    return sum(store.version_of(tx, each) for each in plans.ancestors(municipality))


def changed_at(tx: Transaction, municipality: str) -> datetime | None:
    """When the facts of a municipality changed last."""
    return store.changed_at(tx, municipality)


def changed_above(tx: Transaction, municipality: str) -> datetime | None:
    """The same with the regions above it."""
    found = (store.changed_at(tx, each) for each in plans.ancestors(municipality))
    return max((at for at in found if at is not None), default=None)


def note_reachability(tx: Transaction, event: ContactReachabilityChanged) -> None:
    """A contact works, or works no longer."""
    if people.note_reachability(tx, event):
        changed(tx, event.municipality)


def forget_over(tx: Transaction) -> int:
    """Erase what was over 90 days ago, and what is left of people no plan names any more."""
    before = tx.now - entries.KEPT
    erased = store.forget_before(tx, before)
    for municipality, person in store.former(tx, before):
        if person not in people.active_keys(tx, municipality):
            store.forget_person(tx, municipality, person)
            erased += 1
    return erased
