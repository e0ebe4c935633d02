# SPDX-License-Identifier: EUPL-1.2
"""One calendar is fetched, over a line to one checked address; what is wrong with it is a code."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rueckhalt_routing.absence_feeds.domain import Trouble
from rueckhalt_routing.duty.absence_files import MOST_BYTES
from rueckhalt_shared.line import FAILURES, Answer, Limits, Line, Resolve, TooMuch
from rueckhalt_shared.line_addresses import AddressRefused

_HEAD = 64 * 1024
LIMITS = Limits(seconds=30.0, most_bytes=MOST_BYTES + _HEAD)
_TOLD = {401: "locked", 403: "locked", 404: "gone", 410: "gone"}
_LONGEST_MARK = {"etag": 200, "last-modified": 60}


class NotFetched(Exception):
    """The calendar is not there, or not as it should be."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A calendar; without a body it is the same as before."""

    body: bytes | None
    etag: str | None = None
    modified: str | None = None


class Fetcher(Protocol):
    """Whoever brings a calendar."""

    def fetch(self, url: str, *, etag: str | None, modified: str | None) -> Fetched:
        """The calendar, unless it is still the one with these marks. Raises NotFetched."""
        ...


class HttpFetcher:
    """The real one; `allowed` lists networks beside the public internet."""

    def __init__(
        self,
        *,
        allowed: Sequence[str] = (),
        only_here: bool = False,
        limits: Limits = LIMITS,
        resolve: Resolve | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._how = {
            "allowed": allowed,
            "only_here": only_here,
            "resolve": resolve,
            "trusted": trusted,
        }
        self._limits = limits

    def fetch(self, url: str, *, etag: str | None, modified: str | None) -> Fetched:
        """GET it; what the other side says is a calendar, "the same", or a trouble."""
        headers = {"Accept": "text/calendar", "User-Agent": "rueckhalt-routing"}
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        try:
            answer = Line(url, self._limits, **self._how).ask("GET", headers=headers)  # type: ignore[arg-type]
        except FAILURES as error:
            raise NotFetched(Trouble(code=_code(error), field="url")) from None
        return _fetched(answer)


class ConsoleFetcher:
    """Answers what was planned; for tests and for looking at it."""

    def __init__(self, *answers: Fetched | NotFetched) -> None:
        self.asked: list[tuple[str, str | None, str | None]] = []
        self._answers = list(answers)

    def fetch(self, url: str, *, etag: str | None, modified: str | None) -> Fetched:
        """Keep what was asked and answer the next plan; the last one for ever."""
        self.asked.append((url, etag, modified))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, NotFetched):
            raise answer
        return answer


def _fetched(answer: Answer) -> Fetched:
    if answer.status == 304:
        return Fetched(body=None)
    if answer.status == 200:
        etag, modified = (_mark(answer, name) for name in _LONGEST_MARK)
        return Fetched(body=answer.body, etag=etag, modified=modified)
    if 300 <= answer.status < 400:
        raise NotFetched(Trouble(code="moved", field="url"))
    code = _TOLD.get(answer.status, "status")
    raise NotFetched(Trouble(code=code, field=f"HTTP {answer.status}"))


def _mark(answer: Answer, name: str) -> str | None:
    said = answer.headers.get(name, "").strip()
    is_usable = said.isascii() and said.isprintable() and len(said) <= _LONGEST_MARK[name]
    return said if said and is_usable else None


def _code(error: BaseException) -> str:
    if isinstance(error, AddressRefused):
        return "not_called"
    if isinstance(error, TooMuch):
        return "too_large"
    if isinstance(error, TimeoutError):
        return "too_slow"
    if isinstance(error, ssl.SSLError):
        return "untrusted"
    return "unreachable"
