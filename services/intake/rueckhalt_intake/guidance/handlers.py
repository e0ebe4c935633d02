# SPDX-License-Identifier: EUPL-1.2
"""Use cases: the cards there are, those of a case, one card."""

from collections.abc import Collection
from datetime import date

from rueckhalt_intake.deadlines import domain as deadlines
from rueckhalt_intake.deadlines.handlers import STRAFANTRAG
from rueckhalt_intake.deadlines.pack import pack as deadline_pack
from rueckhalt_intake.deadlines.working_days import place_of
from rueckhalt_intake.guidance import domain
from rueckhalt_intake.guidance.domain import Card, Pack, Situation
from rueckhalt_intake.guidance.reading import read_pack


class NoSuchCard(Exception):
    """There is no card of that number."""


def pack() -> Pack:
    """All cards, and how each of them begins."""
    return read_pack()


def cards_for(
    forms: Collection[str],
    *,
    role: str | None = None,
    relation: str | None = None,
    place: str | None = None,
    groups: Collection[str] = (),
) -> tuple[Card, ...]:
    """The cards of a case, the nearest first; none where nothing is known."""
    situation = Situation(
        forms=tuple(forms), role=role, relation=relation, place=place, groups=groups
    )
    return domain.fitting(read_pack().cards, situation)


def card(code: str) -> Card:
    """One card by its number; raises NoSuchCard."""
    found = next((each for each in read_pack().cards if each.code == code), None)
    if found is None:
        raise NoSuchCard
    return found


def safe_until(today: date, municipality: str) -> date:
    """Until when a Strafantrag is safe for whoever learns of deed and person today."""
    rule = deadline_pack().rules[STRAFANTRAG]
    return deadlines.dates(rule, today, is_closed=place_of(municipality).is_closed).safe_until
