# SPDX-License-Identifier: EUPL-1.2
"""Guidance cards: what to do in a situation, phase by phase, each step with its source."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

LANGUAGES = ("de", "en", "einfach")
PHASES = ("sofort", "heute", "sieben_tage", "drei_monate", "danach")
MOST_STEPS = 7
LAW, READ, OWN = "gesetz", "fundstelle", "eigen"
_UNKNOWN = "unknown"
Text = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a sentence comes from: a law that was read, a page, or our own advice."""

    kind: str
    title: Text
    stand: date
    url: str = ""

    @property
    def is_law(self) -> bool:
        """Then the sentence is no legal advice, and says so."""
        return self.kind == LAW

    @property
    def is_own(self) -> bool:
        """Our own advice, from no other source."""
        return self.kind == OWN


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do."""

    id: str
    text: Text
    source: Source


@dataclass(frozen=True, kw_only=True)
class CheckList:
    """What to save of one kind of evidence."""

    code: str
    title: Text
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Card:
    """What to do in one situation.

    `code` is a number: addresses stay in the history of a browser, and must not tell what happened.
    `forms` lists the form the card is about first. What else narrows it is empty for "any".
    """

    code: str
    name: str
    titles: Text
    lead: Text
    forms: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    phases: Mapping[str, tuple[Step, ...]]
    evidence: tuple[CheckList, ...] = ()
    stand: date

    @property
    def path(self) -> str:
        """Its address below the service."""
        return f"/cards/{self.code}"

    def title(self, language: str) -> str:
        """The situation in words."""
        return self.titles[language]


@dataclass(frozen=True, kw_only=True)
class Pack:
    """All cards, and how each of them begins."""

    beginning: tuple[Step, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known of a case when cards are chosen; None is "not known"."""

    forms: Sequence[str]
    role: str | None = None
    relation: str | None = None
    place: str | None = None
    groups: Collection[str] = ()


def fitting(cards: Sequence[Card], situation: Situation) -> tuple[Card, ...]:
    """The cards of a case: what it is about first, then who asks and where."""
    ranked = [(rank, card.code, card) for card in cards for rank in _ranks(card, situation)]
    return tuple(card for *_, card in sorted(ranked, key=lambda each: each[:2]))


def _ranks(card: Card, situation: Situation) -> Iterator[int]:
    """How near a card is, at most once: 0 its own form, 1 another one, 2 only who asks."""
    if not (_allows(card.relations, situation.relation) and _allows(card.places, situation.place)):
        return
    if card.roles or card.groups:
        if situation.role in card.roles or set(card.groups) & set(situation.groups):
            yield 2
        return
    matched = [form for form in card.forms if form in situation.forms]
    if matched:
        yield 0 if matched[0] == card.forms[0] else 1


def _allows(wanted: Sequence[str], given: str | None) -> bool:
    return not wanted or given is None or given == _UNKNOWN or given in wanted
