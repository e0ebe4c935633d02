# SPDX-License-Identifier: EUPL-1.2
"""Use cases of a list on the page: it arrives, is looked at, comes in on a word, or goes."""

from collections.abc import Collection, Sequence

from rueckhalt_intake.old_lists import store
from rueckhalt_intake.old_lists.domain import (
    BRINGING,
    BROUGHT,
    LOOKED,
    LOOKING,
    REFUSED,
    NoSuchList,
    Waiting,
)
from rueckhalt_shared import leases, owners
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.database import Transaction

SIGNAL = "old-lists"
MOST_WAITING = 5  # lists of one municipality that hold something
_LEASE = 300.0  # seconds for one step: reading a large workbook is the longest
_AT_ONCE, _SHOWN = 100, 20


class TooManyLists(Exception):
    """Several lists wait for a word already: bring those in or drop them first."""


def arrive(tx: Transaction, waiting: Waiting) -> None:
    """A list to look at; raises TooManyLists."""
    if store.count(tx, [waiting.municipality]) >= MOST_WAITING:
        raise TooManyLists
    store.add(tx, waiting)
    _record(tx, waiting, by=waiting.brought_by, act="old_list.looked_at")
    tx.wakes.add(SIGNAL)


def list_of(tx: Transaction, places: Sequence[str]) -> list[Waiting]:
    """The newest lists of these municipalities."""
    return store.of(tx, places, limit=_SHOWN)


def find(tx: Transaction, number: str, places: Sequence[str]) -> Waiting:
    """One of them; raises NoSuchList."""
    found = store.find(tx, number, places)
    if found is None:
        raise NoSuchList
    return found


def content_of(tx: Transaction, number: str) -> bytes | None:
    """What was uploaded, sealed."""
    return store.content_of(tx, number)


def bring_in(tx: Transaction, waiting: Waiting, *, by: str) -> None:
    """A person's word, once: the worker begins. It stands in the audit."""
    if store.change(tx, waiting.id, LOOKED, state=BRINGING, done=0, new=0):
        _record(tx, waiting, by=by, act="old_list.brought_in")
        tx.wakes.add(SIGNAL)


def drop(tx: Transaction, waiting: Waiting) -> None:
    """Drop it; whoever calls shreds its key."""
    store.remove(tx, waiting.id)


def next_one(tx: Transaction, owner: str) -> Waiting | None:
    """What the worker takes up; None while another process is at it, or nothing is there."""
    found = store.next_one(tx)
    return found if found is not None and _is_mine(tx, owner) else None


def note_progress(tx: Transaction, waiting: Waiting, owner: str, *, done: int, new: int) -> bool:
    """So far it has come; false where it has gone or somebody else goes on."""
    return _is_mine(tx, owner) and store.change(
        tx, waiting.id, waiting.state, done=done, new=new, rows=waiting.rows
    )


def note_looked(tx: Transaction, waiting: Waiting, found: bytes, *, is_good: bool) -> None:
    """What the look has found; only a list without a fault may come in."""
    state = LOOKED if is_good else REFUSED
    store.change(tx, waiting.id, LOOKING, state=state, found=found, rows=waiting.rows, done=0)


def note_brought(tx: Transaction, waiting: Waiting, *, new: int, missed: int) -> None:
    """All of it is in: what was uploaded goes, its counts stay a while."""
    counts = {"done": waiting.rows, "new": new, "missed": missed}
    store.change(tx, waiting.id, BRINGING, state=BROUGHT, content=None, found=None, **counts)


def set_aside(tx: Transaction, waiting: Waiting) -> None:
    """A fault of ours: it waits for another word, or is refused where nothing was found yet."""
    state = LOOKED if waiting.state == BRINGING else REFUSED
    store.change(tx, waiting.id, waiting.state, state=state)


def over(tx: Transaction) -> list[Waiting]:
    """Lists whose time is over."""
    return store.over(tx, limit=_AT_ONCE)


def key_ids(tx: Transaction, among: Collection[str]) -> set[str]:
    """Which of these keys seal a list."""
    return store.key_ids(tx, among)


def _is_mine(tx: Transaction, owner: str) -> bool:
    return leases.take(tx, SIGNAL, owner, seconds=_LEASE, is_gone=owners.is_gone)


def _record(tx: Transaction, waiting: Waiting, *, by: str, act: str) -> None:
    done = Act(
        municipality=waiting.municipality,
        who=by,
        act=act,
        fields="old_list",
        why="upkeep",
        object=waiting.id,
    )
    record(tx, done)
