# SPDX-License-Identifier: EUPL-1.2
"""Tombstones: keyed hashes of erased incidents. A late or repeated event of one is turned away.

Nobody can read from a tombstone which incident it stands for; whoever holds the id and the key
can tell that it was erased.
"""

import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import bindparam, func, insert, inspect, select, text, update

from rueckhalt_shared.contracts import Event, IncidentErased, IncidentErasureOrdered
from rueckhalt_shared.erasing.key import lasting_key
from rueckhalt_shared.plumbing import tombstones
from rueckhalt_shared.settings import BadSettings, ServiceSettings

if TYPE_CHECKING:
    from rueckhalt_shared.database import Database, Transaction

CONTEXT = "tombstones"
SPARED = frozenset({IncidentErasureOrdered.type, IncidentErased.type})
_AT_ONCE = 500
_FIND = select(tombstones.c.mark).where(tombstones.c.mark.in_(bindparam("marks", expanding=True)))
_COUNT = (
    update(tombstones)
    .where(tombstones.c.mark.in_(bindparam("marks", expanding=True)))
    .values(refused=tombstones.c.refused + 1)
)


class Marker:
    """Makes the marks of one service."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = hmac.digest(key, b"rueckhalt tombstone key id", "sha256").hex()[:16]

    def mark_of(self, incident: str) -> str:
        """The mark of an incident: 64 hexadecimal digits."""
        return hmac.digest(self._key, b"incident|" + incident.encode(), "sha256").hex()

    def derived(self, purpose: bytes) -> bytes:
        """Another 32-byte secret of this service, for one purpose."""
        return HKDF(hashes.SHA256(), 32, salt=None, info=purpose).derive(self._key)


@dataclass(frozen=True)
class Tombstone:
    """One erased incident, as it is exported."""

    mark: str
    key: str
    buried_at: datetime


def install(database: "Database", settings: ServiceSettings) -> Marker:
    """Put the marker into the database's context; raises BadSettings for another key.

    Another key would let everything erased come back, so the service must not start with it.
    """
    name = f"RUECKHALT_{settings.service.upper()}_TOMBSTONE_KEY"
    path = settings.data / f"{settings.service}-tombstones.key"
    known: Marker | None = database.context.get(CONTEXT)
    if known is not None:
        return known
    marker = Marker(lasting_key(settings.tombstone_key, path, name=name))
    if inspect(database.engine).has_table(tombstones.name):
        others = database.read(_key_ids) - {marker.key_id}
        if others:
            told = f"this is another key (id {marker.key_id}) than the one that made the tombstones"
            raise BadSettings([f"{name}: {told} (id {', '.join(sorted(others))}); give it back"])
    database.context[CONTEXT] = marker
    return marker


def mark_of(tx: "Transaction", incident: str) -> str:
    """The mark of an incident in this service."""
    marker: Marker = tx.context[CONTEXT]
    return marker.mark_of(incident)


def derived(tx: "Transaction", purpose: bytes) -> bytes:
    """A lasting secret of this service for one purpose."""
    marker: Marker = tx.context[CONTEXT]
    return marker.derived(purpose)


def is_order(event: Event) -> bool:
    """An order to erase runs alone, so that whatever comes behind it finds the tombstone."""
    return event.type == IncidentErasureOrdered.type


def bury(tx: "Transaction", incident: str) -> bool:
    """Set the tombstone; false when it was there. Waits for whoever has looked for it just now."""
    if tx.dialect == "postgresql":
        # Readers hold ACCESS SHARE until their commit: an event that found no tombstone has
        # committed its rows before they are erased, and a later one finds it.
        tx.execute(text("LOCK TABLE tombstones IN ACCESS EXCLUSIVE MODE"))
    marker: Marker = tx.context[CONTEXT]
    mark = marker.mark_of(incident)
    if tx.execute(_FIND, {"marks": [mark]}).first() is not None:
        return False
    tx.execute(insert(tombstones), {"mark": mark, "key": marker.key_id, "buried_at": tx.now})
    return True


def refused(tx: "Transaction", events: Collection[Event]) -> frozenset[str]:
    """The ids of the events that come too late: their incident was erased. They are counted.

    Orders and receipts of an erasure are never refused.
    """
    marker: Marker | None = tx.context.get(CONTEXT)
    if marker is None:
        return frozenset()
    asked = {
        each.event_id: marker.mark_of(each.subject) for each in events if each.type not in SPARED
    }
    if not asked:
        return frozenset()
    tx.begin()  # `bury` waits until whoever has looked here has committed
    found = set(tx.execute(_FIND, {"marks": sorted(set(asked.values()))}).scalars())
    if not found:
        return frozenset()
    late = frozenset(event_id for event_id, mark in asked.items() if mark in found)
    for event_id in late:
        tx.execute(_COUNT, {"marks": [asked[event_id]]})
    return late


def count(tx: "Transaction") -> tuple[int, int]:
    """How many tombstones there are, and how many late events they have refused."""
    query = select(func.count(), func.coalesce(func.sum(tombstones.c.refused), 0))
    row: Any = tx.execute(query.select_from(tombstones)).one()
    return int(row[0]), int(row[1])


def export(tx: "Transaction") -> list[Tombstone]:
    """All tombstones, oldest first."""
    query = select(tombstones.c.mark, tombstones.c.key, tombstones.c.buried_at)
    rows = tx.execute(query.order_by(tombstones.c.buried_at, tombstones.c.mark))
    return [Tombstone(row.mark, row.key, row.buried_at) for row in rows]


def restore(tx: "Transaction", stones: Iterable[Tombstone]) -> int:
    """Put exported tombstones back where they are missing; answers how many were."""
    known = {each.mark for each in export(tx)}
    missing = {each.mark: vars(each) for each in stones if each.mark not in known}
    if missing:
        tx.execute(insert(tombstones), list(missing.values()))
    return len(missing)


def buried(tx: "Transaction", incidents: Iterable[str]) -> list[str]:
    """Which of these incidents were erased and must not be here."""
    marker: Marker = tx.context[CONTEXT]
    by_mark = {marker.mark_of(each): each for each in incidents}
    marks = list(by_mark)
    found: list[str] = []
    for start in range(0, len(marks), _AT_ONCE):
        rows = tx.execute(_FIND, {"marks": marks[start : start + _AT_ONCE]}).scalars()
        found += [by_mark[mark] for mark in rows]
    return sorted(found)


def _key_ids(tx: "Transaction") -> set[Any]:
    return set(tx.execute(select(tombstones.c.key).distinct()).scalars())
