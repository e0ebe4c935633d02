# SPDX-License-Identifier: EUPL-1.2
"""Reading the chain takes two: one asks and says why, another one confirms. Both is recorded."""

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rueckhalt_shared.audit import store
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.audit.store import Reading
from rueckhalt_shared.contracts.instants import read_instant

if TYPE_CHECKING:
    from rueckhalt_shared.database import Transaction

OPEN_FOR = timedelta(hours=24)  # after the confirmation
WHYS = ("complaint", "suspicion", "audit", "request")
_FIELDS = "audit"


class NoSuchReading(Exception):
    """There is no such request."""


class NotConfirmed(Exception):
    """Nobody else has confirmed the request, or its time is over."""


class SamePerson(Exception):
    """Who asked cannot confirm: that takes somebody else."""


def ask(
    tx: "Transaction", *, municipality: str, since: datetime, until: datetime, why: str, by: str
) -> Reading:
    """Ask to read the rows of a municipality between two instants."""
    asked = Reading(
        id=str(uuid4()),
        municipality=municipality,
        since=since,
        until=until,
        why=why,
        requested_by=by,
        requested_at=tx.now,
    )
    store.add_reading(tx, asked)
    _record(tx, asked, "audit.asked", by)
    return asked


def confirm(tx: "Transaction", reading_id: str, *, by: str, alike: Collection[str] = ()) -> Reading:
    """Agree to somebody else's request; raises SamePerson. Doing it again changes nothing.

    `alike` are other accounts of the same person: two accounts do not make two persons.
    """
    asked = find(tx, reading_id)
    if asked.confirmed_by is not None:
        return asked
    if asked.requested_by == by or asked.requested_by in alike:
        raise SamePerson("who asked cannot confirm")
    store.confirm(tx, reading_id, by)
    _record(tx, asked, "audit.confirmed", by)
    return replace(asked, confirmed_by=by, confirmed_at=tx.now)


def read(
    tx: "Transaction", reading_id: str, *, by: str, after: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """The rows, for the two who agreed on it and for a day; each look is a row of its own.

    `limit` rows behind the one of number `after`; raises NoSuchReading, NotConfirmed.
    """
    asked = find(tx, reading_id)
    if by not in (asked.requested_by, asked.confirmed_by):
        raise NoSuchReading(f"no request {reading_id}")
    if state_of(asked, tx.now) != "open":
        raise NotConfirmed("a second person has to confirm the request; that holds for 24 hours")
    found = list(islice(_wanted(tx, asked, after), limit))
    _record(tx, asked, "audit.read", by)
    return found


def state_of(asked: Reading, now: datetime) -> str:
    """`waiting` for the second person, `open` for a day after that, or `over`."""
    if asked.confirmed_at is None:
        return "waiting"
    return "open" if now < asked.confirmed_at + OPEN_FOR else "over"


def _wanted(tx: "Transaction", asked: Reading, after: int) -> Iterator[dict[str, Any]]:
    for row in store.rows(tx, asked.municipality, after):
        document = json.loads(row.body)
        if asked.since <= read_instant(document["at"]) < asked.until:
            yield document


def find(tx: "Transaction", reading_id: str) -> Reading:
    """One request; raises NoSuchReading."""
    asked = store.reading(tx, reading_id)
    if asked is None:
        raise NoSuchReading(f"no request {reading_id}")
    return asked


def _record(tx: "Transaction", asked: Reading, act: str, by: str) -> None:
    done = Act(
        municipality=asked.municipality,
        who=by,
        act=act,
        fields=_FIELDS,
        why=asked.why,
        object=asked.id,
    )
    record(tx, done)
