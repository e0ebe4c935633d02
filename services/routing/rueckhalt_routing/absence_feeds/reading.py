# SPDX-License-Identifier: EUPL-1.2
"""What a fetched calendar says: when somebody is busy. Titles, places and names are not read."""

from datetime import datetime, timedelta

from rueckhalt_routing.absence_feeds.domain import Trouble
from rueckhalt_routing.absence_feeds.handlers import Wanted
from rueckhalt_routing.duty.absence_files import (
    MOST_FOUND,
    FileRefused,
    Found,
    Problem,
    Window,
    is_calendar,
    text_in,
)
from rueckhalt_routing.duty.reading_ical import read_calendar

AHEAD = timedelta(days=500)


def read(body: bytes, wanted: Wanted, *, now: datetime) -> tuple[Found, ...]:
    """When these people are busy in the coming 500 days. Raises FileRefused."""
    text = text_in(body)
    if not is_calendar(text):
        raise FileRefused([Problem(0, "url", "not_calendar")])
    found = read_calendar(
        text,
        person=wanted.feed.whose,
        zone=wanted.zone,
        window=Window(start=now, end=now + AHEAD),
        counts=wanted.feed.counts,
    )
    if len(found) * len(wanted.people) > MOST_FOUND:
        raise FileRefused([Problem(0, "url", "too_many")])
    return found


def troubles_of(refused: FileRefused) -> list[Trouble]:
    """What is wrong, without what the calendar says there."""
    return [
        Trouble(code=each.code, line=each.line, field=each.field, allowed=each.allowed)
        for each in refused.problems
    ]
