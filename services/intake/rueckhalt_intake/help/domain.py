# SPDX-License-Identifier: EUPL-1.2
"""Who helps: an entry of the directory, whom it fits, in which order entries stand."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

KINDS = (
    "notruf",
    "polizei",
    "justiz",
    "meldestelle",
    "beratung",
    "recht",
    "psychosozial",
    "unfallkasse",
    "gewerkschaft",
)
PUBLIC, INTERNAL = "public", "internal"
VISIBILITIES = (PUBLIC, INTERNAL)
EMERGENCY = "notruf"
MANY_LANGUAGES = "mul"
WARN_AFTER, HIDE_HOURS_AFTER = timedelta(days=180), timedelta(days=365)
FEDERAL = ""
LAENDER = {
    "08": "Baden-Württemberg",
    "09": "Bayern",
    "11": "Berlin",
    "12": "Brandenburg",
    "04": "Bremen",
    "02": "Hamburg",
    "06": "Hessen",
    "13": "Mecklenburg-Vorpommern",
    "03": "Niedersachsen",
    "05": "Nordrhein-Westfalen",
    "07": "Rheinland-Pfalz",
    "10": "Saarland",
    "14": "Sachsen",
    "15": "Sachsen-Anhalt",
    "01": "Schleswig-Holstein",
    "16": "Thüringen",
}
Opened = Callable[["Entry"], bool | None]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One who helps. `ars_prefix` "" is all of Germany; `topics` are forms and motives; empty
    `topics` and `groups` mean everybody; `anonymous` and `free` are None where nobody says.

    `open_now` and `is_old` are said by `near`: whether somebody answers (None: not known), and
    that the entry was not looked at for long.
    """

    id: str
    name: str
    kind: str
    topics: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    ars_prefix: tuple[str, ...] = (FEDERAL,)
    phone: tuple[str, ...] = ()
    email: str = ""
    url: str = ""
    hours: str = ""
    anonymous: bool | None = None
    free: bool | None = None
    languages: tuple[str, ...] = ()
    visibility: str = PUBLIC
    source_url: str = ""
    checked_at: date
    checked_by: str = ""
    valid_until: date | None = None
    note_de: str = ""
    note_en: str = ""
    note_einfach: str = ""
    owner: str = FEDERAL
    open_now: bool | None = None
    is_old: bool = False

    def note(self, language: str) -> str:
        """What else is worth knowing; German where the language has no text."""
        told: str = getattr(self, f"note_{language}", "")
        return told or self.note_de

    @property
    def dials(self) -> tuple[tuple[str, str], ...]:
        """Each number as it is read and as a telephone dials it."""
        return tuple(
            (each, "".join(c for c in each if c.isdigit() or c == "+")) for each in self.phone
        )


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who looks for help: where, about what, for whom, in which language."""

    municipality: str
    topics: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    language: str = ""
    with_internal: bool = False


def covers(prefix: str, municipality: str) -> bool:
    """Does a region hold this municipality? "" holds all of them."""
    return municipality.startswith(prefix)


def nearness(entry: Entry, municipality: str) -> int | None:
    """How many digits of the regional key an entry shares; None where it is for others."""
    fitting = [len(prefix) for prefix in entry.ars_prefix if covers(prefix, municipality)]
    return max(fitting, default=None)


def fits(entry: Entry, wish: Wish, *, today: date) -> bool:
    """Is the entry for them, may they see it, and does it still hold?"""
    if entry.visibility == INTERNAL and not wish.with_internal:
        return False
    if entry.valid_until is not None and entry.valid_until < today:
        return False
    if wish.language and entry.languages and not speaks(entry, wish.language):
        return False
    return (
        nearness(entry, wish.municipality) is not None
        and _meets(entry.topics, wish.topics)
        and _meets(entry.groups, wish.groups)
    )


def speaks(entry: Entry, language: str) -> bool:
    """Is this one of the languages an entry names?"""
    return language in entry.languages or MANY_LANGUAGES in entry.languages


def choose(
    entries: Iterable[Entry], wish: Wish, *, at: datetime, opened: Opened
) -> tuple[Entry, ...]:
    """What fits: emergency numbers, then who answers now, then the nearest, then who is for this
    topic only. Hours nobody looked at for a year are not believed."""
    today = at.date()
    aged = [_aged(each, today=today) for each in entries if fits(each, wish, today=today)]
    told = [replace(each, open_now=opened(each)) for each in aged]
    return tuple(sorted(told, key=lambda each: _place(each, wish)))


def replaced(seeds: Sequence[Entry], own: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries of the house, where an own one takes the place of the one of the same id.

    Of two owners the nearer one wins: a town's row goes before its Kreis'.
    """
    found = {each.id: each for each in seeds}
    found |= {each.id: each for each in sorted(own, key=lambda each: len(each.owner))}
    return tuple(found.values())


def _aged(entry: Entry, *, today: date) -> Entry:
    age = today - entry.checked_at
    hours = "" if age > HIDE_HOURS_AFTER else entry.hours
    return replace(entry, is_old=age > WARN_AFTER, hours=hours)


def _meets(offered: Collection[str], wanted: Collection[str]) -> bool:
    return not offered or not wanted or not set(offered).isdisjoint(wanted)


def _place(entry: Entry, wish: Wish) -> tuple[object, ...]:
    return (
        entry.kind != EMERGENCY,
        {True: 0, None: 1, False: 2}[entry.open_now],
        -(nearness(entry, wish.municipality) or 0),
        not wish.topics.intersection(entry.topics),
        bool(wish.language) and not speaks(entry, wish.language),
        entry.name.casefold(),
        entry.id,
    )
