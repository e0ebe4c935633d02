# SPDX-License-Identifier: EUPL-1.2
"""Lists of others that are looked through: which entries concern us, and when to look again."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

FIRST_LOOK = timedelta(days=30)  # so far back, where the file does not say since when
OVERLAP = timedelta(minutes=5)  # clocks differ, and entries become visible a little later
LONGEST_PAUSE = timedelta(hours=6)
LATE_AFTER = 3  # failures in a row before somebody is told
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "æ": "ae", "œ": "oe"})
_SOFT = {0x00AD: None, 0x200B: None, 0x200C: None, 0x200D: None, 0x2060: None, 0xFEFF: None}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One list of another house, as the operator describes it."""

    name: str
    url: str
    municipality: str
    jurisdiction_id: str = ""
    api_key: str = field(default="", repr=False)
    service_codes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    forms: tuple[str, ...] = ("unknown",)
    interval: timedelta = timedelta(minutes=15)
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One request of such a list, as far as it is of use; everything in it is a stranger's text."""

    id: str
    service_code: str = ""
    service_name: str = ""
    description: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    position: str = field(default="", repr=False)
    media: tuple[str, ...] = field(default=(), repr=False)
    requested_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a list has been looked through."""

    name: str
    seen_until: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    cause: str | None = None
    looked_at: datetime | None = None  # the last time it went well

    @property
    def is_late(self) -> bool:
        """Is it worth telling somebody?"""
        return self.failures >= LATE_AFTER


def concerns(endpoint: Endpoint, entry: Entry) -> bool:
    """Does a person have to look at it? Category and keyword; what is not asked for counts."""
    codes = endpoint.service_codes
    if codes and entry.service_code and entry.service_code not in codes:
        return False
    texts = (entry.description, entry.service_name)
    return not endpoint.keywords or any(holds(text, endpoint.keywords) for text in texts)


def is_news(entry: Entry, since: datetime) -> bool:
    """Has it changed since then? Not every server heeds `updated_after`; without a time: yes."""
    at = entry.updated_at or entry.requested_at
    return at is None or at >= since


def holds(text: str, keywords: Collection[str]) -> bool:
    """Is one of them in the text, also as a part of a word, in small letters, without umlauts?

    `Schmähung` is found in `SCHMAEHUNGEN`, in `schmahung` and where a soft hyphen divides it.
    """
    spelled, bare = _spelled(text), _bare(text)
    return any(_spelled(each) in spelled or _bare(each) in bare for each in keywords if each)


def since(endpoint: Endpoint, standing: Standing, now: datetime) -> datetime:
    """From when on entries are asked for."""
    if standing.seen_until is not None:
        return standing.seen_until - OVERLAP
    return endpoint.since or now - FIRST_LOOK


def after_success(
    endpoint: Endpoint, standing: Standing, newest: datetime | None, now: datetime
) -> Standing:
    """All of it was looked through. A time in the future, which others may tell, moves nothing."""
    known = [each for each in (standing.seen_until, newest) if each is not None and each <= now]
    return Standing(
        name=endpoint.name,
        seen_until=max(known) if known else standing.seen_until,
        next_at=now + endpoint.interval,
        looked_at=now,
    )


def after_failure(endpoint: Endpoint, standing: Standing, cause: str, now: datetime) -> Standing:
    """Nothing is skipped: the same again later, each time after twice the pause."""
    failures = standing.failures + 1
    pause = min(endpoint.interval * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    return Standing(
        name=endpoint.name,
        seen_until=standing.seen_until,
        next_at=now + max(pause, endpoint.interval),
        failures=failures,
        cause=cause,
        looked_at=standing.looked_at,
    )


def is_due(standing: Standing, now: datetime) -> bool:
    """Is it time? A clock that was set back does not hold it up for longer than a pause."""
    at = standing.next_at
    return at is None or at <= now or at - now > LONGEST_PAUSE + timedelta(days=1)


def entry_of(told: Mapping[str, Any]) -> Entry | None:
    """An entry from what a server tells; None where it has no id. Types are not taken on trust."""
    number = _text(told.get("service_request_id"))[:100]
    if not number:
        return None
    further = told.get("extended_attributes")
    position = [_text(told.get(name))[:40] for name in ("lat", "long")]
    return Entry(
        id=number,
        service_code=_text(told.get("service_code"))[:100],
        service_name=_text(told.get("service_name"))[:200],
        description=_text(told.get("description")),
        address=(_text(told.get("address")) or _text(told.get("address_string")))[:500],
        position=", ".join(position) if all(position) else "",
        media=tuple(_media(told, further if isinstance(further, Mapping) else {})),
        requested_at=_instant(told.get("requested_datetime")),
        updated_at=_instant(told.get("updated_datetime")),
    )


def _media(told: Mapping[str, Any], further: Mapping[str, Any]) -> Sequence[str]:
    several = further.get("media_urls")
    urls = [told.get("media_url"), *(several if isinstance(several, list) else [])]
    return list(dict.fromkeys(_text(each)[:500] for each in urls if _text(each)))[:20]


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return "".join(c for c in str(value) if not "\ud800" <= c <= "\udfff").strip()


def _instant(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
        return moment if moment.utcoffset() is not None else None
    except (ValueError, OverflowError):
        return None


def _folded(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text.translate(_SOFT)).casefold()
    return " ".join(unicodedata.normalize("NFKC", composed).split())


def _spelled(text: str) -> str:
    return _without_marks(_folded(text).translate(_SPELLED))


def _bare(text: str) -> str:
    return _without_marks(_folded(text))


def _without_marks(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(each for each in parts if not unicodedata.combining(each))
