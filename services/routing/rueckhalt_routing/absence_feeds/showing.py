# SPDX-License-Identifier: EUPL-1.2
"""Calendars that are fetched, in words: how they stand, since when, and what is wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rueckhalt_routing.absence_feeds.domain import EMPTY, FINE, KINDS, LATE, PERSON, RED, Feed
from rueckhalt_routing.duty.absence_files import Problem
from rueckhalt_routing.duty.house import House
from rueckhalt_routing.duty.showing import Looker, at_words
from rueckhalt_shared.pages.words import words
from rueckhalt_shared.shell import language

_TAGS = {FINE: "success", LATE: "warning", EMPTY: "danger", RED: "danger"}


def rows(mine: Looker, found: Sequence[tuple[Feed, int]], now: datetime) -> list[dict[str, Any]]:
    """Calendars as lines."""
    return [_row(mine, feed, brought, now) for feed, brought in found]


def whose(house: House, feed: Feed) -> str:
    """Whose calendar it is."""
    if feed.kind == PERSON:
        return house.name(feed.whose)
    return words("feed.unit", unit=feed.whose)


def choices(house: House) -> list[tuple[str, str]]:
    """Persons, then units that somebody belongs to, as a form sends them."""
    units = sorted({each.unit for each in house.plan.persons if each.unit})
    found = [(f"{PERSON}:{key}", name) for key, name in house.choices()]
    return found + [(f"unit:{unit}", words("feed.unit", unit=unit)) for unit in units]


def chosen(text: str) -> tuple[str, str]:
    """Kind and key out of what a form sends; nothing for anything else."""
    kind, _, key = text.partition(":")
    return (kind, key) if kind in KINDS else ("", "")


def _row(mine: Looker, feed: Feed, brought: int, now: datetime) -> dict[str, Any]:
    light = feed.light(now)
    since = feed.troubled_since
    return {
        "id": feed.id,
        "whose": whose(mine.house, feed),
        "host": feed.host,
        "counts": words(f"absence.counts_{feed.counts}"),
        "light": light,
        "tag": _TAGS.get(light, ""),
        "state": words(f"feed.state.{light}"),
        "since": at_words(since) if since is not None else "",
        "read_at": at_words(feed.read_at) if feed.read_at is not None else "",
        "brought": brought,
        "is_empty": feed.empty_at is not None,
        "troubles": [told(each, language()) for each in feed.troubles],
    }


def told(trouble: Any, lang: str) -> str:
    """The sentence of what is wrong."""
    said = Problem(trouble.line, trouble.field, trouble.code, allowed=trouble.allowed)
    return said.words(lang)
