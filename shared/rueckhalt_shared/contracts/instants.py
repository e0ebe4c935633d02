# SPDX-License-Identifier: EUPL-1.2
"""How instants and days are spelled on the wire: RFC 3339, UTC, milliseconds, `Z`."""

import re
from datetime import UTC, date, datetime

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def spell_instant(value: object) -> str:
    """`2026-11-22T14:03:07.412Z`; what is finer than a millisecond is cut off."""
    if not isinstance(value, datetime):
        raise ValueError("an instant is needed")
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise ValueError("an instant with a time zone is needed")
        value = value.astimezone(UTC)
    return value.isoformat(timespec="milliseconds")[:-6] + "Z"


def read_instant(value: object) -> datetime:
    """An aware instant in UTC; raises `ValueError` for anything that is not RFC 3339."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("no RFC 3339 instant")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant outside the calendar") from None


def spell_day(value: object) -> str:
    """`2026-11-22`."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a day is needed")
    return value.isoformat()


def read_day(value: object) -> date:
    """A day; raises `ValueError` for anything but `YYYY-MM-DD`."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("no day")
    return date.fromisoformat(value)
