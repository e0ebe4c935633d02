# SPDX-License-Identifier: EUPL-1.2
"""Somebody's duties as an iCalendar file: when and which rota, nothing of any incident."""

import uuid
from datetime import UTC, datetime, timedelta

from rueckhalt_routing.duty import feeds
from rueckhalt_routing.duty.house import House, house_in
from rueckhalt_routing.duty.standing import OwnDuty, duties_of
from rueckhalt_shared.database import Transaction
from rueckhalt_shared.messages import Catalogue

_BEFORE = 14 * 86400
_REFRESH = timedelta(hours=4)
_NAMES = uuid.UUID("5d0c7b1a-9a3e-5c39-8f0e-54b1f9c0a7d2")  # fixed for good: uids are built on it


def calendar_of(tx: Transaction, token: str, *, language: str) -> str | None:
    """The calendar of whoever the secret belongs to; None for any other text."""
    found = feeds.whose(tx, token)
    if found is None:
        return None
    municipality, person = found
    house = house_in(tx, municipality)
    start = int(tx.now.timestamp())
    # What the beginning cuts is left out: an entry keeps its begin, and by it its uid.
    within = (start - _BEFORE, start + int(feeds.AHEAD.total_seconds()))
    duties = tuple(
        each
        for each in duties_of(house, person, within)
        if within[0] < each.start and start < each.end
    )
    return _drawn(house, duties, f"{municipality}:{person}", now=tx.now, language=language)


def _drawn(
    house: House, duties: tuple[OwnDuty, ...], whose: str, *, now: datetime, language: str
) -> str:
    from icalendar import Calendar, Event  # noqa: PLC0415 - costs a third of a second

    words = Catalogue.of_package("rueckhalt_routing").text
    calendar = Calendar()
    calendar.add("PRODID", "-//Rueckhalt//Bereitschaft//DE")
    calendar.add("VERSION", "2.0")
    calendar.add("X-WR-CALNAME", words("duty.calendar", language))
    calendar.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    for each in duties:
        event = Event()
        named = f"{whose}:{each.rota}:{each.start}"
        kind = "duty.on_duty" if each.is_first else "duty.behind_duty"
        title = house.plan.rotas[each.rota].title or each.rota
        event.add("UID", f"{uuid.uuid5(_NAMES, named)}@rueckhalt")
        event.add("DTSTAMP", now.astimezone(UTC))
        event.add("DTSTART", datetime.fromtimestamp(each.start, UTC))
        event.add("DTEND", datetime.fromtimestamp(each.end, UTC))
        event.add("SUMMARY", words(kind, language, rota=title))
        # To be on duty is not to be away: brought back in as a file it makes no absence.
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    drawn: bytes = calendar.to_ical()
    return drawn.decode()
