# SPDX-License-Identifier: EUPL-1.2
"""Fetching a calendar from a server that does what it likes: bounded, and never inside."""

import ssl
from collections.abc import Callable, Iterator

import pytest
import trustme

from rueckhalt_routing.absence_feeds.fetching import LIMITS, Fetched, HttpFetcher, NotFetched
from rueckhalt_shared.line import Limits
from tests.servers.receiver import Names, Receiver, endless, says

NAME = "kalender.example"
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
Fetch = Callable[..., Fetched]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def receiver(authority: trustme.CA) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(context)
    receiver = Receiver("127.0.0.2", context)
    yield receiver
    receiver.close()


@pytest.fixture
def fetch(authority: trustme.CA, receiver: Receiver) -> Fetch:
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)

    def fetching(
        found: tuple[str, ...] = ("127.0.0.2",),
        *,
        allowed: tuple[str, ...] = ("127.0.0.2/32",),
        limits: Limits = LIMITS,
        host: str = NAME,
        etag: str | None = None,
    ) -> Fetched:
        fetcher = HttpFetcher(
            allowed=allowed, limits=limits, resolve=Names(list(found)), trusted=trusted
        )
        url = f"https://{host}:{receiver.port}/anna.ics"
        return fetcher.fetch(url, etag=etag, modified=None)

    return fetching


def cause(fetch: Fetch, *given: object, **how: object) -> tuple[str, str]:
    with pytest.raises(NotFetched) as away:
        fetch(*given, **how)
    return away.value.trouble.code, away.value.trouble.field


def test_a_calendar_comes_with_its_marks(fetch: Fetch, receiver: Receiver) -> None:
    marks = b'ETag: "1"\r\nLast-Modified: Sun, 22 Nov 2026 11:00:00 GMT\r\n'
    receiver.answer = says(b"HTTP/1.1 200 OK\r\n" + marks + b"Content-Length: 2\r\n\r\nhi")

    got = fetch()

    assert (got.body, got.etag, got.modified) == (b"hi", '"1"', "Sun, 22 Nov 2026 11:00:00 GMT")


def test_the_same_again_has_no_body(fetch: Fetch, receiver: Receiver) -> None:
    receiver.answer = says(b"HTTP/1.1 304 Not Modified\r\n\r\n")

    assert fetch(etag='"1"').body is None
    assert b'If-None-Match: "1"\r\n' in receiver.received[0]


def test_a_mark_nobody_could_send_back_is_not_kept(fetch: Fetch, receiver: Receiver) -> None:
    mark = b"ETag: " + b"x" * 5000 + b"\r\n"
    receiver.answer = says(b"HTTP/1.1 200 OK\r\n" + mark + b"Content-Length: 0\r\n\r\n")

    assert fetch().etag is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((301, "moved"), (302, "moved"), (401, "locked"), (403, "locked"), (404, "gone")),
        *((410, "gone"), (429, "status"), (500, "status"), (204, "status")),
    ],
)
def test_what_else_a_server_says_is_a_trouble(
    fetch: Fetch, receiver: Receiver, status: int, code: str
) -> None:
    away = b"Location: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    receiver.answer = says(b"HTTP/1.1 %d X\r\n" % status + away)

    field = "url" if code == "moved" else f"HTTP {status}"
    assert cause(fetch) == (code, field)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("length", [b"", b"Content-Length: 52428800\r\n"], ids=["open", "told"])
def test_a_calendar_of_fifty_megabytes_is_refused(
    fetch: Fetch, receiver: Receiver, length: bytes
) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        endless(b"x" * 65536)(line)

    receiver.answer = answer

    assert cause(fetch) == ("too_large", "url")


def test_a_calendar_in_drops_ends_in_time(fetch: Fetch, receiver: Receiver) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
        while not receiver.stopping.wait(0.02):
            line.sendall(b"x")

    receiver.answer = answer

    hurried = Limits(seconds=0.3, most_bytes=LIMITS.most_bytes)
    assert cause(fetch, limits=hurried) == ("too_slow", "url")


@pytest.mark.parametrize(
    "found", [("127.0.0.2",), ("10.0.0.1",), ("169.254.169.254",), ()], ids=str
)
def test_a_name_that_leads_inside_is_not_called_unless_the_operator_allows_it(
    fetch: Fetch, receiver: Receiver, found: tuple[str, ...]
) -> None:
    assert cause(fetch, found, allowed=()) == ("not_called", "url")
    assert receiver.received == []


def test_a_certificate_of_another_name_is_refused(fetch: Fetch) -> None:
    assert cause(fetch, host="andere.example") == ("untrusted", "url")


@pytest.mark.parametrize("content", [b"", b"SSH-2.0-x\r\n", b"\x00\xff\r\n"])
def test_what_is_no_answer_is_a_trouble(fetch: Fetch, receiver: Receiver, content: bytes) -> None:
    receiver.answer = says(content)

    assert cause(fetch) == ("unreachable", "url")
