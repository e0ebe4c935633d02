# SPDX-License-Identifier: EUPL-1.2
"""Asks a GeoReport v2 server what has changed, page by page, and believes nothing it says.

Pages are no part of the standard: a server that knows none answers the same again, and where a
page brings nothing new the look is over. A redirect is not followed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from rueckhalt_intake.open311.domain import Endpoint, Entry, entry_of
from rueckhalt_shared.contracts.instants import spell_instant
from rueckhalt_shared.line import FAILURES, Answer, Limits, Line
from rueckhalt_shared.line_addresses import AddressRefused
from rueckhalt_shared.problems import Problem
from rueckhalt_shared.web import read_json

LIMITS = Limits(seconds=20.0, most_bytes=8 * 1024 * 1024)
_PAGE, _MOST_PAGES = 100, 100


class NoAnswer(Exception):
    """The list could not be looked through; the text says why, without a word of what was said."""


class Call(Protocol):
    """Whoever opens a connection: a test has one of its own."""

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        """One GET; raises one of FAILURES."""


@dataclass(frozen=True)
class Calling:
    """The connection as the operator allows it."""

    allowed: Sequence[str] = ()
    only_here: bool = False

    def __call__(self, url: str, headers: Mapping[str, str]) -> Answer:
        """To one checked address, in time, with bounded bytes."""
        line = Line(url, LIMITS, allowed=self.allowed, only_here=self.only_here)
        return line.ask("GET", headers=headers)


def entries(endpoint: Endpoint, since: datetime, call: Call) -> Iterator[Entry]:
    """Every entry that has changed since then, each once; raises NoAnswer."""
    seen: set[str] = set()
    for code in endpoint.service_codes or ("",):
        for page in range(1, _MOST_PAGES + 1):
            told = _asked(endpoint, _query(endpoint, since, code=code, page=page), call)
            fresh = [each for each in told if each.id not in seen]
            seen |= {each.id for each in fresh}
            yield from fresh
            if not fresh:
                break
        else:
            raise NoAnswer(f"more than {_MOST_PAGES * _PAGE} entries: name service_codes or since")


def _query(endpoint: Endpoint, since: datetime, *, code: str, page: int) -> dict[str, str]:
    asked = {
        "jurisdiction_id": endpoint.jurisdiction_id,
        "service_code": code,
        "updated_after": spell_instant(since),
        "start_date": spell_instant(endpoint.since) if endpoint.since else "",
        "extensions": "true",
        "page": str(page),
        "page_size": str(_PAGE),
        "api_key": endpoint.api_key,
    }
    return {name: value for name, value in asked.items() if value}


def _asked(endpoint: Endpoint, query: Mapping[str, str], call: Call) -> list[Entry]:
    url = f"{endpoint.url}/requests.json?{urlencode(query)}"
    try:
        answer = call(url, {"Accept": "application/json"})
    except AddressRefused as error:
        raise NoAnswer(str(error)) from None
    except FAILURES as error:
        raise NoAnswer(f"no answer ({type(error).__name__})") from None
    if answer.status != 200:
        raise NoAnswer(f"answers {answer.status}")
    try:
        told: Any = read_json(answer.body)
    except Problem:
        raise NoAnswer("answers something that is not JSON") from None
    if not isinstance(told, list):
        raise NoAnswer("answers no list of requests")
    found = (entry_of(each) for each in told if isinstance(each, Mapping))
    return [each for each in found if each is not None]
