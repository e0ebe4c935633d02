# SPDX-License-Identifier: EUPL-1.2
"""Keep the people a plan brings, name them, and note whether they can be reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from rueckhalt_routing.persons import store
from rueckhalt_shared.contracts import ContactReachabilityChanged
from rueckhalt_shared.contracts.instants import read_instant
from rueckhalt_shared.database import Transaction

CONFIRMED_FOR = timedelta(days=180)
"""How long an answer proves a contact: notify counts its `verified_until` by the same days."""
_OUT_OF_USE = ("suspended", "bounced", "dead")


class Known(Protocol):
    """What a plan says about somebody."""

    @property
    def id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str | None: ...


def keep(tx: Transaction, municipality: str, people: Sequence[Known]) -> None:
    """The people of the newest plan are active; who is in it no longer stays known by name."""
    known = store.of_municipality(tx, municipality)
    wanted = {
        person.id: {
            "id": person.id,
            "municipality": municipality,
            "key": person.key,
            "kind": person.kind,
            "name": person.name,
            "unit": person.unit,
            "active": True,
        }
        for person in people
    }
    store.add(tx, [row for id, row in wanted.items() if id not in known])
    for id, row in known.items():
        new = wanted.get(id, row | {"active": False})
        if new != row:
            store.save(tx, new)


def names(tx: Transaction, ids: Iterable[str | None]) -> dict[str, tuple[str, str]]:
    """Key and name by id, for those who are known."""
    wanted = {id for id in ids if id is not None}
    return store.names(tx, wanted) if wanted else {}


def active_keys(tx: Transaction, municipality: str) -> set[str]:
    """Keys of everybody the newest plan of a municipality names."""
    return store.active_keys(tx, municipality)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One contact of somebody: from when on it cannot be used; None while no end is known."""

    key: str
    ends_at: datetime | None


def contacts_of(tx: Transaction, municipality: str) -> list[Way]:
    """The contacts of everybody in a municipality's plans, as far as notify has told of them."""
    return [_way(row) for row in store.contacts(tx, municipality)]


def confirmations_of(tx: Transaction, municipality: str) -> dict[str, datetime | None]:
    """When somebody last answered at one of their contacts, by key; None: never."""
    found: dict[str, datetime | None] = {}
    for row in store.contacts(tx, municipality):
        until = row["details"].get("verified_until")
        at = read_instant(until) - CONFIRMED_FOR if until else None
        known = found.setdefault(row["key"], at)
        if at is not None and (known is None or at > known):
            found[row["key"]] = at
    return found


def _way(row: dict[str, Any]) -> Way:
    """Out of use at once, or when its verification or its key ends, whichever comes first."""
    details: dict[str, Any] = row["details"]
    ends = [read_instant(details[n]) for n in ("verified_until", "key_valid_to") if details.get(n)]
    if row["state"] in _OUT_OF_USE:
        ends.append(row["noted_at"])
    return Way(key=row["key"], ends_at=min(ends, default=None))


def note_reachability(tx: Transaction, event: ContactReachabilityChanged) -> bool:
    """A fact from notify: applied when it is newer, never refused; was it?"""
    version = store.reach_version(tx, event.subject)
    if version is not None and event.version <= version:
        return False
    details = {
        "verified_until": event.verified_until and event.verified_until.isoformat(),
        "key_valid_to": event.key_valid_to and event.key_valid_to.isoformat(),
        "max_level": event.max_level,
        "window": event.window,
    }
    row = {
        "contact_id": event.subject,
        "person": event.person,
        "partner": event.partner,
        "channel": event.channel,
        "state": event.state,
        "details": details,
        "version": event.version,
    }
    store.keep_reach(tx, row, is_new=version is None, now=tx.now)
    return True
