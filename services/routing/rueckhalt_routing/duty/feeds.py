# SPDX-License-Identifier: EUPL-1.2
"""One's own duties as a calendar under a secret address: made, shown once, taken back.

Only a hash of the secret is kept. Making a new address ends the old one.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.house import House
from rueckhalt_routing.duty.tables import ical_feeds
from rueckhalt_shared.database import Transaction

AHEAD = timedelta(days=400)
_BYTES = 32


def make(tx: Transaction, house: House, actor: Actor, *, person: str) -> str:
    """A new secret for somebody's calendar. Raises UnknownKey."""
    _forget(tx, house, house.known(person))
    token = secrets.token_urlsafe(_BYTES)
    row = {
        "municipality": house.municipality,
        "person": person,
        "token_hash": _hash(token),
        "made_at": tx.now,
    }
    tx.execute(insert(ical_feeds), row)
    actor.record(tx, "feed.made", municipality=house.municipality)
    return token


def revoke(tx: Transaction, house: House, actor: Actor, *, person: str) -> bool:
    """End the address; false where there was none."""
    ended = _forget(tx, house, person)
    if ended:
        actor.record(tx, "feed.revoked", municipality=house.municipality)
    return ended


def made_at(tx: Transaction, house: House, person: str) -> datetime | None:
    """Since when there is an address; None where there is none."""
    mine = (ical_feeds.c.municipality == house.municipality, ical_feeds.c.person == person)
    found: datetime | None = tx.execute(select(ical_feeds.c.made_at).where(*mine)).scalar()
    return found


def whose(tx: Transaction, token: str) -> tuple[str, str] | None:
    """Municipality and key of whoever the secret belongs to; any other text opens nothing."""
    mine = ical_feeds.c.token_hash == _hash(token)
    query = select(ical_feeds.c.municipality, ical_feeds.c.person).where(mine)
    row = tx.execute(query).one_or_none()
    return (row.municipality, row.person) if row is not None else None


def _forget(tx: Transaction, house: House, person: str) -> bool:
    mine = (ical_feeds.c.municipality == house.municipality, ical_feeds.c.person == person)
    return bool(tx.execute(delete(ical_feeds).where(*mine)).rowcount)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
