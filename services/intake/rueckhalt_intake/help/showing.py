# SPDX-License-Identifier: EUPL-1.2
"""Entries as the pages of this request show them: its town, its reader, its clock."""

from collections.abc import Collection

from rueckhalt_intake import towns
from rueckhalt_intake.help import handlers
from rueckhalt_intake.help.domain import Entry, Wish
from rueckhalt_intake.help.reading import read_seeds
from rueckhalt_shared import reach
from rueckhalt_shared.access import signed_in
from rueckhalt_shared.database import Unavailable
from rueckhalt_shared.logging import get_logger
from rueckhalt_shared.web import database

log = get_logger(__name__)


def near_town(
    *, topics: Collection[str] = (), groups: Collection[str] = (), language: str = ""
) -> tuple[Entry, ...]:
    """Who helps in the town of this request; in all of Germany where it is not known."""
    town = towns.asked_for()
    return near_place(town.ars if town else "", topics=topics, groups=groups, language=language)


def near_place(
    municipality: str,
    *,
    topics: Collection[str] = (),
    groups: Collection[str] = (),
    language: str = "",
) -> tuple[Entry, ...]:
    """Who helps there. Without a database what the package brings is shown all the same."""
    wish = Wish(
        municipality=municipality,
        topics=frozenset(topics),
        groups=frozenset(groups),
        language=language,
        with_internal=is_staff(municipality),
    )
    at = database().clock()
    if municipality:  # a public page finds this place's rows, and those above it, no others
        reach.be((municipality,))
    try:
        return database().read(handlers.near_wish, wish, at=at)
    except Unavailable:
        log.warning("directory without own entries", cause="database away")
        return handlers.chosen(read_seeds(), wish, at=at)


def is_staff(municipality: str) -> bool:
    """Has whoever is signed in a role in this very municipality?"""
    person = signed_in()
    if person is None or not municipality:
        return False
    return any(place == municipality for _, place in person.account.roles)
