# SPDX-License-Identifier: EUPL-1.2
"""Absences that a calendar brings each time it is fetched: what is new, moved, or gone."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from rueckhalt_routing.duty import entries, handlers, store
from rueckhalt_routing.duty.absence_files import Found
from rueckhalt_routing.duty.entries import Absence
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction

_Key = tuple[str, str]


def counted(tx: Transaction, municipality: str) -> dict[str, int]:
    """How many absences that are not over each calendar has brought, by its id."""
    return store.count_fed(tx, municipality)


def take(
    tx: Transaction, municipality: str, feed: str, *, people: Sequence[str], found: Sequence[Found]
) -> int:
    """These people are away then, and no longer when it is left out. Answers how many changed.

    What is over stays: a calendar forgets its past, and that is no change.
    """
    known = {(each.person, each.import_uid): each for each in store.fed_of(tx, municipality, feed)}
    wanted: dict[_Key, Found] = {
        (person, _uid(feed, each)): each for each in found for person in people
    }
    added = [
        Absence(
            id=ids.uuid7(),
            municipality=municipality,
            person=key[0],
            start_at=each.start,
            end_at=each.end,
            source=entries.FEED,
            import_uid=key[1],
            noted_by="calendar",
            noted_at=tx.now,
            feed=feed,
        )
        for key, each in wanted.items()
        if key not in known
    ]
    moved = [
        replace(known[key], start_at=each.start, end_at=each.end)
        for key, each in wanted.items()
        if key in known and (known[key].start_at, known[key].end_at) != (each.start, each.end)
    ]
    gone = [each for key, each in known.items() if key not in wanted and each.end_at > tx.now]
    store.add_absences(tx, added)
    for absence in moved:
        store.save_absence(tx, absence)
    store.remove_absences(tx, [each.id for each in gone])
    changed = len(added) + len(moved) + len(gone)
    if changed:
        handlers.changed(tx, municipality)
    return changed


def drop(tx: Transaction, municipality: str, feed: str) -> int:
    """What this calendar says counts no longer. Answers how many absences go."""
    return take(tx, municipality, feed, people=(), found=())


def _uid(feed: str, found: Found) -> str:
    """A file may bring what a calendar brings, too: both stay, each with its own end."""
    return hashlib.sha256(f"{feed}\n{found.uid}".encode()).hexdigest()
