# SPDX-License-Identifier: EUPL-1.2
"""Use cases: a calendar is named, fetched and read; what it brought stays while it fails.

A calendar that suddenly names nothing, although it had, removes nobody's absence by itself: what
it brought counts until a person says that nobody is away any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from rueckhalt_routing.absence_feeds import store
from rueckhalt_routing.absence_feeds.domain import (
    KINDS,
    LEASE,
    MOST_FEEDS,
    NOBODY,
    PERSON,
    RED,
    TROUBLED,
    Feed,
    Trouble,
)
from rueckhalt_routing.absence_feeds.sealing import Unsealable, seal, unseal
from rueckhalt_routing.duty import fed
from rueckhalt_routing.duty.absence_files import Found
from rueckhalt_routing.duty.acting import Actor
from rueckhalt_routing.duty.entries import KEPT
from rueckhalt_routing.duty.house import House, UnknownKey
from rueckhalt_routing.plan import handlers as plans
from rueckhalt_routing.plan.domain import Plan
from rueckhalt_shared.contracts import ids
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.line_addresses import AddressRefused, check_url, networks
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.states import note_state, states

log = get_logger(__name__)
WAKES = "absence-feeds"
BATCH = 5
_STATE = "absences"
_LONGEST = 2000


class FeedRefused(Exception):
    """A calendar that cannot be named: `field`, and the id of the text that says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A calendar to be fetched: where it is, whom it is of, and what is known of it."""

    feed: Feed
    url: str
    people: tuple[str, ...]
    zone: ZoneInfo
    may_be_same: bool


def add(
    tx: Transaction, house: House, actor: Actor, *, kind: str, whose: str, url: str, counts: str
) -> Feed:
    """Name the calendar of a person or a unit. Raises UnknownKey and FeedRefused."""
    if kind not in KINDS or not people_of(house.plan, kind, whose):
        raise UnknownKey("whose", whose)
    address, host = _address(tx, url)
    if store.count(tx, house.municipality) >= MOST_FEEDS:
        raise FeedRefused("url", "feed.too_many")
    id = ids.uuid7()
    feed = Feed(
        id=id,
        municipality=house.municipality,
        kind=kind,
        whose=whose,
        host=host,
        sealed=seal(tx, id, address),
        counts=counts,
        made_by=actor.name,
        made_at=tx.now,
        next_at=tx.now,
    )
    store.add(tx, feed)
    actor.record(tx, "absence_feed.made", municipality=house.municipality, object=feed.id)
    tx.wake(WAKES)
    return feed


def coming(tx: Transaction, house: House, *, person: str | None = None) -> list[tuple[Feed, int]]:
    """The calendars here and how many absences to come each has brought; with `person` theirs."""
    counted = fed.counted(tx, house.municipality)
    return [
        (feed, counted.get(feed.id, 0))
        for feed in store.feeds_of(tx, house.municipality)
        if person is None or (feed.kind == PERSON and feed.whose == person)
    ]


def silent(tx: Transaction, house: House, *, person: str | None = None) -> bool:
    """Does a calendar here fail, or name nothing any more?"""
    return any(feed.light(tx.now) in TROUBLED for feed, _ in coming(tx, house, person=person))


def find(tx: Transaction, house: House, actor: Actor, id: str, *, locked: bool = False) -> Feed:
    """One calendar this actor may end. Raises UnknownKey."""
    feed = store.find(tx, house.municipality, id, locked=locked)
    if feed is None or not (actor.only is None or (feed.kind == PERSON and actor.may(feed.whose))):
        raise UnknownKey("id", id)
    return feed


def remove(tx: Transaction, house: House, actor: Actor, id: str) -> int:
    """The calendar is fetched no longer, and what it brought goes. Answers how many absences."""
    feed = find(tx, house, actor, id, locked=True)
    store.remove(tx, feed)
    actor.record(tx, "absence_feed.removed", municipality=house.municipality, object=feed.id)
    gone = fed.drop(tx, feed.municipality, feed.id)
    tx.wake(WAKES)  # the worker, who sees every municipality, says whether all is well again
    return gone


def accept_empty(tx: Transaction, house: House, actor: Actor, id: str) -> int:
    """Somebody says that it is right: nobody is away any more. Answers how many absences go."""
    feed = find(tx, house, actor, id, locked=True)
    if feed.empty_at is None:
        return 0
    store.save(tx, replace(feed, empty_at=None))
    actor.record(tx, "absence_feed.emptied", municipality=house.municipality, object=feed.id)
    gone = fed.drop(tx, feed.municipality, feed.id)
    tx.wake(WAKES)  # the worker, who sees every municipality, says whether all is well again
    return gone


def fetch_soon(tx: Transaction, house: House, actor: Actor, id: str) -> None:
    """Do not wait until it is its turn."""
    feed = find(tx, house, actor, id, locked=True)
    store.put_off(tx, feed, tx.now)
    tx.wake(WAKES)


def people_of(plan: Plan, kind: str, whose: str) -> tuple[str, ...]:
    """Whom a calendar is of: a person, or everybody the plan counts to a unit."""
    if kind == PERSON:
        return tuple(each.key for each in plan.persons if each.key == whose)
    return tuple(sorted(each.key for each in plan.persons if each.unit == whose))


# ---------------------------------------------------------------------------- for the worker
def claim(tx: Transaction, every: timedelta) -> list[Wanted]:
    """A few calendars that are due, for this worker alone; their time-outs stay below the lease."""
    found = []
    for feed in store.due(tx, limit=BATCH):
        store.put_off(tx, feed, tx.now + LEASE)
        wanted = _wanted(tx, feed)
        if isinstance(wanted, Trouble):
            store.save(tx, feed.has_failed([wanted], tx.now, every))
        else:
            found.append(wanted)
    return found


def note_same(tx: Transaction, wanted: Wanted, every: timedelta) -> None:
    """The calendar has not changed since it was last read."""
    feed = _claimed(tx, wanted)
    if feed is not None:
        store.save(tx, feed.was_read(tx.now, every))


def note_read(
    tx: Transaction,
    wanted: Wanted,
    found: Sequence[Found],
    *,
    marks: tuple[str | None, str | None],
    every: timedelta,
) -> int:
    """Take what the calendar says. Answers how many absences are other than before."""
    feed = _claimed(tx, wanted)
    if feed is None:  # removed meanwhile
        return 0
    read = replace(
        feed.was_read(tx.now, every),
        etag=marks[0],
        modified=marks[1],
        people=wanted.people,
        whole_at=tx.now,
    )
    if not found and fed.counted(tx, feed.municipality).get(feed.id):
        log.warning("absence feed names nothing any more", subject_id=feed.id)
        store.save(tx, replace(read, empty_at=feed.empty_at or tx.now))
        return 0
    store.save(tx, replace(read, empty_at=None))
    return fed.take(tx, feed.municipality, feed.id, people=wanted.people, found=found)


def note_failed(
    tx: Transaction, wanted: Wanted, troubles: Sequence[Trouble], every: timedelta
) -> None:
    """The calendar could not be fetched or read; what it brought before stays."""
    feed = _claimed(tx, wanted)
    if feed is not None:
        log.warning("absence feed failed", subject_id=feed.id, cause=troubles[0].code)
        store.save(tx, feed.has_failed(troubles, tx.now, every))


def note_standing(tx: Transaction) -> None:
    """Say aloud, or no longer, that calendars have been red for too long."""
    red = sum(each.light(tx.now) == RED for each in store.all_troubled(tx))
    said = states(tx).get(_STATE)
    if red:
        told = f"{red} calendars of absences cannot be read or name nothing: absence feed list"
        if said is None or said.cause != told:
            note_state(tx, _STATE, "failing", told)
    elif said is not None and said.state != "up":
        note_state(tx, _STATE, "up")


def forget_former(tx: Transaction) -> int:
    """Whoever no plan has named for 90 days has no calendar here. Answers how many are gone."""
    gone = [each for each in store.all_troubled(tx) if each.is_nobodys(tx.now - KEPT)]
    for feed in gone:
        store.remove(tx, feed)
        fed.drop(tx, feed.municipality, feed.id)
    return len(gone)


def _claimed(tx: Transaction, wanted: Wanted) -> Feed | None:
    """The calendar as it is now; none where it was removed meanwhile."""
    return store.find(tx, wanted.feed.municipality, wanted.feed.id, locked=True)


def _wanted(tx: Transaction, feed: Feed) -> Wanted | Trouble:
    compiled = plans.live_plan(tx, feed.municipality)
    people = people_of(compiled.plan, feed.kind, feed.whose) if compiled is not None else ()
    if compiled is None or not people:
        return Trouble(code=NOBODY, field=feed.whose)
    try:
        url = unseal(tx, feed.id, feed.sealed)
    except Unsealable:
        return Trouble(code="sealed", field="url")
    return Wanted(
        feed=feed,
        url=url,
        people=people,
        zone=ZoneInfo(compiled.plan.calendar.zone),
        may_be_same=feed.knows(people, tx.now),
    )


def _address(tx: Transaction, url: str) -> tuple[str, str]:
    """The address as it is called, and its host. Raises FeedRefused."""
    text = url.strip()
    if text.lower().startswith("webcal://"):
        text = "https://" + text[len("webcal://") :]
    if len(text) > _LONGEST:
        raise FeedRefused("url", "feed.url.too_long")
    try:
        parts = check_url(text)
        near = any(each.is_loopback for each in networks(tx.context.get("feed_networks", ())))
    except AddressRefused as refused:
        raise FeedRefused("url", f"feed.url.{refused.code}") from None
    if parts.scheme != "https" and not near:
        raise FeedRefused("url", "feed.url.https")
    return text, urlsplit(text).hostname or ""
