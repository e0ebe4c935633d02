# SPDX-License-Identifier: EUPL-1.2
"""Use cases: who helps near a municipality, and the entries it keeps itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from rueckhalt_intake.help import domain, hours, store
from rueckhalt_intake.help.domain import Entry, Wish
from rueckhalt_intake.help.reading import read_seeds
from rueckhalt_shared.audit.recording import Act, record
from rueckhalt_shared.contracts.region import RegionKey
from rueckhalt_shared.database import Transaction

MOST = 500


class NoSuchEntry(Exception):
    """This municipality keeps no entry of that id."""


class TooManyEntries(Exception):
    """A municipality keeps at most 500 entries of its own."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an import does to the entries a municipality keeps itself."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


def near(
    tx: Transaction,
    municipality: str,
    *,
    topics: Collection[str] = (),
    groups: Collection[str] = (),
    language: str = "",
    at: datetime,
    with_internal: bool = False,
) -> tuple[Entry, ...]:
    """Who helps there, in the order they are shown; internal entries for signed-in staff only."""
    wish = Wish(
        municipality=municipality,
        topics=frozenset(topics),
        groups=frozenset(groups),
        language=language,
        with_internal=with_internal,
    )
    return near_wish(tx, wish, at=at)


def near_wish(tx: Transaction, wish: Wish, *, at: datetime) -> tuple[Entry, ...]:
    """The same for a wish that was put together already."""
    own = store.above(tx, wish.municipality)
    return chosen(domain.replaced(read_seeds(), own), wish, at=at)


def chosen(entries: Sequence[Entry], wish: Wish, *, at: datetime) -> tuple[Entry, ...]:
    """Those of these entries that fit, by German clocks and the holidays of the Land."""
    local = at.astimezone(hours.BERLIN)

    def opened(entry: Entry) -> bool | None:
        return hours.is_open(entry.hours, local, municipality=wish.municipality)

    return domain.choose(entries, wish, at=local, opened=opened)


def kept_by(tx: Transaction, municipality: str) -> list[Entry]:
    """What a region has entered itself."""
    return store.of(tx, municipality)


def known_to(tx: Transaction, municipality: str) -> tuple[Entry, ...]:
    """Everything its pages may show, also what is internal or has ended: for the editor."""
    every = domain.replaced(read_seeds(), store.above(tx, municipality))
    return tuple(each for each in every if domain.nearness(each, municipality) is not None)


def kept_everywhere(tx: Transaction) -> list[Entry]:
    """What all regions have entered, for whoever keeps the machine."""
    return store.everywhere(tx)


def find(tx: Transaction, municipality: str, id: str) -> Entry:
    """One entry as its pages show it; raises NoSuchEntry."""
    found = next((each for each in known_to(tx, municipality) if each.id == id), None)
    if found is None:
        raise NoSuchEntry
    return found


def take(
    tx: Transaction, municipality: str, entries: Sequence[Entry], *, by: str, dry_run: bool = False
) -> Change:
    """Add these entries or write them anew; others stay. Raises TooManyEntries."""
    RegionKey(municipality)
    known = {each.id: each for each in store.of(tx, municipality)}
    if len(known.keys() | {each.id for each in entries}) > MOST:
        raise TooManyEntries
    new = [each for each in entries if known.get(each.id) != each]
    if new and not dry_run:
        store.save(tx, new, by=by)
        _recorded(tx, municipality, "help.changed", by=by, object=", ".join(e.id for e in new))
    return Change(
        added=tuple(each.id for each in new if each.id not in known),
        changed=tuple(each.id for each in new if each.id in known),
        unchanged=tuple(each.id for each in entries if known.get(each.id) == each),
    )


def remove(tx: Transaction, municipality: str, id: str, *, by: str) -> None:
    """Drop an entry; where the package brings one of that id, it is shown again."""
    if not store.remove(tx, municipality, id):
        raise NoSuchEntry
    _recorded(tx, municipality, "help.removed", by=by, object=id)


def _recorded(tx: Transaction, municipality: str, act: str, *, by: str, object: str) -> None:
    """A false number leads people astray: who changed what stands in the audit."""
    done = Act(
        municipality=municipality, who=by, act=act, fields="help", why="upkeep", object=object[:200]
    )
    record(tx, done)
