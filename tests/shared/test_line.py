# SPDX-License-Identifier: EUPL-1.2
"""The line to an address somebody has set: what it calls, what it reads, and when it stops."""

import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import pytest
import trustme

from rueckhalt_shared.line import Answer, Limits, Line, TooMuch
from rueckhalt_shared.line_addresses import AddressRefused, check_url, may_be_called, networks
from tests.servers.receiver import Names, Receiver, endless, says

NAME = "abgerufen.example"
pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])

Get = Callable[..., Answer]


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
def get(authority: trustme.CA, receiver: Receiver) -> Get:
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)

    def getting(most_bytes: int = 4096, *, seconds: float = 5.0) -> Answer:
        line = Line(
            f"https://{NAME}:{receiver.port}/kalender?a=1",
            Limits(seconds=seconds, most_bytes=most_bytes),
            allowed=["127.0.0.2/32"],
            resolve=Names(["127.0.0.2"]),
            trusted=trusted,
        )
        return line.ask("GET", headers={"If-None-Match": '"x"'})

    return getting


def test_status_headers_and_body_come_back(get: Get, receiver: Receiver) -> None:
    receiver.answer = says(b'HTTP/1.1 200 OK\r\nETag: "y"\r\nContent-Length: 5\r\n\r\nHallo')

    answer = get()

    assert (answer.status, answer.headers["etag"], answer.body) == (200, '"y"', b"Hallo")
    [request] = receiver.received
    assert request.startswith(b"GET /kalender?a=1 HTTP/1.1\r\n")
    assert b'If-None-Match: "x"\r\n' in request


def test_an_answer_in_pieces_is_put_together(get: Get, receiver: Receiver) -> None:
    pieces = b"3\r\nHal\r\n2\r\nlo\r\n0\r\n\r\n"
    receiver.answer = says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces)

    assert get().body == b"Hallo"


def test_a_redirect_is_an_answer_and_not_followed(get: Get, receiver: Receiver) -> None:
    receiver.answer = says(
        b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    )

    assert get().status == 302
    assert len(receiver.received) == 1


@pytest.mark.parametrize("length", [b"", b"Content-Length: 9999999999\r\n"], ids=["open", "told"])
def test_an_endless_body_is_cut_off(get: Get, receiver: Receiver, length: bytes) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        endless(b"x" * 1024)(line)

    receiver.answer = answer

    with pytest.raises(TooMuch):
        get(64 * 1024)


def test_a_body_in_drops_ends_in_time(get: Get, receiver: Receiver) -> None:
    def answer(line: ssl.SSLSocket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
        while not receiver.stopping.wait(0.02):
            line.sendall(b"x")

    receiver.answer = answer

    with pytest.raises(TimeoutError):
        get(seconds=0.3)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1"),
        *("198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%1", "fec0::1", "fc00::1", "fd12::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "::8.8.8.8", "64:ff9b::7f00:1"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::", "2001:0:7f00:1::1", "2001:db8::1"),
        *("2001:10::1", "2001:20::1", "3fff::1", "100::1", "5f00::1", "4000::1"),
    ],
)
def test_what_is_not_the_public_internet_is_not_called(address: str) -> None:
    assert not may_be_called(ip_address(address), ())


@pytest.mark.parametrize("address", ["8.8.8.8", "193.99.144.80", "2a02:2e0:3fe:1001::1"])
def test_the_public_internet_is_called(address: str) -> None:
    assert may_be_called(ip_address(address), ())


def test_what_the_operator_lists_is_called_and_its_neighbour_is_not() -> None:
    allowed = networks(["10.20.0.0/16", "fd12::/32"])

    assert may_be_called(ip_address("10.20.3.4"), allowed)
    assert may_be_called(ip_address("fd12:0:1::1"), allowed)
    assert not may_be_called(ip_address("10.21.0.1"), allowed)
    assert not may_be_called(ip_address("::ffff:10.20.3.4"), allowed)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://127.0.0.1/", "file:///etc/passwd", "https://", "x", "", "https:///x", "//host/x"),
        *("https://u:p@example.org/", "https://u@example.org/", "https://example.org:0/"),
        *("https://example.org:99999/", "https://[::1/", "https://exämple.org/"),
        *("https://example.org/\r\nX: y", "https://example.org/a b", "https://exa\tmple.org/"),
        *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/"),
        *("https://0x7f.1/", "https://127.0.0.1.0x1/", "https://127.0.0.08/", "https://1.2.3.4./"),
    ],
)
def test_an_address_that_is_not_plain_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize("told", ["10.0.0.1/8", "intern", "10.0.0.0/33"])
def test_a_range_that_is_none_stops_the_start(told: str) -> None:
    with pytest.raises(AddressRefused):
        networks([told])
